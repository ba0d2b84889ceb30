//! Link check: decides which URLs become active links in the PDF.

use std::fmt::Write;

use pulldown_cmark::LinkType;

use super::headings::Headings;
use crate::limits;

/// Target of a link.
pub(super) enum LinkTarget {
    /// URL of a web page or an e-mail address.
    External(String),
    /// Label of a heading in this document.
    Heading(String),
    /// No link target. The PDF contains the text without a link.
    None,
}

/// Schemes of URLs that become links: web pages and e-mail addresses.
///
/// Links with other schemes become plain text, for example `javascript:`, `file:` and `data:`.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Returns the link target of a URL in the Markdown text.
pub(super) fn resolve(kind: LinkType, url: &str, headings: &Headings) -> LinkTarget {
    if let Some(slug) = url.strip_prefix('#') {
        return match headings.label(slug) {
            Some(label) => LinkTarget::Heading(label.to_owned()),
            None => LinkTarget::None,
        };
    }
    let url = match kind {
        LinkType::Email => format!("mailto:{url}"),
        _ => url.to_owned(),
    };
    let short = url.len() <= limits::LINK_BYTES;
    if short && has_permitted_scheme(&url) && !url.contains(|c: char| c.is_control()) {
        LinkTarget::External(percent_encode(&url))
    } else {
        LinkTarget::None
    }
}

fn has_permitted_scheme(url: &str) -> bool {
    SCHEMES.iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    })
}

/// Encodes spaces and non-ASCII bytes of a URL as `%XX`, because URLs in a PDF are ASCII.
fn percent_encode(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            // Ignores the result, because writing to a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
