//! Content of the editor: a document, its preview and the status of its PDF.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    models::{documents, typesettings},
    views::typesettings::TypesettingView,
};

/// Pane that the editor displays beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pane {
    Preview,
    Pdf,
}

impl Pane {
    /// Returns the pane with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Preview, Self::Pdf].into_iter().find(|pane| pane.name() == name)
    }

    /// Returns the name in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Pdf => "pdf",
        }
    }
}

/// A document in the editor.
#[derive(Debug, Serialize)]
pub struct Editor {
    id: Uuid,
    title: String,
    body: String,
    /// Stored title, which is displayed while the user edits the title.
    name: String,
    /// Version of the stored document. The form contains this version, so that the server detects a later change.
    version: DateTime<Utc>,
    /// Whether the text is stored.
    stored: bool,
    pane: Pane,
    pdf_status: PdfStatus,
    /// Rendered HTML.
    preview: Arc<str>,
}

/// Title and text that a user has entered.
#[derive(Debug)]
pub struct EnteredText {
    pub title: String,
    pub body: String,
}

impl Editor {
    /// Creates the editor of a stored document.
    #[must_use]
    pub fn of(document: documents::Model, pdf_status: PdfStatus, pane: Pane, preview: Arc<str>) -> Self {
        Self {
            id: document.pid,
            name: document.title.clone(),
            title: document.title,
            body: document.body,
            version: document.updated_at.into(),
            stored: true,
            pane,
            pdf_status,
            preview,
        }
    }

    /// Creates the editor of a document with a text that is not stored.
    #[must_use]
    pub fn with_text(
        document: documents::Summary,
        pdf_status: PdfStatus,
        preview: Arc<str>,
        text: EnteredText,
    ) -> Self {
        Self {
            id: document.pid,
            title: text.title,
            body: text.body,
            name: document.title,
            version: document.updated_at.into(),
            stored: false,
            pane: Pane::Preview,
            pdf_status,
            preview,
        }
    }

    /// Returns the size of the text and of the preview, in bytes. Only these two parts of the page grow with the text.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.preview.len()
    }
}

/// Status of a document's PDF.
#[derive(Debug, Serialize)]
pub struct PdfStatus {
    /// The newest typesetting.
    typesetting: Option<TypesettingView>,
    /// Whether the newest typesetting is queued or running.
    in_progress: bool,
    /// ID of the newest finished typesetting. The URL of the PDF contains this ID, so that each PDF has a different
    /// URL.
    pdf: Option<Uuid>,
    /// Whether the text has changed since the newest finished PDF was requested.
    outdated: bool,
}

impl PdfStatus {
    /// Creates the status from the newest typesetting and the newest finished typesetting of a document.
    #[must_use]
    pub fn of(
        updated_at: DateTime<Utc>,
        newest: Option<typesettings::Model>,
        done: Option<typesettings::Model>,
    ) -> Self {
        Self {
            in_progress: newest.as_ref().is_some_and(typesettings::Model::is_in_progress),
            typesetting: newest.map(TypesettingView::from),
            outdated: done.as_ref().is_some_and(|done| done.created_at.to_utc() < updated_at),
            pdf: done.map(|done| done.pid),
        }
    }

    /// Returns whether a PDF was requested.
    #[must_use]
    pub const fn was_requested(&self) -> bool {
        self.typesetting.is_some()
    }
}

/// PDF status of a document as a separate page. The script of the editor replaces the displayed status with this page.
#[derive(Debug, Serialize)]
pub struct PdfStatusPage {
    pub id: Uuid,
    pub pdf_status: PdfStatus,
}

/// Preview of a text as JSON, for the script of the editor.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// Rendered HTML.
    pub html: Arc<str>,
}
