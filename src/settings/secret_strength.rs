//! Estimates the strength of passwords and secrets. `zxcvbn` finds words, names, dates, repetitions and keyboard rows.

use percent_encoding::percent_decode_str;
use url::Url;
use zxcvbn::zxcvbn;

/// Minimum base-10 logarithm of the estimated number of guesses for a password. A password that takes 10^8 guesses
/// withstands an online attack without a rate limit.
const MIN_PASSWORD_STRENGTH: f64 = 8.0;
/// Minimum base-10 logarithm of the estimated number of guesses, per character of a base64 secret. Random secrets reach
/// 0.9 to 1, and words reach 0.6 to 0.83.
const MIN_BASE64_STRENGTH: f64 = 0.84;
/// Minimum base-10 logarithm of the estimated number of guesses, per hexadecimal digit of a secret. Random digits reach
/// 0.89 to 1. Random digits that form dates or repetitions by chance reach less than 1.
const MIN_HEXADECIMAL_STRENGTH: f64 = 0.8;
/// Number of characters that are estimated together. The estimate of a longer text exceeds the range of `u64`.
const WINDOW: usize = 16;
/// Words that an attacker tries first.
const KNOWN_WORDS: [&str; 4] = ["ballast", "postgres", "redis", "smtp"];

/// Returns whether a password can be guessed. An empty password is not weak, because an empty password means that the
/// server needs no authentication.
pub(super) fn is_weak(password: &str) -> bool {
    !password.is_empty() && strength(password) < MIN_PASSWORD_STRENGTH
}

/// Returns the decoded password of a URL. Returns an empty text if the URL contains no password.
pub(super) fn url_password(url: &str) -> String {
    let url = Url::parse(url).ok();
    let password = url.as_ref().and_then(Url::password).unwrap_or_default();
    percent_decode_str(password).decode_utf8_lossy().into_owned()
}

/// Returns whether a secret looks typed instead of generated. Checks the base64 string and, if the bytes are printable
/// UTF-8, the decoded text.
pub(super) fn is_typed(base64: &str, bytes: &[u8]) -> bool {
    let decoded = std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(|c| !c.is_control()));
    has_one_case(base64) || has_patterns(base64) || decoded.is_some_and(has_patterns)
}

/// Returns whether a base64 string lacks uppercase or lowercase characters. The base64 string of 32 random bytes lacks
/// one case with a probability of 10^-9. Returns `false` for a string of hexadecimal digits, which usually has only one
/// case.
fn has_one_case(base64: &str) -> bool {
    let has = |class: fn(&u8) -> bool| base64.as_bytes().iter().any(class);
    !(is_hexadecimal(base64) || has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn has_patterns(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let windows = characters.chunks(WINDOW).map(|window| strength(&window.iter().collect::<String>()));
    let minimum = if is_hexadecimal(text) { MIN_HEXADECIMAL_STRENGTH } else { MIN_BASE64_STRENGTH };
    #[expect(clippy::cast_precision_loss, reason = "a secret has few characters")]
    let length = characters.len() as f64;
    windows.sum::<f64>() < minimum * length
}

/// Returns the base-10 logarithm of the estimated number of guesses.
fn strength(text: &str) -> f64 {
    zxcvbn(text, &KNOWN_WORDS).guesses_log10()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::crypto::sha256;

    fn typed(base64: &str) -> bool {
        is_typed(base64, &STANDARD.decode(base64).unwrap())
    }

    #[test]
    fn secret_is_typed_if_it_contains_words_repetitions_or_keyboard_rows() {
        for secret in [
            "MySuperSecretJwtKeyForBallastProduction20240",
            "SuperSecretKeyThatWillNeverBeGuessed12345678",
            "ProductionSecretKey123ProductionSecretKey123",
            "correcthorsebatterystaplecorrecthorsebattery",
            "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjk",
            "asdfkjhqweoiuzxcvmnbasdlkfjhqwepoiruzxcvbnml",
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR",
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "changemechangemechangemechangemechangeme1234",
        ] {
            assert!(typed(secret), "{secret}");
        }
        for text in ["this-is-my-very-secret-key-for-production-2024", "the secret key of the production server"] {
            assert!(typed(&STANDARD.encode(text)), "{text}");
        }
    }

    #[test]
    fn secret_is_not_typed_if_it_is_random() {
        for _ in 0..100 {
            let bytes: [u8; 48] = rand::random();
            let hexadecimal = sha256::hex(&bytes);
            for secret in [
                STANDARD.encode(&bytes[..32]),
                STANDARD.encode(bytes),
                hexadecimal[..64].to_owned(),
                STANDARD.encode(&hexadecimal),
            ] {
                assert!(!typed(&secret), "{secret}");
            }
        }
    }

    #[test]
    fn password_is_weak_if_few_guesses_find_it() {
        for password in ["changeme", "redis", "redis123", "hunter2hunter2", "Passw0rd!", "abcdefghijklmnop", "Ballast1"]
        {
            assert!(is_weak(password), "{password}");
        }
        for password in ["", "kXmv9qpzR", "n0tMoreThanAGuess", "5f0c8e1b9d7a4c2e6f3a1b8d", "p@ss:w/rd #1%"] {
            assert!(!is_weak(password), "{password}");
        }
    }

    #[test]
    fn password_of_a_url_is_decoded() {
        assert_eq!(url_password("redis://:a%23b%2F@redis:6379"), "a#b/");
        assert_eq!(url_password("postgres://ballast@db/ballast"), "");
        assert_eq!(url_password("sqlite://ballast.sqlite?mode=rwc"), "");
    }
}
