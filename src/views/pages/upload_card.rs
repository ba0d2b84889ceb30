//! Upload in a list of uploads.

use serde::Serialize;

use crate::{
    models::uploads,
    views::{
        file_response::{is_displayable, is_image},
        uploads::UploadView,
    },
};

/// A file and how a browser displays it.
#[derive(Debug, Serialize)]
pub struct UploadCard {
    #[serde(flatten)]
    file: UploadView,
    /// Whether browsers display the file as an image.
    picture: bool,
    /// Whether browsers display the file instead of downloading the file.
    shown: bool,
    /// Short name of the file type, which is displayed if the file is not an image.
    kind: String,
}

impl From<uploads::Model> for UploadCard {
    fn from(upload: uploads::Model) -> Self {
        let file = UploadView::from(upload);
        let media_type = file.media_type.as_str();
        Self { picture: is_image(media_type), shown: is_displayable(media_type), kind: kind(&file), file }
    }
}

/// Returns the extension of the file name. If the extension is missing, is longer than 5 bytes, or contains characters
/// other than ASCII letters and digits, returns a short name of the media type.
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
