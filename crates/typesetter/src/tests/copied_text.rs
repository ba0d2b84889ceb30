//! Tests of the text layer: text that is copied from the PDF equals the author's text.

use super::{page_content, request};

/// Returns a long word that begins with `start`, for example a long URL.
fn long_word(start: &str) -> String {
    (0..60).fold(start.to_owned(), |word, number| word + "international_" + &number.to_string())
}

#[test]
fn long_words_are_copied_without_additional_characters() {
    let (url, code, word) = (long_word("https://x.example/"), long_word("fn::"), "x".repeat(1000));
    let documents = [
        (format!("See {url} here."), &url),
        (format!("See `{code}` here."), &code),
        (format!("```rust\n{code}\n```"), &code),
        (format!("```\n{code}\n```"), &code),
        (format!("See {word} here."), &word),
        (format!("# {word}"), &word),
        (format!("![a](upload:b \"c\") ![{word}](upload:x)"), &word),
        (format!("|a|b|c|\n|-|-|-|\n|`{code}`|{}|{}|", "some words ".repeat(12), "more words ".repeat(12)), &code),
        (format!("|a|b|c|\n|-|-|-|\n|{url}|{}|{}|", "some words ".repeat(12), "more words ".repeat(12)), &url),
    ];
    for (markdown, copied) in documents {
        let text = page_content(&request(&markdown)).text;
        assert!(text.contains(copied.as_str()), "{markdown}: {text:?}");
    }
}

#[test]
fn title_is_copied_without_additional_characters() {
    let mut request = request("Text.");
    request.title = "t".repeat(70);
    assert!(page_content(&request).text.starts_with(&request.title));
}

#[test]
fn zero_width_space_of_the_author_is_copied() {
    let text = page_content(&request("a\u{200B}b `c\u{200B}d` e\u{FDD0}f")).text;
    assert!(text.contains("a\u{200B}b c\u{200B}d ef"), "{text:?}");
}
