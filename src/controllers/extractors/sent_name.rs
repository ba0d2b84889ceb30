//! Reads the file name that a client sent in the `Content-Disposition` header of a form part. Clients encode names in
//! different ways.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use encoding_rs::{Encoding, WINDOWS_1252};
use percent_encoding::percent_decode_str;

/// Returns the decoded `filename*`, or `filename` if there is no valid `filename*`.
pub fn file_name(part: &HeaderMap) -> Option<String> {
    let disposition = text(part.get(header::CONTENT_DISPOSITION)?.as_bytes());
    let parameter = |name| parameter(&disposition, name);
    parameter("filename*").and_then(extended_value).or_else(|| parameter("filename").map(file_name_value))
}

/// Returns a header as text. Decodes a header that is not UTF-8 as Windows-1252, because some clients use the encoding
/// of their operating system.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| WINDOWS_1252.decode_without_bom_handling(bytes).0, Cow::Borrowed)
}

/// Returns the value of a parameter, including its quotation marks.
fn parameter<'a>(disposition: &'a str, wanted: &str) -> Option<&'a str> {
    let (mut quoted, mut escaped) = (false, false);
    let parameters = disposition.split(|c| {
        let is_end = c == ';' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        is_end
    });
    let mut values = parameters.filter_map(|parameter| parameter.split_once('='));
    values.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
}

/// Decodes `utf-8'en'r%C3%A9sum%C3%A9.txt` (RFC 8187 section 3.2.1). Returns `None` if the value is invalid.
fn extended_value(value: &str) -> Option<String> {
    let value = unquoted(value);
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, name) = (parts.next()?, parts.next()?, parts.next()?);
    decoded(charset, &percent_decode_str(name).collect::<Vec<_>>()).filter(|name| !name.is_empty())
}

/// Decodes the value of `filename`. Browsers send a quotation mark or line end as `%22`, `%0D` or `%0A` (HTML Standard,
/// "Multipart form data"). Other clients send a backslash before a quotation mark.
fn file_name_value(value: &str) -> String {
    let name = unquoted(value);
    let name = [("%22", "\""), ("%0D", "\r"), ("%0A", "\n"), ("%0d", "\r"), ("%0a", "\n")]
        .iter()
        .fold(name, |name, (encoded, plain)| name.replace(encoded, plain));
    encoded_words(&name).unwrap_or(name)
}

/// Removes the quotation marks around a value, and the backslashes before quotation marks and backslashes. Keeps other
/// backslashes, because such a backslash belongs to a Windows path.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    inner.strip_suffix('"').unwrap_or(inner).replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Decodes a text that consists only of encoded words (RFC 2047). .NET and e-mail libraries send such names. Returns
/// `None` for any other text.
fn encoded_words(text: &str) -> Option<String> {
    let decoded: Option<String> = text.split_whitespace().map(encoded_word).collect();
    decoded.filter(|name| !name.is_empty())
}

/// Decodes `=?utf-8?B?…?=` or `=?utf-8?Q?…?=` (RFC 2047 section 2).
fn encoded_word(word: &str) -> Option<String> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (charset, encoding, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        "B" | "b" => BASE64_STANDARD.decode(encoded).ok()?,
        "Q" | "q" => percent_decode_str(&encoded.replace('%', "%25").replace('=', "%").replace('_', " ")).collect(),
        _ => return None,
    };
    decoded(charset, &bytes)
}

/// Decodes bytes with the charset. Returns `None` if the charset is unknown or the bytes are invalid.
fn decoded(charset: &str, bytes: &[u8]) -> Option<String> {
    let (text, has_errors) = Encoding::for_label(charset.as_bytes())?.decode_without_bom_handling(bytes);
    (!has_errors).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn sent(disposition: &[u8]) -> Option<String> {
        let disposition = HeaderValue::from_bytes(disposition).unwrap();
        file_name(&HeaderMap::from_iter([(header::CONTENT_DISPOSITION, disposition)]))
    }

    #[test]
    fn file_name_is_decoded_as_each_client_encodes_it() {
        let table = [
            ("browser", "filename=\"Überblick 文.txt\"", "Überblick 文.txt"),
            ("browser, quotation mark", "filename=\"the %22old%22 weir.txt\"", "the \"old\" weir.txt"),
            ("browser, line end", "filename=\"a%0D%0Ab.txt\"", "a\r\nb.txt"),
            ("browser, percent sign", "filename=\"100%25 %E2.txt\"", "100%25 %E2.txt"),
            ("browser, no file", "filename=\"\"", ""),
            ("curl", r#"filename="the \"old\" weir.txt""#, "the \"old\" weir.txt"),
            ("curl, backslash", r#"filename="a\\b; c=d.txt""#, "a\\b; c=d.txt"),
            ("Windows path", r#"filename="C:\Users\new\a.txt""#, "C:\\Users\\new\\a.txt"),
            ("no quotation marks", "filename=weir.txt", "weir.txt"),
            (
                ".NET",
                "filename=\"=?utf-8?B?w5xiZXJibGljay50eHQ=?=\"; filename*=utf-8''%C3%9Cberblick.txt",
                "Überblick.txt",
            ),
            ("PowerShell", "filename=\"=?utf-8?B?w5xiZXJibGljay50eHQ=?=\"", "Überblick.txt"),
            ("PowerShell, no quotation marks", "filename==?utf-8?B?w5xiZXJibGljay50eHQ=?=", "Überblick.txt"),
            ("Q encoding", "filename=\"=?UTF-8?Q?=C3=9Cber_100%.txt?=\"", "Über 100%.txt"),
            ("several words", "filename=\"=?utf-8?Q?=C3=9Cber?= =?iso-8859-1?q?bl=EFck.txt?=\"", "Überblïck.txt"),
            ("urllib3", "filename*=utf-8''%C3%9Cberblick.txt", "Überblick.txt"),
            ("filename* first", "filename*=UTF-8'de'%e2%82%ac.txt; filename=\"EUR.txt\"", "€.txt"),
            ("filename* last", "filename=\"EUR.txt\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt"),
            ("filename* in ISO 8859-1", "filename*=iso-8859-1'en'%A3%20rates", "£ rates"),
            ("invalid filename*", "filename*=UTF-8''%ff; filename=\"EUR.txt\"", "EUR.txt"),
            ("unknown charset", "filename*=none''%ff; filename=\"EUR.txt\"", "EUR.txt"),
            ("upper case", "FileName = \"a.txt\" ", "a.txt"),
            ("no encoded word", "filename=\"=?utf-8?B?%?= a.txt\"", "=?utf-8?B?%?= a.txt"),
        ];
        for (client, parameters, expected) in table {
            let name = sent(format!("form-data; name=\"file\"; {parameters}").as_bytes());
            assert_eq!(name.as_deref(), Some(expected), "{client}");
        }
    }

    #[test]
    fn file_name_is_decoded_from_windows_1252_if_it_is_not_utf_8() {
        assert_eq!(sent(b"form-data; name=\"file\"; filename=\"\xdcber.txt\"").as_deref(), Some("Über.txt"));
    }

    #[test]
    fn file_name_is_missing_without_a_parameter() {
        for disposition in ["form-data; name=\"file\"", "form-data; name=\"; filename=a\"", "form-data", ""] {
            assert_eq!(sent(disposition.as_bytes()), None, "{disposition}");
        }
    }
}
