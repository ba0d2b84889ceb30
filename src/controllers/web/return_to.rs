//! Return URL after a login: a path of this host only.

use form_urlencoded::byte_serialize;

/// Maximum length of a return URL, in bytes.
const MAX_BYTES: usize = 2048;

/// Returns the path of the login page, with `here` as the return URL in the query.
#[must_use]
pub fn sign_in_then(here: &str) -> String {
    let here: String = byte_serialize(here.as_bytes()).collect();
    format!("/login?next={here}")
}

/// Returns the return URL `next` if it is a path of this host and has at most 2048 bytes.
///
/// Rejects `//host`, `/\host` and a tab between the slashes, because browsers interpret such a path as another host.
#[must_use]
pub fn own_path(next: &str) -> Option<&str> {
    let plain = next.len() <= MAX_BYTES && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = next.starts_with('/') && !next.starts_with("//");
    (plain && own).then_some(next)
}

/// Returns the return URL in a query, or `None` if the URL is missing or is not a path of this host.
#[must_use]
pub fn from_query(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, next) = pairs.find(|(name, _)| name == "next")?;
    own_path(&next).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_url_is_accepted_only_if_it_is_a_path_of_this_host() {
        for path in ["/", "/documents/42?pane=pdf", "/a//b"] {
            assert_eq!(own_path(path), Some(path));
        }
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for other in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\tb", "/\u{e9}", &long]
        {
            assert_eq!(own_path(other), None, "{other}");
        }
    }

    #[test]
    fn return_url_is_unchanged_after_the_login_page() {
        let here = "/documents?q=a%20b&page=2";
        let address = sign_in_then(here);
        assert_eq!(from_query(address.split_once('?').map(|(_, query)| query)).as_deref(), Some(here));
    }
}
