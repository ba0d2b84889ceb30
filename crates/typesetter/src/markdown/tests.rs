//! Tests of bare URLs, e-mail addresses, `<br>` and front matter.
//!
//! Most texts with URLs are the examples of the GitHub Flavored Markdown specification.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{FrontMatter, events, external_url};

/// Returns the text of a document. Each link is `[text](URL)`, each emphasis is `*text*`, and each line break is `/`.
/// The URL of a link that is not permitted is `none`.
fn linked(markdown: &str) -> String {
    let mut text = String::new();
    let mut urls = Vec::new();
    for event in events(markdown).expect("within the limits") {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                urls.push(external_url(link_type, &dest_url).unwrap_or_else(|| "none".to_owned()));
                text.push('[');
            }
            Event::End(TagEnd::Link) => text.extend(["](", &urls.pop().expect("an open link"), ")"]),
            Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis) => text.push('*'),
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => text.push_str("**"),
            Event::Text(part) => text.push_str(&part),
            Event::Code(code) => text.extend(["`", &code, "`"]),
            Event::InlineHtml(html) | Event::Html(html) => text.push_str(&html),
            Event::SoftBreak => text.push('\n'),
            Event::HardBreak => text.push('/'),
            Event::Start(Tag::Heading { .. }) => text.push_str("# "),
            Event::End(TagEnd::TableCell) => text.push('|'),
            _ => {}
        }
    }
    text
}

/// Checks that `linked` returns the expected text of each document.
fn check(table: &[(&str, &str)]) {
    for (markdown, expected) in table {
        assert_eq!(linked(markdown), *expected, "{markdown}");
    }
}

#[test]
fn web_address_is_linked_when_it_starts_with_www() {
    check(&[
        ("www.commonmark.org", "[www.commonmark.org](http://www.commonmark.org)"),
        (
            "Visit www.commonmark.org/help for it.",
            "Visit [www.commonmark.org/help](http://www.commonmark.org/help) for it.",
        ),
        ("Visit www.commonmark.org.", "Visit [www.commonmark.org](http://www.commonmark.org)."),
        ("Visit www.commonmark.org/a.b.", "Visit [www.commonmark.org/a.b](http://www.commonmark.org/a.b)."),
        ("www.a.b?!.,:*_~", "[www.a.b](http://www.a.b)?!.,:*_~"),
        ("www._a.b.c www.a._b.c www.a.b._c", "[www._a.b.c](http://www._a.b.c) www.a._b.c www.a.b._c"),
        ("awww.a.b -www.a.b www. (www.a.b)", "awww.a.b -www.a.b www. ([www.a.b](http://www.a.b))"),
    ]);
}

#[test]
fn web_address_contains_only_matched_parentheses_at_its_end() {
    let url = "www.google.com/search?q=Markup+(business)";
    let link = format!("[{url}](http://{url})");
    check(&[
        (url, &link),
        (&format!("{url}))"), &format!("{link}))")),
        (&format!("({url})"), &format!("({link})")),
        (&format!("({url}"), &format!("({link}")),
        ("www.google.com/?q=(a))+ok", "[www.google.com/?q=(a))+ok](http://www.google.com/?q=(a))+ok)"),
        ("[www.a.b]", "[www.a.b]"),
        ("[see https://a.b/?c[d]=e]", "[see [https://a.b/?c[d]=e](https://a.b/?c[d]=e)]"),
    ]);
}

#[test]
fn web_address_ends_before_an_entity_and_a_less_than_sign() {
    check(&[
        ("www.google.com/?q=a&hl=en", "[www.google.com/?q=a&hl=en](http://www.google.com/?q=a&hl=en)"),
        ("www.google.com/?q=a&hl;", "[www.google.com/?q=a](http://www.google.com/?q=a)&hl;"),
        ("www.commonmark.org/he<lp", "[www.commonmark.org/he](http://www.commonmark.org/he)<lp"),
    ]);
}

#[test]
fn url_is_linked_when_it_has_a_scheme() {
    let business = "https://encrypted.google.com/search?q=Markup+(business)";
    check(&[
        ("http://commonmark.org", "[http://commonmark.org](http://commonmark.org)"),
        (&format!("(Visit {business})"), &format!("(Visit [{business}]({business}))")),
        ("\"HTTP://a.b\"", "\"[HTTP://a.b](HTTP://a.b)\""),
        ("http://localhost:5150/a", "[http://localhost:5150/a](http://localhost:5150/a)"),
        ("xhttps://a.b https:// ftp://a.b javascript://a.b", "xhttps://a.b https:// ftp://a.b javascript://a.b"),
    ]);
}

#[test]
fn url_keeps_the_characters_of_emphasis() {
    check(&[
        ("https://x/__init__.py", "[https://x/__init__.py](https://x/__init__.py)"),
        ("https://x/a*b*c_d_e", "[https://x/a*b*c_d_e](https://x/a*b*c_d_e)"),
        ("https://x/a_b and https://x/c_d", "[https://x/a_b](https://x/a_b) and [https://x/c_d](https://x/c_d)"),
        ("*see https://x/a_b*", "*see [https://x/a_b](https://x/a_b)*"),
        ("**https://x/a_** _b_", "**[https://x/a](https://x/a)_** *b*"),
        ("> - # https://x/_a_b_", "# [https://x/_a_b](https://x/_a_b)_"),
    ]);
}

#[test]
fn email_address_is_linked() {
    check(&[
        ("foo@bar.baz", "[foo@bar.baz](mailto:foo@bar.baz)"),
        (
            "hello@mail+xyz.example isn't valid, but hello+xyz@mail.example is.",
            "hello@mail+xyz.example isn't valid, but [hello+xyz@mail.example](mailto:hello+xyz@mail.example) is.",
        ),
        ("a.b-c_d@a.b", "[a.b-c_d@a.b](mailto:a.b-c_d@a.b)"),
        ("a.b-c_d@a.b.", "[a.b-c_d@a.b](mailto:a.b-c_d@a.b)."),
        ("a.b-c_d@a.b- a.b-c_d@a.b_", "a.b-c_d@a.b- a.b-c_d@a.b_"),
        ("mailto:foo@bar.baz/", "[mailto:foo@bar.baz](mailto:foo@bar.baz)/"),
        ("mailto:a.b-c_d@a.b- xmailto:a@b", "mailto:a.b-c_d@a.b- xmailto:a@b"),
        ("_a@b.c_ @ b@ @c.d", "*[a@b.c](mailto:a@b.c)* @ b@ @c.d"),
        ("a@b@c.d", "a@[b@c.d](mailto:b@c.d)"),
        ("https://a@b.c/d@e.f", "[https://a@b.c/d@e.f](https://a@b.c/d@e.f)"),
    ]);
}

#[test]
fn bare_url_is_not_linked_in_code_html_links_and_images() {
    check(&[
        ("`https://a.b` `` www.a.b ``", "`https://a.b` `www.a.b`"),
        ("```\nhttps://a.b\n```", "https://a.b\n"),
        ("    a@b.c", "a@b.c"),
        ("<b title=\"https://a.b\">", "<b title=\"https://a.b\">"),
        ("[https://a.b c@d.e](https://f.g)", "[https://a.b c@d.e](https://f.g)"),
        ("![https://a.b](upload:x)", "https://a.b"),
        ("<https://a.b> <c@d.e>", "[https://a.b](https://a.b) [c@d.e](mailto:c@d.e)"),
        ("[a]\n\n[a]: https://x/_b_", "[a](https://x/_b_)"),
    ]);
}

#[test]
fn bare_url_is_linked_in_each_table_cell() {
    check(&[(
        "|www.a.b|c@d.e|\n|-|-|\n|https://x/a_b\\|c_d|f|",
        "[www.a.b](http://www.a.b)|[c@d.e](mailto:c@d.e)|[https://x/a_b|c_d](https://x/a_b|c_d)|f|",
    )]);
}

#[test]
fn text_is_kept_when_a_bare_url_cannot_be_linked() {
    check(&[
        ("[a]: https://x/(b", "[a]: https://x/(b"),
        ("<bare:0> https://a.b", "[bare:0](none) [https://a.b](https://a.b)"),
    ]);
}

#[test]
fn long_text_without_a_valid_url_is_unchanged() {
    for part in ["www.a_b.", "a@", "http://.", "://", "(www."] {
        let text = part.repeat(100_000 / part.len());
        assert!(linked(&text) == text, "{part}");
    }
}

#[test]
fn br_element_is_a_line_break_without_white_space_beside_it() {
    check(&[
        ("a<br>b<br/>c <br />d<BR> e<br class=\"x\">f", "a/b/c/d/e/f"),
        ("a<br>\nb  \nc\\\nd", "a/b/c/d"),
        ("*a<br>*\n*b*", "*a/**b*"),
        ("|a<br>b|\n|-|\n| c <br> d |", "a/b|c/d|"),
        ("<br>", "/"),
        ("a\n\n<br><br/>\nb\nc <!-- d -->\n\ne", "a//b\nc e"),
        ("<br>\nb\nc <!-- d --> <br>\n\ne", "/b\nc/e"),
        ("a<!-- b -->c\n\n<!-- d\n\ne -->\n\nf", "acf"),
        ("`<br>` <broken> <br-x>", "`<br>` <broken> <br-x>"),
        ("<div>\n<br>\n</div>", "<div>\n<br>\n</div>"),
    ]);
}

#[test]
fn front_matter_is_read_and_is_not_a_part_of_the_text() {
    let document = "---\r\ntitle: \"Weir: a report\"\r\n# comment\r\nauthor: 'Ada' # first\r\ntags:\r\n  - a\r\n  - b\r\n\
        list: [c, \"d\"]\r\nabout: >-\r\n  one\r\n  two\r\nempty:\r\n---\r\n# Heading";
    let matter = FrontMatter::of(document);
    let entries: Vec<_> = matter.entries.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        entries,
        [
            ("title", "Weir: a report"),
            ("author", "Ada"),
            ("tags", "a, b"),
            ("list", "c, d"),
            ("about", "one two"),
            ("empty", ""),
        ]
    );
    assert_eq!((matter.get("Title"), matter.get("empty"), matter.get("x")), (Some("Weir: a report"), None, None));
    assert_eq!(linked(document), "# Heading");
    assert_eq!(linked("---\na: b\n..."), "");
}

#[test]
fn rule_at_the_start_is_not_front_matter() {
    for document in ["---\n\nA text.\n\n---\n", "---\n---\n", "---\na: b\n", "a\n---\nb: c\n---\n", "--- \n- a\n---\n"]
    {
        assert_eq!(FrontMatter::of(document), FrontMatter::default(), "{document}");
    }
    assert_eq!(linked("---\n\nhttps://a.b\n\n---\n"), "[https://a.b](https://a.b)");
}

#[test]
fn byte_order_mark_does_not_hide_the_first_block() {
    check(&[("\u{FEFF}# a", "# a"), ("\u{FEFF}---\ntitle: a\n---\n# b", "# b")]);
    assert_eq!(FrontMatter::of("\u{FEFF}---\ntitle: a\n---\n").get("title"), Some("a"));
}
