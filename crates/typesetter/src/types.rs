//! Types of the input and output: request, rendered PDF and conformance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document to typeset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// ID of the document in the metadata of the PDF. All renderings of one document have the same ID.
    pub document_id: Uuid,
    /// Title as plain text. The title is in the PDF metadata, in the running head, and in the title block on page 1.
    ///
    /// The title block is omitted if the Markdown text begins with the title as a level-1 heading.
    pub title: String,
    /// Markdown text, at most [`limits::MARKDOWN_BYTES`](crate::limits::MARKDOWN_BYTES).
    pub markdown: String,
    /// Image files by upload ID, for `![alt](upload:ID)`. A note in the PDF replaces a missing image.
    pub images: BTreeMap<Uuid, Vec<u8>>,
    /// Time of the last change of the document, in Unix seconds. The PDF contains no other date.
    pub updated_at: i64,
}

/// Finished PDF.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Bytes of the PDF file.
    pub pdf: Vec<u8>,
    /// Number of pages, at least 1.
    pub pages: u32,
    /// Standards that the PDF declares.
    pub conformance: Conformance,
}

// `Debug` is written by hand, because a derived `Debug` would write the whole PDF to the log.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pdf, pages, conformance } = self;
        write!(f, "Rendered({} bytes, {pages} pages, {conformance:?})", pdf.len())
    }
}

/// Standards that a PDF declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conformance {
    /// PDF/A-2a and PDF/UA-1, for archives and screen readers.
    ArchivalAccessible,
    /// Plain tagged PDF 1.7 that conforms to no further standard, for example because a character of the document
    /// is missing from all fonts.
    None,
}

impl Conformance {
    /// Returns the names of the standards.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ArchivalAccessible => "PDF/A-2a, PDF/UA-1",
            Self::None => "none",
        }
    }
}
