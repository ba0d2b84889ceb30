//! Where to go after signing in: a page of ours, whatever the address says.

use form_urlencoded::byte_serialize;

/// Bytes of a path that is come back to at most.
const MAX_BYTES: usize = 2048;

/// The page for signing in, which then leads here.
#[must_use]
pub fn sign_in_then(here: &str) -> String {
    let here: String = byte_serialize(here.as_bytes()).collect();
    format!("/login?next={here}")
}

/// The field `next` of a query or a form, if it is a path on this host.
///
/// A browser reads `//host`, `/\host` and a tab in between as another host's address.
#[must_use]
pub fn own_path(next: &str) -> Option<&str> {
    let plain = next.len() <= MAX_BYTES && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = next.starts_with('/') && !next.starts_with("//");
    (plain && own).then_some(next)
}

/// The same from a query.
#[must_use]
pub fn of_query(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, next) = pairs.find(|(name, _)| name == "next")?;
    own_path(&next).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_host_is_gone_to() {
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
    fn a_path_comes_back_as_it_was() {
        let here = "/documents?q=a%20b&page=2";
        let address = sign_in_then(here);
        assert_eq!(of_query(address.split_once('?').map(|(_, query)| query)).as_deref(), Some(here));
    }
}
