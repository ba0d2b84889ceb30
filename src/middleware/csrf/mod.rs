//! CSRF protection of the web pages.
//!
//! The header `Sec-Fetch-Site` (W3C Fetch Metadata) shows whether a page of this site sent a request. If this header is
//! missing, the header `Origin` is checked instead. If neither header is present, the request must contain the CSRF
//! token of a form.

mod body_prefix;
mod form_token;

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    cookies::Cookies,
    crypto::csrf_tokens::CsrfTokens,
    errors::{AppError, Code},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// CSRF protection. Rejects requests that a browser sends for a page of another site.
pub struct CsrfGuard {
    pub tokens: CsrfTokens,
    pub cookies: Cookies,
    /// Public address without a trailing slash, for example `https://example.org`.
    pub address: String,
}

/// Origin of a request according to the request headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestOrigin {
    SameOrigin,
    CrossOrigin,
    Unknown,
}

impl CsrfGuard {
    /// Passes on requests with a safe method, such as GET, and requests from pages of this site. Rejects all other
    /// requests with 403.
    pub async fn guard(self: Arc<Self>, request: Request, next: Next) -> Response {
        if request.method().is_safe() {
            return next.run(request).await;
        }
        match self.origin(request.headers()) {
            RequestOrigin::SameOrigin => next.run(request).await,
            RequestOrigin::CrossOrigin => rejected(),
            RequestOrigin::Unknown => {
                let (request, prefix) = body_prefix::read(request).await;
                if self.has_valid_token(request.headers(), &prefix) { next.run(request).await } else { rejected() }
            }
        }
    }

    fn origin(&self, headers: &HeaderMap) -> RequestOrigin {
        let origin = |is_same: bool| if is_same { RequestOrigin::SameOrigin } else { RequestOrigin::CrossOrigin };
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
        if sites.peek().is_some() {
            // `none` means a direct action of the user: the address bar, a bookmark, or a form that the browser sends
            // again after a restart.
            return origin(sites.all(|site| site == "same-origin" || site == "none"));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        // Ignores `null`, because browsers send `null` if the referrer policy of the page is `no-referrer` (Fetch,
        // section 3.2). This site uses that policy.
        if origins.peek().is_some_and(|origin| *origin != "null") {
            // Also accepts the host of the request, because in development this host may differ from the public
            // address.
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            let scheme = self.address.split("://").next().unwrap_or_default();
            let requested = format!("{scheme}://{host}");
            return origin(origins.all(|origin| *origin == *self.address || *origin == *requested));
        }
        RequestOrigin::Unknown
    }

    fn has_valid_token(&self, headers: &HeaderMap, prefix: &[u8]) -> bool {
        let bound = [self.cookies.session(headers), self.cookies.form(headers)];
        let mut sent = form_token::candidates(prefix);
        sent.any(|token| bound.into_iter().flatten().any(|secret| self.tokens.verify(token, secret)))
    }
}

fn rejected() -> Response {
    let error = AppError::new(Code::Forbidden).with_message("The request did not come from a page of this site.");
    error.with_event("cross_site_refused").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin_of(scheme: &'static str, pairs: &[(&str, &str)]) -> RequestOrigin {
        let address = format!("{scheme}://ballast.example");
        let guard = CsrfGuard { tokens: CsrfTokens::new(b"key").unwrap(), cookies: Cookies::new(true), address };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "ballast.example:8443".parse().unwrap());
        for (name, value) in pairs {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        guard.origin(&headers)
    }

    #[test]
    fn fetch_metadata_decides_when_it_is_sent() {
        let site = |site| origin_of("https", &[("sec-fetch-site", site), ("origin", "https://ballast.example:8443")]);
        assert_eq!(["same-origin", "none"].map(site), [RequestOrigin::SameOrigin; 2]);
        assert_eq!(["same-site", "cross-site", "", "Same-Origin"].map(site), [RequestOrigin::CrossOrigin; 4]);
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(origin_of("https", &twice), RequestOrigin::CrossOrigin);
    }

    #[test]
    fn origin_decides_when_there_is_no_fetch_metadata() {
        let origin = |origin| origin_of("https", &[("origin", origin)]);
        assert_eq!(origin("https://ballast.example:8443"), RequestOrigin::SameOrigin);
        assert_eq!(origin("https://ballast.example"), RequestOrigin::SameOrigin);
        let others =
            ["http://ballast.example:8443", "https://ballast.example:1", "https://evil.example", "https://", ""];
        for other in others {
            assert_eq!(origin(other), RequestOrigin::CrossOrigin, "{other}");
        }
        assert_eq!(origin_of("http", &[("origin", "http://ballast.example:8443")]), RequestOrigin::SameOrigin);
        assert_eq!(origin_of("https", &[]), RequestOrigin::Unknown);
        assert_eq!(origin_of("https", &[("origin", "null")]), RequestOrigin::Unknown);
    }
}
