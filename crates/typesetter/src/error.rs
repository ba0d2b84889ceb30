//! Error type: reason why a document has no PDF, with a message for its author.

use serde::{Deserialize, Serialize};

/// Maximum length of [`TypesetError::cause`] in bytes.
const MAX_CAUSE_BYTES: usize = 500;

/// Kind of a [`TypesetError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The document exceeds one of the [`limits`](crate::limits). A retry returns an equal error.
    DocumentTooComplex,
    /// Any other error, for example an error or a panic of Typst.
    TypesettingFailed,
}

impl ErrorCode {
    /// Returns the stable name of the error code for clients.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentTooComplex => "document_too_complex",
            Self::TypesettingFailed => "typesetting_failed",
        }
    }
}

/// Error that states why a document has no PDF. `Display` writes [`message`](Self::message).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct TypesetError {
    /// Kind of the error.
    pub code: ErrorCode,
    /// Stable name of the exceeded limit, such as `table_cells`, or `None` if no limit was exceeded.
    pub limit: Option<String>,
    /// Sentence for the author of the document, without internal details.
    pub message: String,
    /// Internal error message, for example from Typst, at most 500 bytes. Only for logs, because the message may quote
    /// the document.
    pub cause: Option<String>,
}

impl TypesetError {
    /// Creates the error for a document that exceeds `limit`, the stable name of a limit.
    ///
    /// `units` names in plural what the limit counts, such as `pages`. `maximum` is the maximum number of these units.
    pub(crate) fn too_complex(limit: &str, maximum: usize, units: &str) -> Self {
        Self {
            code: ErrorCode::DocumentTooComplex,
            limit: Some(limit.to_owned()),
            message: format!("The document has more than {maximum} {units}."),
            cause: None,
        }
    }

    /// Creates the error for a document that could not be typeset. Truncates `cause`, which the author does not see.
    pub(crate) fn failed(cause: &str) -> Self {
        let mut cause = cause.to_owned();
        cause.truncate(cause.floor_char_boundary(MAX_CAUSE_BYTES));
        Self {
            code: ErrorCode::TypesettingFailed,
            limit: None,
            message: "The document could not be typeset.".to_owned(),
            cause: Some(cause),
        }
    }
}
