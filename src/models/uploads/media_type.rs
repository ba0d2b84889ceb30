//! Detects the media type of a file from its content. Ignores the name and the `Content-Type` that the client sent.

/// Number of bytes at the start of a file that are examined.
pub const HEAD_BYTES: usize = 8 * 1024;

const UNKNOWN: &str = "application/octet-stream";

/// Returns the media type that the first bytes indicate.
#[must_use]
pub fn detect(head: &[u8]) -> &'static str {
    match infer::get(head) {
        Some(kind) => kind.mime_type(),
        None if is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

/// Returns whether the bytes are UTF-8 text without control characters except white space. The last character may be
/// cut off.
fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !whole.is_empty() && !whole.chars().any(|c| c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::detect;

    #[test]
    fn detect_returns_the_type_of_the_first_bytes() {
        let table: [(&[u8], &str); 8] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"plain words\n", "text/plain"),
            ("caf\u{e9}".as_bytes(), "text/plain"),
            (b"\0\x01\x02", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ];
        for (bytes, expected) in table {
            assert_eq!(detect(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn detect_returns_text_when_the_last_character_is_incomplete() {
        assert_eq!(detect(&"caf\u{e9}".as_bytes()[..4]), "text/plain");
    }
}
