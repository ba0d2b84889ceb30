//! Responses with a stored file: the whole file, a range of bytes, or 304 if the file is unchanged.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use loco_rs::storage::stream::BytesStream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::content_negotiation::lines;
use crate::{
    errors::{AppError, AppResult, Code},
    models::{file_names, file_reader::FileReader, typesettings::Pdf, uploads},
};

/// Characters that are percent-encoded in `filename*`. RFC 8187 section 3.2.1 permits all other characters unencoded.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Content security policy that prevents browsers from running scripts in the files of users.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Metadata of a file, as stored in its row.
#[derive(Debug)]
pub struct FileView<'a> {
    pub name: &'a str,
    pub media_type: &'a str,
    pub size: u64,
    pub sha256: &'a str,
}

/// Content of a file.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only the OpenAPI schema uses the field")]
pub struct FileBytes(Vec<u8>);

/// The requested part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// Offsets of the first and the last byte of the range, both inclusive.
    Range(u64, u64),
    /// A range that contains no byte of the file.
    Unsatisfiable,
    Unchanged,
}

/// Returns whether browsers display files of this type as images.
#[must_use]
pub fn is_image(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif")
}

/// Returns whether browsers may display files of this type. Other files are only downloaded.
#[must_use]
pub fn is_displayable(media_type: &str) -> bool {
    is_image(media_type) || media_type == "application/pdf"
}

/// Returns the content of an upload, or the requested part of the content.
///
/// # Errors
/// Returns the errors of [`FileReader::open`].
pub async fn of_upload(files: &FileReader, upload: &uploads::Model, headers: &HeaderMap) -> AppResult<Response> {
    let size = u64::try_from(upload.size).map_err(AppError::internal)?;
    let file = FileView { name: &upload.file_name, media_type: &upload.media_type, size, sha256: &upload.sha256 };
    file.send(files, &upload.storage_key, headers).await
}

/// Returns the PDF of a document, or the requested part of the PDF.
///
/// # Errors
/// Returns the errors of [`FileReader::open`].
pub async fn of_pdf(files: &FileReader, title: &str, pdf: &Pdf, headers: &HeaderMap) -> AppResult<Response> {
    let name = file_names::shortened(&format!("{title}.pdf"));
    let file = FileView { name: &name, media_type: "application/pdf", size: pdf.size, sha256: &pdf.sha256 };
    file.send(files, &pdf.key, headers).await
}

impl FileView<'_> {
    /// Opens the requested part of the file and returns the response.
    async fn send(&self, files: &FileReader, key: &str, headers: &HeaderMap) -> AppResult<Response> {
        let part = self.part(headers);
        let range = match part {
            Part::Whole => Some(0..self.size),
            Part::Range(first, last) => Some(first..last + 1),
            Part::Unsatisfiable | Part::Unchanged => None,
        };
        let bytes = match range {
            Some(range) => Some(files.open(key, range).await?),
            None => None,
        };
        Ok(self.respond(part, bytes))
    }

    /// Returns the requested part, according to the conditions and the range in the request headers (RFC 9110 sections
    /// 13 and 14).
    #[must_use]
    pub fn part(&self, request: &HeaderMap) -> Part {
        let text = |name| request.get(name).and_then(|value| value.to_str().ok());
        let etag = self.etag();
        let mut known = lines(request, &header::IF_NONE_MATCH).flat_map(|line| line.split(',')).map(str::trim);
        if known.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag) {
            return Part::Unchanged;
        }
        let is_same = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
        match text(header::RANGE).filter(|_| is_same).and_then(|range| parse_range(range, self.size)) {
            None => Part::Whole,
            Some(Some((first, last))) => Part::Range(first, last),
            Some(None) => Part::Unsatisfiable,
        }
    }

    /// Returns the response for `part`. `stream` contains the bytes of this part.
    #[must_use]
    pub fn respond(&self, part: Part, stream: Option<BytesStream>) -> Response {
        if part == Part::Unsatisfiable {
            // Contains the size of the file, so that the client can request an existing range (RFC 9110 section
            // 15.5.17).
            let size = [(header::CONTENT_RANGE, format!("bytes */{}", self.size))];
            return (size, AppError::new(Code::RangeNotSatisfiable)).into_response();
        }
        let (status, body, length, range) = match (part, stream) {
            (Part::Range(first, last), Some(stream)) => {
                let range = format!("bytes {first}-{last}/{}", self.size);
                (StatusCode::PARTIAL_CONTENT, stream.into_body(), Some(last - first + 1), Some(range))
            }
            (Part::Whole, Some(stream)) => (StatusCode::OK, stream.into_body(), Some(self.size), None),
            _ => (StatusCode::NOT_MODIFIED, Body::empty(), None, None),
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        self.describe(headers);
        if let Some(length) = length {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range).ok()) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        let values = [
            (header::CONTENT_TYPE, self.content_type()),
            (header::ETAG, self.etag()),
            (header::CONTENT_DISPOSITION, self.disposition()),
        ];
        for (name, value) in values {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.sha256)
    }

    fn content_type(&self) -> String {
        if self.media_type == "text/plain" {
            "text/plain; charset=utf-8".to_owned()
        } else {
            self.media_type.to_owned()
        }
    }

    /// Returns the value of `Content-Disposition` with the file name (RFC 6266). The disposition is `inline` for images
    /// and PDFs, and `attachment` for other files.
    fn disposition(&self) -> String {
        let kind = if is_displayable(self.media_type) { "inline" } else { "attachment" };
        let plain: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._ ".contains(c) { c } else { '_' }).collect();
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(self.name, PLAIN))
    }
}

/// Parses the value of a `Range` header with one byte range. Returns `None` if the server must ignore the header, and
/// `Some(None)` if the range is unsatisfiable.
#[expect(clippy::option_option, reason = "ignored, unsatisfiable and valid are three results")]
fn parse_range(range: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let suffix: u64 = last.parse().ok()?;
        let satisfiable = suffix > 0 && size > 0;
        return Some(satisfiable.then(|| (size.saturating_sub(suffix), size - 1)));
    }
    let first: u64 = first.parse().ok()?;
    let last: u64 = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    // A range that ends before its start is invalid and therefore ignored (RFC 9110 section 14.1.1).
    (first <= last).then(|| (first < size).then(|| (first, last.min(size.saturating_sub(1)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_is_parsed_as_rfc_9110_specifies() {
        let table = [
            ("bytes=0-9", Some(Some((0, 9)))),
            ("bytes=90-", Some(Some((90, 99)))),
            ("bytes=-10", Some(Some((90, 99)))),
            ("bytes=-1000", Some(Some((0, 99)))),
            ("bytes=50-1000", Some(Some((50, 99)))),
            ("bytes=100-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=9-0", None),
            ("bytes=0-1,5-6", None),
            ("pages=1-2", None),
            ("bytes=a-b", None),
        ];
        for (range, expected) in table {
            assert_eq!(parse_range(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn file_name_is_escaped_in_the_header() {
        let file = |name| FileView { name, media_type: "text/html", size: 1, sha256: "" };
        assert_eq!(
            file("a\"; x=\"b.txt").disposition(),
            "attachment; filename=\"a__ x__b.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22b.txt"
        );
        assert_eq!(
            file("\u{43a}\u{43e}\u{442}").disposition(),
            "attachment; filename=\"___\"; filename*=UTF-8''%D0%BA%D0%BE%D1%82"
        );
    }
}
