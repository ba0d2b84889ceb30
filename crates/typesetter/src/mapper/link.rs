//! Link check: decides which URLs become active links in the PDF.

use std::fmt::Write;

use pulldown_cmark::LinkType;

use super::headings::Headings;
use crate::markdown;

/// Target of a link.
pub(super) enum LinkTarget {
    /// URL of a web page, or `mailto:` URL of an e-mail address.
    External(String),
    /// Label of a heading in this document.
    Heading(String),
    /// No link target. The PDF contains the text without a link.
    None,
}

/// Returns the link target of a URL in the Markdown text.
pub(super) fn resolve(kind: LinkType, url: &str, headings: &Headings) -> LinkTarget {
    if let Some(slug) = url.strip_prefix('#') {
        return match headings.label(slug) {
            Some(label) => LinkTarget::Heading(label.to_owned()),
            None => LinkTarget::None,
        };
    }
    match markdown::external_url(kind, url) {
        Some(url) => LinkTarget::External(percent_encode(&url)),
        None => LinkTarget::None,
    }
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
