//! Tests of robustness: a hostile document gives a PDF or an error, and never a panic.

use proptest::prelude::*;

use super::typeset;
use crate::TypesetError;

/// Combines several kinds of nesting, because only their total depth is close to the depth limit of Typst.
#[test]
fn deepest_permitted_nesting_is_typeset() {
    let emphasis = format!("{}x{}", "*a **b ".repeat(6), "***".repeat(6));
    let footnote = format!("[^n]: {}{emphasis}", "> ".repeat(20));
    typeset(&format!("{}{emphasis}[^n]\n\n{footnote}", "> ".repeat(20))).expect("quotes");
    typeset(&format!("{}{emphasis}", "- ".repeat(12))).expect("lists");
    typeset(&format!("{}{emphasis}", "- > ".repeat(7))).expect("lists and quotes");
    typeset(&format!("{}> [!NOTE]\n{}{emphasis}", "> ".repeat(11), "> ".repeat(12))).expect("alerts");
}

#[test]
fn footnotes_are_typeset_in_headings_tables_quotes_and_cycles() {
    let document = "# A[^a]\n\n|b[^a]|c[^b]|\n|-|-|\n|d[^a]|e[^c]|\n\n> f[^d]\n\n\
        [^a]: A[^b]\n[^b]: # B\n[^c]: ![x](upload:y)\n[^d]: [^d]\n\n    ```\n    code\n    ```\n";
    let rendered = typeset(document).expect("typeset");
    assert_eq!(rendered.conformance, crate::Conformance::ArchivalAccessible);
}

#[test]
fn footnote_in_a_table_head_is_typeset_once_when_the_table_spans_pages() {
    let document = format!("|a[^1]|b|\n|-|-|\n{}\n[^1]: note", "|c[^1]|d|\n".repeat(90));
    assert!(typeset(&document).expect("typeset").pages > 1);
}

#[test]
fn small_hostile_documents_are_typeset() {
    let documents = [
        "a\u{0}b\u{FFFD}\u{FEFF}".to_owned(),
        " \n\t\n".to_owned(),
        "[](https://x.example) [\u{200B}](#a)".to_owned(),
        "# \u{200B}\n\n#\n\n# `` ` ``".to_owned(),
        "# ![x](upload:y)\n\n[x](#x)".to_owned(),
        "<!-- \n\n<script>".to_owned(),
        format!("a{}", "\u{301}\u{20DD}".repeat(500)),
        "\u{1F468}\u{200D}".repeat(200),
        "[".repeat(2000),
        "](x)".repeat(500),
        "**a ".repeat(30),
        "a\\\n".repeat(200),
        "\u{202E}\u{2067}אב".repeat(50),
        "||\n|-|\n||".to_owned(),
        "1. a\n\n999999999. b".to_owned(),
        "999999999. b\n1. c".to_owned(),
        "- [ ]\n- [x]\n- [ ] # a".to_owned(),
    ];
    for document in &documents {
        typeset(document).unwrap_or_else(|error| panic!("{document:.40}: {error:?}"));
    }
}

/// Returns a strategy of Markdown fragments. The test combines the fragments at random.
fn fragment() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "# ",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "> [!NOTE]\n",
        "|a|b|\n|-|:-:|\n|",
        "|",
        "```\n",
        "```rust\n",
        "*",
        "**",
        "~~",
        "`",
        "[",
        "](#a)",
        "](https://x.example)",
        "![",
        "[^a]",
        "\n[^a]: ",
        "<b>",
        "<!--",
        "-->",
        "---\n",
        "\\",
        "&amp;",
        "- [x] ",
        "    ",
        "\t",
        "\u{200B}",
        "א",
        "é",
        "😀",
        "\u{0}",
        "\r\n",
        "<https://a>",
        "===\n",
        "#let",
        "$x$",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

proptest! {
    // Uses few and small cases, because a debug build takes 30 ms for the smallest page.
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_markdown_gives_a_pdf_or_an_exceeded_limit(parts in prop::collection::vec(fragment(), 0..40)) {
        match typeset(&parts.concat()) {
            Ok(rendered) => prop_assert!(rendered.pages > 0),
            // Permits only errors about exceeded limits, because an author cannot fix any other error.
            Err(TypesetError { limit, cause, .. }) => prop_assert!(limit.is_some(), "{cause:?}"),
        }
    }
}
