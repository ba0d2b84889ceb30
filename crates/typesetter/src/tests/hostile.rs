//! Documents made to break a typesetter end in a PDF or in a refusal, never in a panic.

use proptest::prelude::*;

use super::typeset;
use crate::Failure;

/// Everything nested at once, as deep as it is shown: the engine's own depth limits are near.
#[test]
fn the_deepest_nesting_that_is_taken_is_typeset() {
    let emphasis = format!("{}x{}", "*a **b ".repeat(6), "***".repeat(6));
    let note = format!("[^n]: {}{emphasis}", "> ".repeat(20));
    typeset(&format!("{}{emphasis}[^n]\n\n{note}", "> ".repeat(20))).expect("quotes");
    typeset(&format!("{}{emphasis}", "- ".repeat(12))).expect("lists");
    typeset(&format!("{}{emphasis}", "- > ".repeat(7))).expect("lists and quotes");
    typeset(&format!("{}> [!NOTE]\n{}{emphasis}", "> ".repeat(11), "> ".repeat(12))).expect("alerts");
}

#[test]
fn footnotes_stand_in_headings_tables_quotes_and_cycles() {
    let document = "# A[^a]\n\n|b[^a]|c[^b]|\n|-|-|\n|d[^a]|e[^c]|\n\n> f[^d]\n\n\
        [^a]: A[^b]\n[^b]: # B\n[^c]: ![x](upload:y)\n[^d]: [^d]\n\n    ```\n    code\n    ```\n";
    let rendered = typeset(document).expect("typeset");
    assert_eq!(rendered.conformance, crate::Conformance::ArchivalAccessible);
}

#[test]
fn a_footnote_in_the_head_of_a_table_of_many_pages_is_set_once() {
    let document = format!("|a[^1]|b|\n|-|-|\n{}\n[^1]: note", "|c[^1]|d|\n".repeat(90));
    assert!(typeset(&document).expect("typeset").pages > 1);
}

#[test]
fn small_monsters_are_typeset() {
    let monsters = [
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
    for monster in &monsters {
        typeset(monster).unwrap_or_else(|failure| panic!("{monster:.40}: {failure:?}"));
    }
}

/// Bits of Markdown that mean something, to be put together at random.
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
    // Few and small: a debug build takes 30 ms for the smallest page.
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_markdown_ends_in_a_pdf_or_a_refusal(parts in prop::collection::vec(fragment(), 0..40)) {
        match typeset(&parts.concat()) {
            Ok(rendered) => prop_assert!(rendered.pages > 0),
            // Anything but a limit would be a document that an author cannot mend.
            Err(Failure { limit, cause, .. }) => prop_assert!(limit.is_some(), "{cause:?}"),
        }
    }
}
