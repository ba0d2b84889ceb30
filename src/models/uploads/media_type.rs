//! What a file is, by its bytes: what its name or its sender says counts for nothing.

/// Bytes from the start that are looked at.
pub const HEAD_BYTES: usize = 8 * 1024;

const UNKNOWN: &str = "application/octet-stream";

/// The media type that the first bytes speak for.
#[must_use]
pub fn of(head: &[u8]) -> &'static str {
    match infer::get(head) {
        Some(kind) => kind.mime_type(),
        None if is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

/// UTF-8 without control characters but for white space; a character cut at the end is no fault.
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
    use super::of;

    #[test]
    fn bytes_speak_and_names_do_not() {
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
            assert_eq!(of(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_head_is_still_text() {
        assert_eq!(of(&"caf\u{e9}".as_bytes()[..4]), "text/plain");
    }
}
