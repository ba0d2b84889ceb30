//! A stored file on the wire: whole, a range of it, or only the news that it has not changed.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use loco_rs::storage::stream::BytesStream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::errors::{AppError, Code};

/// What may stand unencoded in a `filename*` (RFC 8187 section 3.2.1).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file that somebody else wrote runs nothing here, whatever it holds.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// A file as its row describes it.
#[derive(Debug)]
pub struct FileView<'a> {
    pub name: &'a str,
    pub media_type: &'a str,
    pub size: u64,
    pub sha256: &'a str,
}

/// Which part of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// First and last byte, both included.
    Range(u64, u64),
    /// A range that begins past the end.
    Outside,
    Unchanged,
}

/// Whether a file of this type is a picture that browsers draw.
#[must_use]
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif")
}

/// Whether a file of this type may be looked at; others are only ever saved.
#[must_use]
pub fn is_shown(media_type: &str) -> bool {
    is_picture(media_type) || media_type == "application/pdf"
}

impl FileView<'_> {
    /// Reads the conditions and the range of a request (RFC 9110 sections 13 and 14).
    #[must_use]
    pub fn part(&self, request: &HeaderMap) -> Part {
        let text = |name| request.get(name).and_then(|value| value.to_str().ok());
        let etag = self.etag();
        if text(header::IF_NONE_MATCH)
            .is_some_and(|tags| tags == "*" || tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag))
        {
            return Part::Unchanged;
        }
        let same = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
        match text(header::RANGE).filter(|_| same).and_then(|range| parse_range(range, self.size)) {
            None => Part::Whole,
            Some(Some((first, last))) => Part::Range(first, last),
            Some(None) => Part::Outside,
        }
    }

    /// Returns the response to `part`, with the bytes of this part.
    #[must_use]
    pub fn respond(&self, part: Part, stream: Option<BytesStream>) -> Response {
        if part == Part::Outside {
            // The size, so that the client can ask again for what there is (RFC 9110 section 15.5.17).
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
        let given = [
            (header::CONTENT_TYPE, self.content_type()),
            (header::ETAG, self.etag()),
            (header::CONTENT_DISPOSITION, self.disposition()),
        ];
        for (name, value) in given {
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

    /// Pictures and PDFs may be looked at; everything else is only ever saved (RFC 6266).
    fn disposition(&self) -> String {
        let kind = if is_shown(self.media_type) { "inline" } else { "attachment" };
        let plain: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._ ".contains(c) { c } else { '_' }).collect();
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(self.name, PLAIN))
    }
}

/// One range of bytes: nothing where the header is not one, an inner nothing where it lies past the end.
#[expect(clippy::option_option, reason = "no range, an impossible one and a good one are three answers")]
fn parse_range(range: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let suffix: u64 = last.parse().ok()?;
        let satisfiable = suffix > 0 && size > 0;
        return Some(satisfiable.then(|| (size.saturating_sub(suffix), size - 1)));
    }
    let first: u64 = first.parse().ok()?;
    let last: u64 = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    // A range that ends before it begins is none at all.
    (first <= last).then(|| (first < size).then(|| (first, last.min(size.saturating_sub(1)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_the_standard_says() {
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
    fn a_name_cannot_leave_its_place_in_the_header() {
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
