//! Parser for e-mails that the application sends.

use serde_json::{Value, json};

use super::TestApp;

/// E-mail with its headers, plain text part and HTML part.
#[derive(Debug, Clone)]
pub struct Mail {
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl TestApp {
    /// Returns all e-mails that were sent, oldest first. Works only if no mail server is configured.
    pub fn mails(&self) -> Vec<Mail> {
        self.services().mail.transport.logged().iter().map(|raw| Mail::parse(raw)).collect()
    }

    /// Returns the newest e-mail, and panics if no e-mail was sent.
    pub fn last_mail(&self) -> Mail {
        self.mails().pop().expect("a mail has been sent")
    }
}

impl Mail {
    pub fn parse(raw: &str) -> Self {
        let (headers, body) = split(raw);
        let content = header(&headers, "Content-Type");
        let boundary = content.split_once("boundary=\"").unwrap().1.trim_end_matches('"');
        let parts: Vec<_> = body.split(&format!("--{boundary}")).map(|part| part.trim_start_matches("\r\n")).collect();
        assert_eq!((parts.len(), parts[3].trim_end()), (4, "--"), "an e-mail must have exactly two parts: {raw}");
        let (text, html) = (part(parts[1]), part(parts[2]));
        assert_eq!((text.0.as_str(), html.0.as_str()), ("text/plain; charset=utf-8", "text/html; charset=utf-8"));
        Self { headers, text: text.1, html: html.1 }
    }

    /// Returns the value of a header, and asserts that the header occurs only once.
    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    /// Returns the link with the token, and asserts that both parts of the e-mail contain the link.
    pub fn link(&self) -> String {
        let link = self.text.lines().find(|line| line.contains("?token=")).expect("a link").to_owned();
        assert!(self.html.contains(&format!("<a href=\"{link}\">{link}</a>")), "{}", self.html);
        link
    }

    /// Returns the token in the link. The token has 256 random bits in URL-safe base64.
    pub fn token(&self) -> String {
        let token = self.link().split_once("?token=").unwrap().1.to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!(token.len() == 43 && token.chars().all(plain), "{token}");
        token
    }

    /// Returns the whole e-mail as JSON.
    ///
    /// Checks values that change from run to run, and replaces these values by placeholders.
    pub fn redacted(&self) -> Value {
        let token = if self.text.contains("?token=") { self.token() } else { "none".to_owned() };
        let lines = |part: &str| part.replace(&token, "[token]").lines().map(str::to_owned).collect::<Vec<_>>();
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {}", redacted_header(name, value)));
        json!({ "headers": headers.collect::<Vec<_>>(), "text": lines(&self.text), "html": lines(&self.html) })
    }
}

fn redacted_header(name: &str, value: &str) -> String {
    let id = |id: &str| uuid::Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7);
    match name {
        "Date" => {
            let age = ballast::clock::now() - chrono::DateTime::parse_from_rfc2822(value).unwrap().to_utc();
            assert!((0..600).contains(&age.num_seconds()), "{value}");
            "[now]".to_owned()
        }
        "Message-ID" => {
            let (own, rest) = value.trim_start_matches('<').split_once('@').unwrap();
            assert!(id(own), "{value}");
            format!("<[id]@{rest}")
        }
        "X-Request-ID" => {
            assert!(id(value), "{value}");
            "[id]".to_owned()
        }
        "Content-Type" => value.split_once("boundary=").unwrap().0.to_owned() + "boundary=[boundary]",
        _ => value.to_owned(),
    }
}

/// Splits an e-mail, or one part of an e-mail, into unfolded headers and the body.
fn split(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    let headers = unfolded.split("\r\n").map(|line| line.split_once(": ").unwrap());
    (headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), body)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    let found: Vec<_> = headers.iter().filter(|(other, _)| other == name).collect();
    assert_eq!(found.len(), 1, "{name} in {headers:?}");
    &found[0].1
}

/// Returns the content type and the text of a part.
fn part(raw: &str) -> (String, String) {
    let (headers, body) = split(raw);
    let text = match header(&headers, "Content-Transfer-Encoding") {
        "7bit" => body.to_owned(),
        "quoted-printable" => decode_quoted_printable(body),
        other => panic!("unexpected transfer encoding: {other}"),
    };
    (header(&headers, "Content-Type").to_owned(), text.replace("\r\n", "\n").trim_end().to_owned())
}

/// Decodes quoted-printable text (RFC 2045 section 6.7).
fn decode_quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'=' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
