//! Tests of injection: an author's text is data, and is never parsed as Typst, a template or a URL.

use super::{page_content, request, typeset};

/// Texts with the syntax of Typst, of templates or of PDF files. Each text becomes one paragraph and fits on one line.
const LINES: [&str; 12] = [
    r#"Say #read("/etc/passwd") and #eval("1 + 1") and #sys.inputs"#,
    r#"#import "@preview/cetz:0.3.0": canvas"#,
    r#"#include "/etc/shadow" #plugin("x.wasm") #json("/proc/self/environ")"#,
    r#"{{ get_env(name="JWT_SECRET") }} {% include "x" %} ${PATH} $(id)"#,
    r"$ sum_(i=0)^n i $ and @reference and /* comment */ and // comment",
    "a = b, = Heading, == Heading, / Term: x, it's \"so\" -- said --- and ...",
    r#"]] #panic() [[ ") + read("x") + (" }}} {{{ #{ while true {} }"#,
    "#set page(width: 1pt) #show: none #let node = none #context here()",
    r"\u{1F600} \# \$ \u{0}",
    "label(\"h-a\") <h-a> #link(\"javascript:x\")[y]",
    "%PDF-1.7 (parenthesis) /Names << /JavaScript >> endobj",
    "Ẽ ﬁ — “quoted” ‘so’ … · № § ¶ † ‡",
];

fn document() -> String {
    // Adds a backslash before each ASCII punctuation character, so that Markdown does not interpret the character.
    let escaped = |line: &&str| -> String {
        line.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
    };
    LINES.iter().map(escaped).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn prose_prints_every_metacharacter_unchanged() {
    let content = page_content(&request(&document()));
    for line in LINES {
        assert!(content.text.contains(line), "{line} is not in {}", content.text);
    }
    assert!(content.links.is_empty());
}

#[test]
fn code_and_title_print_every_metacharacter_unchanged() {
    let mut request = request(&format!("`{}`\n\n```typst\n{}\n```", LINES[0], LINES[6]));
    request.title = LINES[7].to_owned();
    let content = page_content(&request);
    for line in [LINES[0], LINES[6], LINES[7]] {
        assert!(content.text.contains(line), "{line} is not in {}", content.text);
    }
}

#[test]
fn pdf_is_archival_and_accessible_when_the_text_contains_markup() {
    let rendered = typeset(&document()).expect("typeset");
    assert_eq!(rendered.conformance.name(), "PDF/A-2a, PDF/UA-1");
}

#[test]
fn links_are_active_only_to_web_pages_mailboxes_and_headings() {
    let content = page_content(&request(
        "# There\n\n[a](javascript:alert) [b](file:///etc/passwd) [c](vbscript:x) [d](data:,x) \
         [e](https://x.example) [f](mailto:a@x.example) [g](#there) [h](//x.example) \
         <javascript:alert> ![i](http://127.0.0.1:9/x) [j](upload:x)",
    ));
    assert_eq!(content.links, ["https://x.example", "mailto:a@x.example", "within"]);
    assert_eq!(content.images, 0);
}
