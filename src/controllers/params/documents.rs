//! Body of requests that create or update a document.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use crate::{
    controllers::extractors::validators,
    models::documents::{DocumentText, MAX_BODY_BYTES, MAX_TITLE_CHARACTERS},
};

/// Maximum size of a JSON body, in bytes. JSON may encode a byte of text as six bytes, for example `\u0009`.
pub const REQUEST_BYTES: usize = MAX_BODY_BYTES * 6 + 16 * 1024;

/// Maximum size of a form body, in bytes. A form may encode a byte of text as three bytes, for example `%C3`.
pub const FORM_BYTES: usize = MAX_BODY_BYTES * 3 + 16 * 1024;

/// Title and text of a document.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentParams {
    /// 1 to 200 characters.
    #[validate(custom(function = title))]
    #[schema(example = "Field notes", min_length = 1, max_length = 200)]
    title: String,
    /// Markdown, at most 1 MiB. Images are uploads of the owner: `![alt](upload:ID)`.
    #[validate(custom(function = body))]
    #[schema(example = "# Field notes\n\nIt rained.", max_length = 1_048_576)]
    body: String,
}

impl DocumentParams {
    /// Returns the Markdown text.
    #[must_use]
    pub fn into_body(self) -> String {
        self.body
    }
}

impl From<DocumentParams> for DocumentText {
    fn from(params: DocumentParams) -> Self {
        Self { title: trimmed(&params.title).to_owned(), body: params.body }
    }
}

/// Removes white space and byte order marks around a title.
fn trimmed(title: &str) -> &str {
    title.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

fn title(value: &str) -> Result<(), ValidationError> {
    validators::line_up_to(value, MAX_TITLE_CHARACTERS)
}

fn body(value: &str) -> Result<(), ValidationError> {
    validators::text_up_to(value, MAX_BODY_BYTES)
}
