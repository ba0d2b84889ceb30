//! What the editor shows: a document, how it will look, and how its PDF stands.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    models::{documents, typesettings},
    views::typesettings::TypesettingView,
};

/// What stands beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pane {
    Preview,
    Pdf,
}

impl Pane {
    /// The pane of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Preview, Self::Pdf].into_iter().find(|pane| pane.name() == name)
    }

    /// Its name in an address.
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
    /// The document's name while its title is being changed.
    name: String,
    /// The version that the text was written from.
    version: DateTime<Utc>,
    /// Whether the text is as it is stored.
    stored: bool,
    pane: Pane,
    print: Print,
    /// HTML of ours.
    preview: Arc<str>,
}

/// What somebody has written.
#[derive(Debug)]
pub struct Text {
    pub title: String,
    pub body: String,
}

impl Editor {
    /// A document as it is stored.
    #[must_use]
    pub fn of(document: documents::Model, print: Print, pane: Pane, preview: Arc<str>) -> Self {
        Self {
            id: document.pid,
            name: document.title.clone(),
            title: document.title,
            body: document.body,
            version: document.updated_at.into(),
            stored: true,
            pane,
            print,
            preview,
        }
    }

    /// A document with a text that is not stored.
    #[must_use]
    pub fn holding(document: documents::Summary, print: Print, preview: Arc<str>, text: Text) -> Self {
        Self {
            id: document.pid,
            title: text.title,
            body: text.body,
            name: document.title,
            version: document.updated_at.into(),
            stored: false,
            pane: Pane::Preview,
            print,
            preview,
        }
    }

    /// Bytes of content that grow with the text.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.preview.len()
    }
}

/// How a document's PDF stands.
#[derive(Debug, Serialize)]
pub struct Print {
    /// The newest order.
    order: Option<TypesettingView>,
    /// Whether it still waits or runs.
    under_way: bool,
    /// The newest PDF, under an address that is its own.
    pdf: Option<Uuid>,
    /// Whether the text was changed after that PDF was ordered.
    outdated: bool,
}

impl Print {
    /// The newest order of a document and the newest that is done.
    #[must_use]
    pub fn of(
        updated_at: DateTime<Utc>,
        newest: Option<typesettings::Model>,
        done: Option<typesettings::Model>,
    ) -> Self {
        Self {
            under_way: newest.as_ref().is_some_and(typesettings::Model::is_under_way),
            order: newest.map(TypesettingView::from),
            outdated: done.as_ref().is_some_and(|done| done.created_at.to_utc() < updated_at),
            pdf: done.map(|done| done.pid),
        }
    }

    /// Whether anything was ordered yet.
    #[must_use]
    pub const fn begun(&self) -> bool {
        self.order.is_some()
    }
}

/// The part of the editor that changes by itself.
#[derive(Debug, Serialize)]
pub struct Printed {
    pub id: Uuid,
    pub print: Print,
}

/// A text as it will look, for a script.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// Of ours.
    pub html: Arc<str>,
}
