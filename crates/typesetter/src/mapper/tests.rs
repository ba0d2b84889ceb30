//! Tests of the value tree of small documents. Each block is one line: `(kind flags content…)`.

use insta::assert_snapshot;
use typst::foundations::{Dict, Value};

use crate::{Request, limits};

fn map(markdown: &str) -> Dict {
    let request = Request { markdown: markdown.to_owned(), ..Request::default() };
    super::map(&request).expect("within the limits")
}

/// Formats the body and then the footnotes. Each block and each footnote is one line.
fn tree(markdown: &str) -> String {
    let values = map(markdown);
    let lines = |name: &str| match values.get(name) {
        Ok(Value::Array(nodes)) => nodes.iter().map(format_value).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let notes = lines("notes").into_iter().map(|note| format!("note {note}"));
    lines("body").into_iter().chain(notes).collect::<Vec<_>>().join("\n")
}

fn format_value(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("{:?}", text.as_str()),
        Value::Array(nodes) => {
            format!("[{}]", nodes.iter().map(format_value).collect::<Vec<_>>().join(" "))
        }
        Value::Dict(node) => format_node(node),
        Value::Bytes(bytes) => format!("<{} bytes>", bytes.len()),
        other => format!("{other:?}"),
    }
}

fn format_node(node: &Dict) -> String {
    let parts = node.iter().map(|(name, value)| match (name.as_str(), value) {
        ("t", Value::Str(kind)) => kind.to_string(),
        ("c", Value::Array(content)) => content.iter().map(format_value).collect::<Vec<_>>().join(" "),
        (name, value) => format!("{name}={}", format_value(value)),
    });
    format!("({})", parts.collect::<Vec<_>>().join(" "))
}

#[test]
fn paragraph_contains_styles_code_and_breaks() {
    assert_snapshot!(tree("One *two **three*** ~~four~~ `five`\nsix\\\nseven"), @r#"(p "One " (em "two " (st "three")) " " (de "four") " " (raw s="five") " " "six" (br) "seven")"#);
}

#[test]
fn headings_have_levels_without_gaps_and_drop_empty_ones() {
    assert_snapshot!(tree("## A\n\n#### B\n\n#\n\n## C\n\n# D"), @r#"
    (h "A" l=1 id="h-a")
    (h "B" l=2 id="h-b")
    (h "C" l=1 id="h-c")
    (h "D" l=1 id="h-d")
    "#);
}

#[test]
fn links_are_active_only_to_web_pages_mailboxes_and_headings() {
    let document = "# Über uns\n\n[a](https://x.example/ä) <b@x.example> [c](#über-uns) \
        [d](#nowhere) [e](javascript:alert(1)) [f](FILE:///etc/passwd) [g](data:text/html,x) \
        [h](/relative) [i](JavaScript&#58;alert(1)) [j](https://)";
    assert_snapshot!(tree(document), @r#"
    (h "Über uns" l=1 id="h-a")
    (p (a "a" url="https://x.example/%C3%A4") " " (a "b@x.example" url="mailto:b@x.example") " " (go "c" id="h-a") " " "d" " " "e" " " "f" " " "g" " " "h" " " "i" " " "j")
    "#);
}

#[test]
fn bare_urls_and_email_addresses_are_links() {
    assert_snapshot!(tree("https://x/__init__.py *www.a.b* c@d.e `www.f.g`"), @r#"(p (a "https://x/__init__.py" url="https://x/__init__.py") " " (em (a "www.a.b" url="http://www.a.b")) " " (a "c@d.e" url="mailto:c@d.e") " " (raw s="www.f.g"))"#);
}

#[test]
fn lists_are_tight_or_loose_and_contain_tasks() {
    let document = "- a\n  1. b\n\n3. c\n\n   d\n\n- [x] done\n- [ ] open";
    assert_snapshot!(tree(document), @r#"
    (ul (item (x "a") (ol (item (x "b")) start=1)))
    (ol (item (p "c") (p "d")) start=3 loose=true)
    (ul (item (x "done") done=true) (item (x "open") done=false))
    "#);
}

#[test]
fn quotes_and_alerts_contain_blocks() {
    assert_snapshot!(tree("> a\n>\n> > b\n\n> [!TIP]\n> c"), @r#"
    (q (p "a") (q (p "b")))
    (al (p "c") kind="tip")
    "#);
}

#[test]
fn tables_contain_a_head_and_cells_row_by_row() {
    assert_snapshot!(tree("|a|b|\n|:-:|-:|\n|*c*|d|\n|e|"), @r#"(tab al=["center" "right"] head=[[(x "a")] [(x "b")]] [(x (em "c"))] [(x "d")] [(x "e")] [])"#);
}

#[test]
fn code_keeps_lines_and_replaces_tabs() {
    assert_snapshot!(tree("```Rust ignore\nfn a() {\n\tb();\n}\n```\n\n    plain\n\n```typst\nsix\n```"), @r#"
    (code "fn a() {\n    b();\n}" lang="rust")
    (code "plain")
    (code "six")
    "#);
}

#[test]
fn footnotes_are_numbered_by_first_reference_and_do_not_nest() {
    let document = "a[^x] b[^y] c[^x] d[^none]\n\n[^y]: Y[^x]\n\n    more\n[^x]: X\n[^x]: again";
    assert_snapshot!(tree(document), @r#"
    (p "a" (fn n=0 id="n-a") " b" (fn n=1 id="n-b") " c" (again id="n-a") " d[^none]")
    note [(x "X")]
    note [(x "Y" "[^x]") (p "more")]
    "#);
}

#[test]
fn html_becomes_code_except_breaks_and_comments() {
    assert_snapshot!(tree("a<br/>b <i>c</i><!-- d -->\n\n<div>\ne\n</div>\n\n<!-- f -->"), @r#"
    (p "a" (br) "b " (raw s="<i>") "c" (raw s="</i>"))
    (code "<div>\ne\n</div>" lang="html")
    "#);
}

#[test]
fn br_element_in_a_table_cell_is_a_line_break() {
    assert_snapshot!(tree("|a <br> b|\n|-|\n|c<br/>d|\n\n<br>"), @r#"
    (tab al=["left"] head=[[(x "a" (br) "b")]] [(x "c" (br) "d")])
    (p (br))
    "#);
}

#[test]
fn front_matter_contains_the_title_and_the_author() {
    let values = map("---\ntitle: A *title*\nauthors: [Ada, Eve]\n---\n# A *title*");
    assert_eq!(format_value(values.get("title").expect("a title")), r#""A *title*""#);
    assert_eq!(format_value(values.get("author").expect("a list")), r#"["Ada, Eve"]"#);
    assert_eq!(tree("---\ntitle: a\n---\nb"), r#"(p "b")"#);
    assert_eq!(format_value(map("a").get("author").expect("a list")), "[]");
}

#[test]
fn missing_image_becomes_a_note() {
    let document = "![a *b*](upload:0190b5a2-7c1e-7d3a-9f00-000000000001) ![](https://x.example/y.png) \
        ![c](file:///etc/passwd)";
    assert_snapshot!(tree(document), @r#"(p (gone "[image: a b, not available]") " " (gone "[image: not available]") " " (gone "[image: c, not available]"))"#);
}

#[test]
fn paragraph_is_flagged_when_it_begins_with_a_right_to_left_script() {
    assert_snapshot!(tree("**שלום** world\n\n1. world שלום"), @r#"
    (p (st "שלום") " world" rtl=true)
    (ol (item (x "world שלום")) start=1)
    "#);
}

#[test]
fn text_drops_control_characters_and_direction_overrides() {
    assert_snapshot!(tree("a\u{1}b\u{202E}c\u{FFFE}d\u{2066}e"), @r#"(p "abcde")"#);
}

#[test]
fn rule_ends_the_paragraph_before_it() {
    assert_snapshot!(tree("a\n\n---\n\nb"), @r#"
    (p "a")
    (hr)
    (p "b")
    "#);
}

#[test]
fn long_paragraph_is_split_and_continues_its_emphasis() {
    let values = map(&format!("*{}end*", "word ".repeat(5000)));
    let Ok(Value::Array(body)) = values.get("body") else { panic!("no body") };
    assert_eq!(body.len(), 2);
    for paragraph in body {
        let formatted = format_value(paragraph);
        assert!(formatted.starts_with(r#"(p (em "word "#), "{}", &formatted[..40]);
        assert!(formatted.len() <= limits::PARAGRAPH_BYTES + 1024);
    }
}

#[test]
fn containers_and_emphasis_are_flattened_when_nested_too_deep() {
    let quotes = tree(&format!("{} a", ">".repeat(30)));
    assert_eq!(quotes.matches("(q").count(), limits::NESTING_SHOWN);
    let lists: Vec<String> = (0..16).map(|n| format!("{}- a{n}", "  ".repeat(n))).collect();
    let lists = tree(&lists.join("\n"));
    assert_eq!(lists.matches("(ul").count(), limits::NESTING_SHOWN);
    assert!(lists.contains("a15"), "the deepest text must stay");
    let strong = tree(&format!("{}a{}", "*b ".repeat(30), "*".repeat(30)));
    assert_eq!(strong.matches("(em").count(), limits::NESTING_SHOWN);
}

#[test]
fn text_permits_breaks_in_long_words_and_shortens_long_clusters() {
    let run = tree(&"x".repeat(1000));
    assert_eq!(run.matches("(gap)").count(), (1000 - 1) / limits::RUN_CHARS);
    let cluster = tree(&format!("a{}", "\u{301}".repeat(1000)));
    assert_eq!(cluster.matches("\\u{301}").count(), (limits::CLUSTER_BYTES - 1) / 2);
}

#[test]
fn table_shares_the_page_and_breaks_long_words_when_too_wide() {
    let word = "x".repeat(60);
    let wide = tree(&format!("|a|b|\n|-|-|\n|{}|{word}|", "some words ".repeat(12)));
    assert!(wide.contains(" w=["), "{wide}");
    assert!(wide.contains("(gap)"), "{wide}");
    assert!(!tree("|a|b|\n|-|-|\n|c|d|").contains(" w=["));
}

#[test]
fn paragraph_is_not_justified_when_code_contains_a_long_word() {
    assert!(tree(&format!("a `{}`", "x".repeat(40))).contains("ragged=true"));
    assert!(!tree("a `b c d`").contains("ragged"));
}

#[test]
fn paragraph_is_not_justified_when_a_url_is_long() {
    assert!(tree(&format!("a https://x.example/{}", "b".repeat(30))).contains("ragged=true"));
    assert!(!tree(&format!("a https://x.example {}", "b".repeat(30))).contains("ragged"));
}
