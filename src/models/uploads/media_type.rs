//! Detects the media type of a file from its content. Ignores the name and the `Content-Type` that the client sent.

use infer::MatcherType;

/// Number of bytes at the start of a file that are examined.
pub const HEAD_BYTES: usize = 8 * 1024;

const UNKNOWN: &str = "application/octet-stream";
/// First bytes of text formats that have their own media type. HTML and XML are missing, because `infer` reports them
/// as text formats.
const TEXT_FORMATS: [&[u8]; 6] = [b"%PDF-", b"%!PS-", b"{\\rtf", b"-----BEGIN CERTIFICATE", b"#!/", b"#! /"];

/// Returns the media type that the first bytes indicate.
///
/// A text can begin with the signature of a binary format, such as `BM` of BMP images. The signature of a binary format
/// is therefore ignored if the file looks like text.
#[must_use]
pub fn detect(head: &[u8]) -> &'static str {
    match infer::get(head).filter(|kind| !looks_like_text(head) || is_text_format(kind.matcher_type(), head)) {
        Some(kind) => kind.mime_type(),
        None if is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

fn is_text_format(matcher: MatcherType, head: &[u8]) -> bool {
    let is_markup = matcher == MatcherType::Text && !head.starts_with(b"#!");
    is_markup || TEXT_FORMATS.iter().any(|signature| head.starts_with(signature))
}

/// Returns whether the bytes look like text in an encoding based on ASCII, such as UTF-8 or ISO 8859-1. Checks that the
/// first two bytes are ASCII and that no byte is a binary data byte.
fn looks_like_text(head: &[u8]) -> bool {
    head.iter().take(2).all(u8::is_ascii) && !has_binary_bytes(head)
}

/// Returns whether the bytes are UTF-8 text. The last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    !head.is_empty() && is_utf8 && !has_binary_bytes(head)
}

/// Returns whether the bytes contain a binary data byte (WHATWG MIME Sniffing Standard, section 3).
fn has_binary_bytes(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

#[cfg(test)]
mod tests {
    use super::detect;

    #[test]
    fn detect_returns_the_type_of_real_files() {
        let executable = "application/vnd.microsoft.portable-executable";
        let table: [(&[u8], &str); 27] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"\xff\xd8\xff\xe1", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0\x80\0\0", "image/gif"),
            (b"GIF87a\x40\x01\xc8\0\xf7\0\0", "image/gif"),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "image/bmp"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
            (b"II*\0\x08\0\0\0\x0f\0\xfe\0", "image/tiff"),
            (b"8BPS\0\x01\0\0", "image/vnd.adobe.photoshop"),
            (b"MZ\x90\0\x03\0\0\0", executable),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "application/x-executable"),
            (b"ID3\x04\0\0\0\0\0\x23TSSE", "audio/mpeg"),
            (b"\xff\xfb\x90\x64\0", "audio/mpeg"),
            (b"OggS\0\x02\0\0", "audio/ogg"),
            (b"fLaC\0\0\0\x22", "audio/x-flac"),
            (b"MThd\0\0\0\x06", "audio/midi"),
            (b"PK\x03\x04\x14\0\0\0", "application/zip"),
            (b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
            (b"BZh91AY&SY\x19\x31\x65\x3d\0\0", "application/x-bzip2"),
            (b"\x28\xb5\x2f\xfd\x24\x05", "application/zstd"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"%!PS-Adobe-3.0\n", "application/postscript"),
            (b"{\\rtf1\\ansi", "application/rtf"),
            (b"<!DOCTYPE html><script>", "text/html"),
            (b"<?xml version=\"1.0\"?><svg/>", "text/xml"),
            (b"#!/bin/sh\n", "text/x-shellscript"),
            (b"-----BEGIN CERTIFICATE-----\n", "application/x-x509-ca-cert"),
        ];
        for (bytes, expected) in table {
            assert_eq!(detect(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn detect_returns_text_for_text_that_begins_like_a_binary_file() {
        let beginnings = [
            "plain words",
            "caf\u{e9}",
            "BM",
            "BMW drives",
            "GIF",
            "GIF89a is a format",
            "GIF87a",
            "MZ",
            "MZ and its stub",
            "ID3",
            "ID3 tags of music",
            "Rar!",
            "OggS",
            "fLaC",
            "MThd",
            "8BPS",
            "FORM",
            "RIFF",
            "RIFF1234WEBP and words",
            "RIFF1234WAVE and words",
            "BC Lions",
            "CWS",
            "FWS",
            "FLV",
            "wOFF",
            "OTTO",
            "BZh",
            "PAR2",
            "SQLite format 3",
            "Cr24",
            "DSD ",
            "MAC ",
            "M4A ",
            "LZIP",
            "AT&TFORM",
            "BZ3v1",
            "%! is no PostScript",
            "%PDF is a format",
            "#! is no path",
            "-----BEGIN PGP MESSAGE-----",
            "\u{feff}BM",
            "12345678WEBP",
            "1234ftypM4A ",
            "1234ftypheic",
        ];
        for beginning in beginnings {
            for text in
                [beginning.to_owned(), format!("{beginning}\n"), format!("{beginning}\r\n\t\x1b[1mMore\x0c text.\r\n")]
            {
                assert_eq!(detect(text.as_bytes()), "text/plain", "{text:?}");
            }
        }
    }

    #[test]
    fn detect_returns_text_for_long_text_that_begins_like_a_binary_file() {
        let words = "words of a long text\n".repeat(super::HEAD_BYTES / 21 + 1);
        for beginning in ["BM", "MZ", "ID3", "GIF89a"] {
            let text = format!("{beginning} {words}");
            assert_eq!(detect(&text.as_bytes()[..super::HEAD_BYTES]), "text/plain", "{beginning}");
        }
    }

    #[test]
    fn detect_returns_octet_stream_for_unknown_bytes() {
        // The last entry is text in ISO 8859-1, but `detect` recognizes plain text only in UTF-8.
        for bytes in [&b""[..], b"\0\x01\x02", b"words\0", b"\xfe\xed words", b"BMW f\xe4hrt"] {
            assert_eq!(detect(bytes), "application/octet-stream", "{bytes:?}");
        }
    }

    #[test]
    fn detect_returns_text_when_the_last_character_is_incomplete() {
        assert_eq!(detect(&"caf\u{e9}".as_bytes()[..4]), "text/plain");
    }
}
