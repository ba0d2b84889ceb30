//! An upload in a list of them.

use serde::Serialize;

use crate::{
    models::uploads,
    views::{
        file_response::{is_displayable, is_image},
        uploads::UploadView,
    },
};

/// A file and what a browser makes of it.
#[derive(Debug, Serialize)]
pub struct UploadCard {
    #[serde(flatten)]
    file: UploadView,
    /// Whether it can be drawn.
    picture: bool,
    /// Whether it can be looked at; others are saved.
    shown: bool,
    /// What stands in a picture's place.
    kind: String,
}

impl From<uploads::Model> for UploadCard {
    fn from(upload: uploads::Model) -> Self {
        let file = UploadView::from(upload);
        let media_type = file.media_type.as_str();
        Self { picture: is_image(media_type), shown: is_displayable(media_type), kind: kind(&file), file }
    }
}

/// The end of a file's name, or of its media type where the name has none that is one.
fn kind(file: &UploadView) -> String {
    let ending = file.file_name.rsplit_once('.').map(|(_, ending)| ending);
    let ending = ending.filter(|ending| ending.len() <= 5 && ending.chars().all(|c| c.is_ascii_alphanumeric()));
    let end = || match file.media_type.as_str() {
        "text/plain" => "text",
        "application/octet-stream" => "file",
        other => other.rsplit(['/', '.', '-', '+']).next().unwrap_or_default(),
    };
    ending.unwrap_or_else(end).chars().take(8).collect()
}
