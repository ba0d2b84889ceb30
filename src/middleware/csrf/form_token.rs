//! Finds CSRF tokens in the first bytes of a form.

use crate::crypto::secret_token::CHARACTERS;

/// Name of the form field that contains the CSRF token.
const FIELD: &[u8] = b"csrf_token";

/// Returns all candidates for the CSRF token: the text after `csrf_token=`, or the content of the multipart field
/// `csrf_token`. The position in the body is not checked, because an attacker has no valid token.
pub fn candidates(prefix: &[u8]) -> impl Iterator<Item = &[u8]> {
    let fields = prefix.windows(FIELD.len()).enumerate().filter(|(_, window)| *window == FIELD);
    fields.filter_map(|(start, _)| value(&prefix[start + FIELD.len()..]))
}

fn value(rest: &[u8]) -> Option<&[u8]> {
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b"\"\r\n\r\n"))?;
    let end = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_".contains(byte)));
    let value = &value[..end.unwrap_or(value.len())];
    (value.len() == CHARACTERS).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_contain_the_token_of_both_form_encodings() {
        let token = "a".repeat(CHARACTERS);
        let found = |body: String| candidates(body.as_bytes()).any(|sent| sent == token.as_bytes());
        assert!(found(format!("csrf_token={token}")) && found(format!("a=b&csrf_token={token}&c=d")));
        assert!(found(format!("--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n--x--")));
        assert!(!found(format!("token={token}")) && !found(format!("csrf_token={token}a")) && !found(String::new()));
    }
}
