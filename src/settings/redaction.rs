//! Redacts secrets from texts for the log, because errors of libraries may contain secrets of the settings.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{production::SAMPLE_PASSWORDS, secret_files};

/// Minimum length, in bytes, of a secret that is replaced everywhere in a text. A shorter secret is replaced only in
/// URLs and parameters, because ordinary words may contain the secret.
const MIN_BYTES: usize = 4;
const REDACTED: &str = "[redacted]";
/// If the name of a URL parameter contains one of these texts, the value is a secret.
const SECRET_PARAMETERS: [&str; 4] = ["pass", "pwd", "secret", "token"];
/// Characters to percent-encode: all characters except unreserved characters (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Userinfo percent-encode set (URL Standard section 1.3), which the URL parser applies to a password.
const USERINFO: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'|');

/// Redactor of this process. Reads the secrets from the environment once, on first use. At that time, the environment
/// also contains the secrets from files.
static OWN: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(secret_files::secrets(), &secret_files::addresses()));

/// Returns a text with every secret of this process replaced, so that the text can be logged.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    OWN.redact(text)
}

/// Finds and replaces all secrets in one pass over a text.
struct Redactor {
    patterns: Option<AhoCorasick>,
    replacements: Vec<String>,
}

impl Redactor {
    fn new(secrets: Vec<String>, addresses: &[String]) -> Self {
        let mut patterns = BTreeMap::new();
        let passwords = addresses.iter().flat_map(|address| passwords(address));
        for secret in secrets.into_iter().chain(passwords) {
            let common = secret.len() < MIN_BYTES || SAMPLE_PASSWORDS.contains(&secret.as_str());
            for form in forms(&secret) {
                if common {
                    // Replaces the password only in a URL or a parameter, because the password may be an ordinary word.
                    patterns.insert(format!(":{form}@"), format!(":{REDACTED}@"));
                    patterns.insert(format!("password={form}"), format!("password={REDACTED}"));
                } else {
                    patterns.insert(form, REDACTED.to_owned());
                }
            }
        }
        let (patterns, replacements): (Vec<_>, _) = patterns.into_iter().unzip();
        let build = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok();
        Self { patterns: if patterns.is_empty() { None } else { build() }, replacements }
    }

    fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.patterns {
            Some(patterns) if patterns.is_match(text) => Cow::Owned(patterns.replace_all(text, &self.replacements)),
            _ => Cow::Borrowed(text),
        }
    }
}

/// Returns the forms in which errors of libraries contain a secret: unchanged, percent-decoded and percent-encoded.
/// Also returns each of these forms in Rust's `Debug` format.
fn forms(secret: &str) -> Vec<String> {
    let decoded = decoded(secret);
    let mut forms = vec![
        utf8_percent_encode(&decoded, RESERVED).to_string(),
        utf8_percent_encode(secret, USERINFO).to_string(),
        secret.to_owned(),
        decoded,
    ];
    let debug: Vec<_> = forms.iter().map(|form| form.escape_debug().to_string()).collect();
    forms.extend(debug);
    forms.retain(|form| !form.is_empty());
    forms
}

/// Returns the passwords of a URL, even incorrectly encoded passwords. Also returns the passwords of URLs in the
/// parameters.
fn passwords(address: &str) -> Vec<String> {
    let decoded = decoded(address);
    let mut found: Vec<String> =
        authorities(address).into_iter().flat_map(userinfo_passwords).map(str::to_owned).collect();
    // Skips the first URL of the decoded text, because the line above has read this URL in its original form.
    found.extend(authorities(&decoded).into_iter().skip(1).flat_map(userinfo_passwords).map(str::to_owned));
    found.extend(parameter_passwords(address).map(str::to_owned));
    found.retain(|password| !password.is_empty());
    found
}

/// Returns the text after each `://`, or the whole text if the text contains no `://`.
fn authorities(text: &str) -> Vec<&str> {
    let found: Vec<_> = text.match_indices("://").map(|(at, scheme)| &text[at + scheme.len()..]).collect();
    if found.is_empty() { vec![text] } else { found }
}

/// Returns candidates for the password of `USER:PASSWORD@HOST`: the text between the first `:` and the first `@`, and
/// the text between the first `:` and the last `@`. Also returns the parts of both texts between the separators `@`,
/// `/`, `?` and `#`, because a URL parser may read a part as port, path, query or fragment.
fn userinfo_passwords(rest: &str) -> Vec<&str> {
    let credentials = [rest.split_once('@'), rest.rsplit_once('@')].into_iter().flatten();
    let mut found: Vec<_> = credentials.filter_map(|(credentials, _)| Some(credentials.split_once(':')?.1)).collect();
    let parts = found.iter().flat_map(|password| password.split(['@', '/', '?', '#'])).collect::<Vec<_>>();
    found.extend(parts.into_iter().filter(|part| part.len() >= MIN_BYTES));
    found
}

/// Returns the values of the parameters whose names contain a text of `SECRET_PARAMETERS`.
fn parameter_passwords(address: &str) -> impl Iterator<Item = &str> {
    let parameters = address.split(['?', '&', '#']).filter_map(|parameter| parameter.split_once('='));
    parameters.filter_map(|(name, value)| {
        let name = name.to_lowercase();
        SECRET_PARAMETERS.iter().any(|part| name.contains(part)).then_some(value)
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(secrets: &[&str], addresses: &[&str], text: &str) -> String {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Redactor::new(owned(secrets), &owned(addresses)).redact(text).into_owned()
    }

    #[test]
    fn redact_replaces_every_form_of_a_secret() {
        let secret = r#"can"a/ry\ü"#;
        for form in [
            secret.to_owned(),
            format!("{secret:?}"),
            "can%22a%2Fry%5C%C3%BC".to_owned(),
            url::Url::parse(&format!("redis://:{}@host", "can\"a%2Fry\\ü")).unwrap().password().unwrap().to_owned(),
        ] {
            let text = redacted(&[secret, "can\"a%2Fry\\ü"], &[], &format!("before {form} after"));
            assert!(!text.contains("can") && text.starts_with("before") && text.ends_with("after"), "{form}: {text}");
        }
        let encoded = redacted(&[], &["postgres://me:s%23cr%2Fet@host/name"], "s#cr/et and s%23cr%2Fet");
        assert_eq!(encoded, "[redacted] and [redacted]");
    }

    #[test]
    fn redact_replaces_the_password_of_a_url_in_every_position() {
        for address in [
            "postgres://me:canary@host/name",
            "postgres://me:canary@host/name?application_name=a@b",
            "postgres://me:12#canary@host",
            "postgres://me:12/canary@host",
            "postgres://me:12?canary@host",
            "postgres://me:12@canary@host",
            "me:canary@host",
            "redis://:canary@host",
            "postgres://host/name?user=me&password=canary",
            "postgres://host/name?sslpassword=canary#part",
            "s3://bucket?endpoint=https://me:canary@host",
            "s3://bucket?endpoint=https%3A%2F%2Fme%3Acanary%40host",
        ] {
            let text = redacted(&[], &[address], &format!("error at canary of {address}"));
            assert!(!text.contains("canary") && text.starts_with("error at [redacted] of"), "{address}: {text}");
        }
    }

    #[test]
    fn redact_replaces_a_short_or_common_password_only_in_urls_and_parameters() {
        for password in ["abc", "ballast"] {
            let text = format!("{password} starts: postgres://me:{password}@host, password={password}");
            let expected = format!("{password} starts: postgres://me:[redacted]@host, password=[redacted]");
            assert_eq!(redacted(&[], &[&format!("postgres://me:{password}@host")], &text), expected);
        }
    }

    #[test]
    fn redact_borrows_a_text_without_secrets() {
        assert!(matches!(Redactor::new(vec!["canary".to_owned()], &[]).redact("nothing"), Cow::Borrowed(_)));
        assert_eq!(redacted(&[], &["", "sqlite::memory:", "redis://host"], "redis://host"), "redis://host");
    }
}
