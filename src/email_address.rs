//! Canonical form and validation of e-mail addresses. Accounts, recipients and senders follow the same rules.

use lettre::{Address, message::Mailbox};
use unicode_normalization::UnicodeNormalization;
use url::Url;
use validator::ValidateEmail;

/// Maximum length of an e-mail address, in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets).
pub const MAX_BYTES: usize = 254;

/// Returns the canonical form of an e-mail address. The service stores and compares this form, and uses it as a
/// rate-limit key. The canonical form is trimmed, composed (NFC) and in lower case, with an ASCII domain (RFC 5891).
#[must_use]
pub fn canonical(email: &str) -> String {
    let spelling = email.trim().nfc().collect::<String>().to_lowercase();
    match spelling.rsplit_once('@') {
        Some((name, domain)) if !domain.is_ascii() => {
            // Keeps an invalid domain unchanged, because no account can have an invalid domain.
            idna::domain_to_ascii(domain).map_or(spelling.clone(), |domain| format!("{name}@{domain}"))
        }
        _ => spelling,
    }
}

/// Returns the canonical form of an e-mail address, or `None` if no e-mail can be sent to the address.
///
/// The part before `@` must be ASCII, because many mail servers do not support SMTPUTF8 (RFC 6531).
#[must_use]
pub fn parse(email: &str) -> Option<Address> {
    let canonical = canonical(email);
    // Rejects an address literal such as `[127.0.0.1]`, because `validate_email` accepts any text before the literal.
    let is_plain = !canonical.contains('[') && canonical.validate_email();
    let is_short = email.trim().len() <= MAX_BYTES && canonical.len() <= MAX_BYTES;
    // Parses the result as an `Address`, because `validate_email` accepts invalid dots, such as in `ada.@example.org`.
    (is_plain && is_short).then(|| canonical.parse().ok()).flatten()
}

/// Parses a sender in the format `NAME <ADDRESS>` or `ADDRESS`. Returns `None` if the sender is invalid.
#[must_use]
pub fn parse_sender(text: &str) -> Option<Mailbox> {
    let parts = text.trim_end().strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    let (name, email) = parts.unwrap_or(("", text));
    let email = parse(email)?;
    if name.trim().is_empty() {
        return Some(email.into());
    }
    format!("{name}<{email}>").parse().ok()
}

/// Returns the e-mail address `name@HOST`, where `HOST` is the host of a URL. Returns `None` if the URL is invalid or
/// the host is an IP address.
#[must_use]
pub fn at_host(name: &str, url: &str) -> Option<Address> {
    let url = Url::parse(url).ok()?;
    parse(&format!("{name}@{}", url.domain()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_email_is_equal_for_all_spellings_of_an_address() {
        for spelling in ["ada@example.org", " Ada@Example.ORG ", "ADA@EXAMPLE.ORG\n"] {
            assert_eq!(canonical(spelling), "ada@example.org");
        }
        assert_eq!(canonical("zoe\u{308}@example.org"), canonical("zo\u{eb}@example.org"));
        for spelling in ["ada@m\u{fc}ller.example", "ada@MU\u{308}LLER.example", "ada@xn--mller-kva.EXAMPLE"] {
            assert_eq!(canonical(spelling), "ada@xn--mller-kva.example");
        }
        assert_eq!(canonical("ada@\u{202e}.example"), "ada@\u{202e}.example");
    }

    #[test]
    fn address_is_valid_only_if_mail_can_be_sent_to_it() {
        for valid in ["ada@example.org", "a.b+c@example.org", "ada@localhost", "o'hara@m\u{fc}nchen.example"] {
            assert_eq!(parse(valid).map(|email| email.to_string()), Some(canonical(valid)), "{valid}");
        }
        let long = format!("ada@{}example.org", "b.".repeat(120));
        let invalid = [
            "foo..bar@example.org",
            "foo.@example.org",
            ".foo@example.org",
            "@example.org",
            "ada@",
            "ada@example..org",
            "ada@.example.org",
            "ada@example.org.",
            "ada@-example.org",
            "\"ada\"@example.org",
            "zo\u{eb}@example.org",
            "ada@[127.0.0.1]",
            "ada@\u{202e}.example",
            "ada lovelace@example.org",
            "Ada <ada@example.org>",
            "ada@example.org\r\nBcc: eve@example.org",
            &long,
        ];
        for email in invalid {
            assert_eq!(parse(email), None, "{email}");
        }
    }

    #[test]
    fn sender_follows_the_rule_for_addresses() {
        for (text, sender) in [
            ("Ballast <no-reply@m\u{fc}nchen.example>", Some("Ballast <no-reply@xn--mnchen-3ya.example>")),
            ("\"Ballast, Inc.\" <Post@example.org> ", Some("\"Ballast, Inc.\" <post@example.org>")),
            ("no-reply@M\u{dc}NCHEN.example", Some("no-reply@xn--mnchen-3ya.example")),
            ("<post@example.org>", Some("post@example.org")),
            ("Ballast <.post@example.org>", None),
            ("eve@example.com <post@example.org>", None),
            ("post@example.org, eve@example.org", None),
            ("Ballast", None),
        ] {
            assert_eq!(parse_sender(text).map(|sender| sender.to_string()).as_deref(), sender, "{text}");
        }
    }

    #[test]
    fn address_at_a_host_has_an_ascii_domain() {
        let at = |url| at_host("no-reply", url).map(|email| email.to_string());
        assert_eq!(at("https://m\u{fc}nchen.example:8443/").as_deref(), Some("no-reply@xn--mnchen-3ya.example"));
        assert_eq!(at("http://localhost:5150").as_deref(), Some("no-reply@localhost"));
        for url in ["http://[::1]:5150", "http://127.0.0.1:5150", "example.org"] {
            assert_eq!(at(url), None, "{url}");
        }
    }
}
