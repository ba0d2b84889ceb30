//! Why there is no PDF, in words that may be shown to the author of the document.

use serde::{Deserialize, Serialize};

/// Which kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The document exceeds one of the [`limits`](crate::limits); trying again is useless.
    DocumentTooComplex,
    /// Anything else.
    TypesettingFailed,
}

impl Code {
    /// The stable name that clients see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentTooComplex => "document_too_complex",
            Self::TypesettingFailed => "typesetting_failed",
        }
    }
}

/// Why there is no PDF. `Display` is [`message`](Self::message).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Which kind of failure.
    pub code: Code,
    /// The limit's stable name, such as `table_cells`, if one was exceeded.
    pub limit: Option<String>,
    /// A sentence for the author of the document; nothing internal.
    pub message: String,
    /// What the engine said, at most 500 bytes. For the log: it may quote the document.
    pub cause: Option<String>,
}

impl Failure {
    /// The document has more than `most` of `what`, counted under the name `limit`.
    pub(crate) fn too_complex(limit: &str, most: usize, what: &str) -> Self {
        Self {
            code: Code::DocumentTooComplex,
            limit: Some(limit.to_owned()),
            message: format!("The document has more than {most} {what}."),
            cause: None,
        }
    }

    /// The engine refused the document for a reason its author cannot be told.
    pub(crate) fn failed(cause: &str) -> Self {
        let mut cause = cause.to_owned();
        cause.truncate(cause.floor_char_boundary(500));
        Self {
            code: Code::TypesettingFailed,
            limit: None,
            message: "The document could not be typeset.".to_owned(),
            cause: Some(cause),
        }
    }
}
