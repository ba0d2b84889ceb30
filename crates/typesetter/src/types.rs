//! Types of the input and the output: request, rendered PDF, conformance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document to typeset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// ID of the document in the PDF's metadata, equal for all renderings of one document.
    pub document_id: Uuid,
    /// Plain text. It becomes the PDF's title, the running head and the title block on page 1.
    /// The title block is omitted if the text begins with the title as a level-1 heading.
    pub title: String,
    /// Markdown text, at most [`limits::MARKDOWN_BYTES`](crate::limits::MARKDOWN_BYTES).
    pub markdown: String,
    /// Image files by the ID in `![alt](upload:ID)`. A missing ID becomes a note in the text.
    pub images: BTreeMap<Uuid, Vec<u8>>,
    /// Time of the last change of the document in Unix seconds. The PDF contains no other date.
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

// Written by hand, because a derived `Debug` would write the whole PDF to a log line.
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
    /// Tagged PDF 1.7 only, for example because no font contains one of the characters.
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
