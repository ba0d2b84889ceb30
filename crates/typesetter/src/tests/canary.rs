//! An author's text is data: none of it is ever taken for Typst, a template or an address.

use super::{request, see, typeset};

/// One paragraph each, short enough for one line. Nothing in them means anything to Markdown.
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
    // A backslash before each ASCII mark makes Markdown show it as it is.
    let escaped = |line: &&str| -> String {
        line.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
    };
    LINES.iter().map(escaped).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_metacharacter_is_printed_as_it_was_written() {
    let seen = see(&request(&document()));
    for line in LINES {
        assert!(seen.text.contains(line), "{line} is not in {}", seen.text);
    }
    assert!(seen.links.is_empty());
}

#[test]
fn code_and_the_title_are_as_inert_as_prose() {
    let mut request = request(&format!("`{}`\n\n```typst\n{}\n```", LINES[0], LINES[6]));
    request.title = LINES[7].to_owned();
    let seen = see(&request);
    for line in [LINES[0], LINES[6], LINES[7]] {
        assert!(seen.text.contains(line), "{line} is not in {}", seen.text);
    }
}

#[test]
fn a_document_full_of_markup_is_archival_and_accessible() {
    let rendered = typeset(&document()).expect("typeset");
    assert_eq!(rendered.conformance.name(), "PDF/A-2a, PDF/UA-1");
}

#[test]
fn only_links_to_the_web_to_mailboxes_and_within_are_active() {
    let seen = see(&request(
        "# There\n\n[a](javascript:alert) [b](file:///etc/passwd) [c](vbscript:x) [d](data:,x) \
         [e](https://x.example) [f](mailto:a@x.example) [g](#there) [h](//x.example) \
         <javascript:alert> ![i](http://127.0.0.1:9/x) [j](upload:x)",
    ));
    assert_eq!(seen.links, ["https://x.example", "mailto:a@x.example", "within"]);
    assert_eq!(seen.images, 0);
}
