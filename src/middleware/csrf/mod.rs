//! Refuses what another site has a browser send to our pages.
//!
//! Who sent a request is said by `Sec-Fetch-Site` (W3C Fetch Metadata), else by `Origin`; where
//! neither says, a token must that stood in our form.

mod body_prefix;
mod form_token;

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub use form_token::FormTokens;

use crate::cookies::Cookies;
use crate::errors::{AppError, Code};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What is needed to know our own forms.
pub struct CrossSite {
    pub tokens: FormTokens,
    pub cookies: Cookies,
    /// Our public address, as in `https://example.org`.
    pub address: String,
}

/// Which site had a request sent, as far as its headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    Ours,
    Another,
    Unknown,
}

impl CrossSite {
    /// Passes on what changes nothing, and what our own pages sent.
    pub async fn guard(self: Arc<Self>, request: Request, next: Next) -> Response {
        if request.method().is_safe() {
            return next.run(request).await;
        }
        match self.sender(request.headers()) {
            Sender::Ours => next.run(request).await,
            Sender::Another => refused(),
            Sender::Unknown => {
                let (request, beginning) = body_prefix::beginning(request).await;
                let bears_token = self.bears_token(request.headers(), &beginning);
                if bears_token { next.run(request).await } else { refused() }
            }
        }
    }

    fn sender(&self, headers: &HeaderMap) -> Sender {
        let ours = |ours: bool| if ours { Sender::Ours } else { Sender::Another };
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
        if sites.peek().is_some() {
            // `none` is the person: the address bar, a bookmark, a form sent again after a restart.
            return ours(sites.all(|site| site == "same-origin" || site == "none"));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        // Browsers hide it from everybody, us included, where the page's policy sends no referrer
        // (Fetch, section 3.2), as ours does.
        if origins.peek().is_some_and(|origin| *origin != "null") {
            // By the name that was asked for, too: on one machine it may be another than the public one.
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            let scheme = self.address.split("://").next().unwrap_or_default();
            let asked = format!("{scheme}://{host}");
            return ours(origins.all(|origin| *origin == *self.address || *origin == *asked));
        }
        Sender::Unknown
    }

    fn bears_token(&self, headers: &HeaderMap, beginning: &[u8]) -> bool {
        let bound = [self.cookies.session(headers), self.cookies.form(headers)];
        let mut sent = form_token::candidates(beginning);
        sent.any(|token| bound.into_iter().flatten().any(|secret| self.tokens.fits(token, secret)))
    }
}

fn refused() -> Response {
    let error = AppError::new(Code::Forbidden).saying("The request did not come from a page of this site.");
    error.noted("cross_site_refused").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(scheme: &'static str, pairs: &[(&str, &str)]) -> Sender {
        let address = format!("{scheme}://ballast.example");
        let guard = CrossSite { tokens: FormTokens::new(b"key"), cookies: Cookies::new(true), address };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "ballast.example:8443".parse().unwrap());
        for (name, value) in pairs {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        guard.sender(&headers)
    }

    #[test]
    fn fetch_metadata_decides_where_it_is_sent() {
        let site = |site| sender("https", &[("sec-fetch-site", site), ("origin", "https://ballast.example:8443")]);
        assert_eq!(["same-origin", "none"].map(site), [Sender::Ours; 2]);
        assert_eq!(["same-site", "cross-site", "", "Same-Origin"].map(site), [Sender::Another; 4]);
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(sender("https", &twice), Sender::Another);
    }

    #[test]
    fn without_it_the_origin_decides() {
        let origin = |origin| sender("https", &[("origin", origin)]);
        assert_eq!(origin("https://ballast.example:8443"), Sender::Ours);
        assert_eq!(origin("https://ballast.example"), Sender::Ours);
        let others =
            ["http://ballast.example:8443", "https://ballast.example:1", "https://evil.example", "https://", ""];
        for other in others {
            assert_eq!(origin(other), Sender::Another, "{other}");
        }
        assert_eq!(sender("http", &[("origin", "http://ballast.example:8443")]), Sender::Ours);
        assert_eq!(sender("https", &[]), Sender::Unknown);
        assert_eq!(sender("https", &[("origin", "null")]), Sender::Unknown);
    }
}
