//! Decides which addresses a PDF may lead to.

use std::fmt::Write;

use pulldown_cmark::LinkType;

use super::outline::Outline;
use crate::limits;

/// Where a link leads.
pub(super) enum Target {
    /// An address on the web or of a mailbox.
    Web(String),
    /// A heading of this document, by its label.
    Heading(String),
    /// Nowhere: the words stay, the link does not.
    Nothing,
}

/// Addresses may do no more than open a page or write a mail; `javascript:`, `file:`, `data:`
/// and whatever comes next are not on the list.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Judges an address as the author wrote it.
pub(super) fn target(kind: LinkType, address: &str, outline: &Outline) -> Target {
    if let Some(slug) = address.strip_prefix('#') {
        return match outline.label(slug) {
            Some(label) => Target::Heading(label.to_owned()),
            None => Target::Nothing,
        };
    }
    let address = match kind {
        LinkType::Email => format!("mailto:{address}"),
        _ => address.to_owned(),
    };
    let short = address.len() <= limits::LINK_BYTES;
    if short && has_known_scheme(&address) && !address.contains(|c: char| c.is_control()) {
        Target::Web(ascii(&address))
    } else {
        Target::Nothing
    }
}

fn has_known_scheme(address: &str) -> bool {
    SCHEMES.iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && address.len() > scheme.len()
    })
}

/// A PDF's addresses are ASCII: everything else, and spaces, as `%XX` of UTF-8.
fn ascii(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
