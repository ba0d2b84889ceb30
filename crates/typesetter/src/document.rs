//! What goes in and what comes out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document to typeset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Identifies the document in the PDF's metadata; the same for each rendering of it.
    pub document_id: Uuid,
    /// Plain text. It becomes the PDF's title, the running head, and the title block on page
    /// one unless the text begins with the same words as a level-1 heading.
    pub title: String,
    /// The text, at most [`limits::MARKDOWN_BYTES`](crate::limits::MARKDOWN_BYTES).
    pub markdown: String,
    /// The files behind `![alt](upload:ID)`. An id that is not here becomes a note in the text.
    pub images: BTreeMap<Uuid, Vec<u8>>,
    /// When the document last changed, in Unix seconds: the PDF's only date.
    pub updated_at: i64,
}

/// A finished PDF.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub pdf: Vec<u8>,
    /// How many pages it has, at least 1.
    pub pages: u32,
    /// The standards it claims to follow.
    pub conformance: Conformance,
}

// By hand: a PDF in a log line helps nobody.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pdf, pages, conformance } = self;
        write!(f, "Rendered({} bytes, {pages} pages, {conformance:?})", pdf.len())
    }
}

/// The standards a PDF claims to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conformance {
    /// PDF/A-2a and PDF/UA-1: fit for archives and for screen readers.
    ArchivalAccessible,
    /// Tagged PDF 1.7 only, for instance because no font has one of the characters.
    None,
}

impl Conformance {
    /// The standards' names, as a person would look for them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ArchivalAccessible => "PDF/A-2a, PDF/UA-1",
            Self::None => "none",
        }
    }
}
