//! Tests of wording: rejected words, names of tests, and headers of Markdown tables.

use std::{collections::HashSet, fs, sync::LazyLock};

use regex::Regex;

use crate::support::source::{Part, files, has_extension, parts, root};

/// Patterns of rejected words. Each pattern has the term to use instead.
const REJECTED: &[(&str, &str)] = &[
    ("whoever|whomever|nobody|somebody|anybody|everybody", "the role, such as client, user or caller"),
    ("stands|stood|lies|lay|told|bears|leads to", "is, contains, is stored, notified or has"),
    ("alone|so many|at most so|the same but|nothing where", "only, the number, or \"returns `None` if\""),
    ("ordered|orders|order for|an order", "job, enqueue or enqueued"),
    ("sweep|tidy|letters?|mark|alarm|patience|worthless|forgive|misfit", "the standard term"),
];

/// Patterns of phrases in which a rejected word is permitted.
const PERMITTED: &[&str] = &[
    r"ordered lists?|order by|in order for",
    r"(?:small|lower-case|upper-case|capital|ascii) letters?|letters?(?:,| and| or) digits|letter (?:paper|style|size)",
    r"byte order mark|(?:quotation|question|exclamation) marks?",
];

/// Pattern of a validation error code that is a rejected word. The code must not change, because clients use it.
const CODES: &str = r#"^"alone"$"#;

/// Files that are not checked: licenses, sample texts and this file.
const EXEMPT: &[&str] = &["LICENSE", "crates/typesetter/tests/sample.md", "docs/tour/", "tests/wording.rs"];
/// Keys of translations that are sample texts.
const SAMPLE_TEXTS: &[&str] = &["example-body", "home-manuscript"];

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// Returns a line without code spans, quotations, link targets and placeholders.
fn prose(line: &str) -> String {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"`[^`]*`|"[^"]*"|“[^”]*”|\]\([^)]*\)|\{\{.*?\}\}|\{%.*?%\}|\{[\w:?.>$]*\}"#));
    QUOTED.replace_all(line, " ").into_owned()
}

/// Returns the comments and literals of a Rust file, with their line numbers. Keeps quotations in literals.
fn rust_texts(source: &str) -> Vec<(usize, String)> {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{[\w:?.>$#]*\}"));
    let (mut texts, mut line) = (Vec::new(), 1);
    for (part, text) in parts(source) {
        for (offset, text) in text.lines().enumerate() {
            match part {
                Part::Code => {}
                Part::Comment => texts.push((line + offset, prose(text))),
                Part::Literal => texts.push((line + offset, PLACEHOLDER.replace_all(text, " ").into_owned())),
            }
        }
        line += text.matches('\n').count();
    }
    texts
}

/// Returns the lines of a Markdown file outside code blocks, with their line numbers.
fn markdown_texts(source: &str) -> Vec<(usize, String)> {
    let mut in_code = false;
    let lines = (1..).zip(source.lines()).filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines.map(|(number, line)| (number, prose(line))).collect()
}

/// Returns the `#` comments of a file, with their line numbers.
fn hash_comments(source: &str) -> Vec<(usize, String)> {
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|\s)#(.*)"));
    let comments = (1..).zip(source.lines()).filter_map(|(number, line)| Some((number, COMMENT.captures(line)?)));
    comments.map(|(number, comment)| (number, prose(&comment[1]))).collect()
}

/// Returns the translations of a Fluent file, with their line numbers. Excludes keys and sample texts.
fn translations(source: &str) -> Vec<(usize, String)> {
    static MESSAGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([\w-]+) =(.*)"));
    let (mut texts, mut is_sample) = (Vec::new(), false);
    for (number, line) in (1..).zip(source.lines()) {
        let message = MESSAGE.captures(line);
        if let Some(message) = &message {
            is_sample = SAMPLE_TEXTS.contains(&&message[1]);
        }
        if !is_sample {
            texts.push((number, message.map_or_else(|| line.to_owned(), |message| message[2].to_owned())));
        }
    }
    texts
}

/// Returns the texts of a file to which the rules apply, with their line numbers.
fn texts(path: &str, source: &str) -> Vec<(usize, String)> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| pattern("<[^>]*>"));
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_script = [".ci/", "bin/"].iter().any(|folder| path.starts_with(folder)) && !name.contains('.');
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "rs" | "t" => rust_texts(source),
        "md" => markdown_texts(source),
        "yaml" | "yml" | "toml" | "sh" => hash_comments(source),
        "ftl" if path.starts_with("assets/i18n/en/") => translations(source),
        "html" if path.starts_with("assets/views/") => {
            (1..).zip(source.lines()).map(|(number, line)| (number, prose(&TAG.replace_all(line, " ")))).collect()
        }
        _ if name.starts_with(".env") || is_script => hash_comments(source),
        _ => Vec::new(),
    }
}

/// Returns the words in the names of the application's modules. A module may have the name `orders`.
fn module_words() -> HashSet<String> {
    let paths = files("src").into_iter().chain(files("migration/src"));
    let modules = paths.filter_map(|path| path.strip_suffix(".rs").map(str::to_owned));
    modules.flat_map(|path| path.split(['/', '_']).map(singular).collect::<Vec<_>>()).collect()
}

fn singular(word: &str) -> String {
    word.to_lowercase().trim_end_matches('s').to_owned()
}

/// Returns whether one of the words is in the name of a module.
fn names_a_module(words: &str, modules: &HashSet<String>) -> bool {
    words.split(' ').any(|word| modules.contains(&singular(word)))
}

/// Returns the rejected words in a file. Permits words in the names of modules.
fn rejected_words(path: &str, source: &str, modules: &HashSet<String>) -> Vec<String> {
    static WORDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        REJECTED.iter().map(|(words, term)| (pattern(&format!(r"(?i)\b(?:{words})\b")), *term)).collect()
    });
    static ALLOWED: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"(?i)\b(?:{})\b|</?mark>|[\w/-]+\.\w+|{CODES}", PERMITTED.join("|"))));
    let mut found = Vec::new();
    for (line, text) in texts(path, source) {
        let text = ALLOWED.replace_all(&text, " ");
        for (words, term) in WORDS.iter() {
            let rejected = words.find_iter(&text).filter(|word| !names_a_module(word.as_str(), modules));
            found.extend(rejected.map(|word| format!("{path}:{line}: \"{}\": use {term}", word.as_str())));
        }
    }
    found
}

/// Returns the tests in a Rust file whose names do not begin with the subject.
fn misnamed_tests(path: &str, source: &str) -> Vec<String> {
    static TEST: LazyLock<Regex> = LazyLock::new(|| {
        let attributes = r"#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*";
        pattern(&format!(r"{attributes}(?:async\s+)?fn\s+((?:what|who|of|where|whoever|nobody)_\w+)"))
    });
    let tests = TEST.captures_iter(source).filter(|_| has_extension(path, "rs") || has_extension(path, "t"));
    tests.map(|test| format!("{path}: `{}`: begin with the subject of the test", &test[1])).collect()
}

/// Returns the empty header cells of tables in a Markdown file.
fn empty_headers(path: &str, source: &str) -> Vec<String> {
    static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\|(?:\s*:?-+:?\s*\|)+\s*$"));
    let lines: Vec<_> = source.lines().collect();
    let headers =
        (1..).zip(lines.windows(2)).filter(|(_, pair)| has_extension(path, "md") && SEPARATOR.is_match(pair[1]));
    let empty = headers.filter(|(_, pair)| {
        let row = pair[0].trim();
        let row = row.strip_prefix('|').unwrap_or(row);
        row.strip_suffix('|').unwrap_or(row).split('|').any(|cell| cell.trim().is_empty())
    });
    empty.map(|(number, _)| format!("{path}:{number}: empty cell in a table header")).collect()
}

fn findings(path: &str, source: &str, modules: &HashSet<String>) -> Vec<String> {
    [rejected_words(path, source, modules), misnamed_tests(path, source), empty_headers(path, source)].concat()
}

#[test]
fn files_use_standard_terms() {
    let is_exempt = |path: &String| EXEMPT.iter().any(|prefix| path.starts_with(prefix));
    let modules = module_words();
    let mut found = Vec::new();
    let mut checked = 0;
    for path in files("").into_iter().filter(|path| !is_exempt(path)) {
        let Ok(source) = fs::read_to_string(root().join(&path)) else { continue };
        checked += usize::from(!texts(&path, &source).is_empty());
        found.extend(findings(&path, &source, &modules));
    }
    assert!(checked > 100, "only {checked} files were checked");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn rejected_word_is_found_in_every_kind_of_file() {
    let planted = [
        ("src/lib.rs", "/// Nobody calls this."),
        ("src/lib.rs", "let message = \"{count} orders\";"),
        (".loco-templates/task/task.t", "// Runs alone."),
        ("README.md", "The file lies in `src`."),
        (".env.example", "# For the client alone."),
        ("config/test.yaml", "port: 1 # as told"),
        ("Cargo.toml", "# Tidy dependencies."),
        (".ci/run", "# Whoever runs this."),
        ("assets/i18n/en/pages.ftl", "title = Your orders"),
        ("assets/views/home.html", "<p title=\"a\">An order</p>"),
    ];
    for (path, source) in planted {
        let found = findings(path, source, &HashSet::new());
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
}

#[test]
fn permitted_text_is_not_rejected() {
    let permitted = [
        ("src/lib.rs", "let alone = orders; // `alone`, \"alone\" and ordered lists"),
        ("src/lib.rs", "let query = \"SELECT 1 ORDER BY {alone}\";"),
        ("README.md", "Letters and digits in `alone`.\n```sh\nalone\n```"),
        ("config/test.yaml", "orders: alone"),
        ("assets/i18n/en/pages.ftl", "orders = Documents\nexample-body =\n    She told me."),
        ("assets/i18n/de/pages.ftl", "title = alone"),
        ("assets/views/home.html", "<p class=\"alone\">{{ t(key=\"orders\") }}</p>"),
    ];
    for (path, source) in permitted {
        assert_eq!(findings(path, source, &HashSet::new()), [""; 0], "{path}");
    }
}

#[test]
fn rejected_word_is_permitted_when_it_names_a_module() {
    let modules = HashSet::from([singular("orders")]);
    for (words, rejected) in [("orders", 0), ("Order for", 0), ("an order", 0), ("ordered", 1)] {
        assert_eq!(rejected_words("README.md", words, &modules).len(), rejected, "{words}");
    }
    assert!(module_words().contains("document"));
}

#[test]
fn misnamed_test_and_empty_table_header_are_found() {
    let test = "#[tokio::test(flavor = \"multi_thread\")]\n#[ignore]\nasync fn of_two_one_wins() {}";
    let modules = HashSet::new();
    assert_eq!(findings("tests/a.rs", test, &modules).len(), 1);
    assert_eq!(findings("tests/a.rs", "#[test]\nfn office_opens() {}", &modules).len(), 0);
    assert_eq!(findings("docs/a.md", "| a | |\n|---|---|\n| b | c |", &modules).len(), 1);
    assert_eq!(findings("docs/a.md", "| a | b |\n|---|---|\n| c | |", &modules).len(), 0);
}
