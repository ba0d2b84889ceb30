//! Tests of the Markdown preview.

use super::html;

#[test]
fn markdown_is_rendered_as_html() {
    let text = "# A\n\n*b* **c** ~~d~~ `e` [f](https://example.org)\n\n- [x] g\n- [ ] h\n\n> [!NOTE]\n> i\n\n\
                | j | k |\n|:-:|--:|\n| l | m |\n\nn[^1]\n\n[^1]: o\n\n```rust\np < q;\n```\n\n---\n";
    insta::assert_snapshot!(html(text), @r#"
    <h2>A</h2>
    <p><em>b</em> <strong>c</strong> <del>d</del> <code>e</code> <a href="https://example.org">f</a></p>
    <ul>
    <li class="task">☑ g</li>
    <li class="task">☐ h</li>
    </ul>
    <blockquote class="note">
    <p>i</p>
    </blockquote>
    <table><thead><tr><th scope="col" class="center">j</th><th scope="col" class="right">k</th></tr></thead><tbody>
    <tr><td class="center">l</td><td class="right">m</td></tr>
    </tbody></table>
    <p>n<sup>1</sup></p>
    <div class="footnote-definition"><span>1</span><div>
    <p>o</p>
    </div></div>
    <pre><code class="language-rust">p &lt; q;
    </code></pre>
    <hr />
    "#);
}

#[test]
fn bare_urls_and_email_addresses_are_links() {
    insta::assert_snapshot!(html("https://x/__init__.py, www.a.b?c=d&e=f (g@h.i) <j@k.l> `www.m.n`"), @r#"<p><a href="https://x/__init__.py">https://x/__init__.py</a>, <a href="http://www.a.b?c=d&amp;e=f">www.a.b?c=d&amp;e=f</a> (<a href="mailto:g@h.i">g@h.i</a>) <a href="mailto:j@k.l">j@k.l</a> <code>www.m.n</code></p>"#);
}

#[test]
fn br_element_is_a_line_break_and_comments_are_removed() {
    insta::assert_snapshot!(html("a<br>b<!-- c -->\n\n| d<br/>e |\n|---|\n| f <BR> g |"), @r#"
    <p>a<br />
    b</p>
    <table><thead><tr><th scope="col">d<br />
    e</th></tr></thead><tbody>
    <tr><td>f<br />
    g</td></tr>
    </tbody></table>
    "#);
}

#[test]
fn front_matter_is_a_table_of_keys_and_values() {
    insta::assert_snapshot!(html("\u{FEFF}---\ntitle: a <b>\ntags: [c, d]\n---\n# e"), @r#"
    <table><thead><tr><th scope="col">title</th><th scope="col">tags</th></tr></thead><tbody>
    <tr><td>a &lt;b&gt;</td><td>c, d</td></tr>
    </tbody></table>
    <h2>e</h2>
    "#);
}

#[test]
fn byte_order_mark_does_not_hide_the_first_heading() {
    assert_eq!(html("\u{FEFF}# a"), "<h2>a</h2>\n");
}

#[test]
fn footnotes_are_numbered_by_their_first_mention() {
    let text = "a[^z] b[^a] c[^z]\n\n[^a]: d\n\n[^z]: e\n";
    let shown = html(text);
    assert!(shown.starts_with("<p>a<sup>1</sup> b<sup>2</sup> c<sup>1</sup></p>"), "{shown}");
    let (first, second) = (shown.find("<span>2</span><div>\n<p>d"), shown.find("<span>1</span><div>\n<p>e"));
    assert!(first.is_some() && first < second, "{shown}");
}

#[test]
#[allow(clippy::too_many_lines, reason = "the list contains every attack")]
fn html_contains_only_permitted_elements_and_attributes() {
    let hostile = [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<div style=\"position:fixed\">\n\nx\n\n</div>",
        "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](vbscript:x) [e](//evil.example)",
        "[a](<java\nscript:alert(1)>) [b](&#106;avascript:alert(1)) [c](\u{1}javascript:x)",
        "![a](javascript:alert(1)) ![b](https://evil.example/pixel.png) ![c](upload:../../etc/passwd)",
        "![\"onload=\"alert(1)](upload:01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d \"x\\\" onload=\\\"y\")",
        "[a](https://example.org/\"onclick=\"alert(1) 'x\" onclick=\"y')",
        "```\" onmouseover=\"alert(1)\nx\n```",
        "https://a.b/\"onmouseover=\"alert(1) www.a.b/'><script>alert(1)</script> \"onclick=\"@a.b",
        "[^\"><script>]: x\n\ny[^\"><script>]",
        "# a {#b onclick=alert(1) .c}",
        "| a <script> |\n|---|\n| <b>c</b> |",
        "<!-- --><iframe srcdoc=x></iframe>",
    ];
    for text in hostile {
        let shown = html(text);
        for tag in tags(&shown) {
            let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
            let known = [
                "p",
                "h2",
                "em",
                "strong",
                "del",
                "code",
                "pre",
                "a",
                "img",
                "ul",
                "ol",
                "li",
                "blockquote",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "div",
                "span",
                "hr",
                "br",
                "sup",
            ];
            assert!(known.contains(&name.trim_matches('/')), "{text}: <{tag}> in {shown}");
            let attributes = attributes(tag);
            let plain = ["href", "src", "alt", "class", "scope", "loading", "start"];
            assert!(
                attributes.iter().all(|(name, _)| plain.contains(&name.as_str())),
                "{text}: {attributes:?} in {shown}"
            );
            for (name, value) in attributes {
                let safe = match name.as_str() {
                    "href" => {
                        value.starts_with("http://") || value.starts_with("https://") || value.starts_with("mailto:")
                    }
                    "src" => value == "/uploads/01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d/content",
                    _ => true,
                };
                assert!(safe, "{text}: {name}={value}");
            }
        }
    }
}

#[test]
fn deeply_nested_markdown_is_rendered_as_nothing() {
    for flood in [">".repeat(10_000), "[".repeat(50_000), "- ".repeat(5000), "*a ".repeat(100_000)] {
        assert!(html(&flood).len() < 10 * flood.len());
    }
    assert_eq!(html(&">".repeat(10_000)), "");
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap())
}

/// Returns the names and values of the attributes of a tag, as a browser parses them.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim().trim_end_matches('/').trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').unwrap_or((rest, "\"\""));
        let (value, after) = after.strip_prefix('"').unwrap().split_once('"').unwrap();
        found.push((name.trim().to_owned(), value.to_owned()));
        rest = after.trim();
    }
    found
}
