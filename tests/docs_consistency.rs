//! Tests that the documents match the code: paths, links, commands, evidence and tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use ballast::{errors::TABLE, settings::env_template::File};
use regex::Regex;

/// Folders to which paths in documents may be relative.
const ROOTS: [&str; 3] = ["", "src", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// Returns the Markdown files in the root folder and in `docs`.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs/"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if is_markdown(&path) {
                found.push(format!("{folder}{}", path.file_name().unwrap().to_str().unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 12, "only these documents were found: {found:?}");
    found
}

/// Returns the path and the text of every text file below a folder.
fn text_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(text_files(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
    found
}

/// Returns the text without fenced code blocks.
fn without_code_blocks(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Returns the content of every code span outside code blocks.
fn code_spans(text: &str) -> Vec<String> {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`([^`\n]+)`").unwrap());
    SPAN.captures_iter(&without_code_blocks(text)).map(|found| found[1].to_owned()).collect()
}

/// Expands `a/{b,c}.rs` to `a/b.rs` and `a/c.rs`.
fn expand_braces(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (names, after) = rest.split_once('}').unwrap();
    names.split(',').map(|name| format!("{before}{name}{after}")).collect()
}

/// Returns the code spans that are paths. A path starts with the name of a folder in one of the `ROOTS`.
fn repository_paths(spans: &[String]) -> Vec<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[\w.-]+/[\w./{},*-]*$").unwrap());
    let is_path = |span: &&String| {
        let first = span.split('/').next().unwrap();
        PATH.is_match(span) && ROOTS.iter().any(|folder| root().join(folder).join(first).is_dir())
    };
    spans.iter().filter(is_path).flat_map(|span| expand_braces(span)).collect()
}

/// Returns whether a path exists. A `*` wildcard in the path matches any name.
fn path_exists(path: &str) -> bool {
    let exists_in = |folder: &Path| match path.split_once('*') {
        None => folder.join(path).exists(),
        Some((before, after)) => fs::read_dir(folder.join(before)).is_ok_and(|entries| {
            entries.flatten().map(|entry| entry.path()).any(|path| match after.strip_prefix('/') {
                Some(inside) => path.join(inside).exists(),
                None => path.to_string_lossy().ends_with(after),
            })
        }),
    };
    ROOTS.iter().any(|folder| exists_in(&root().join(folder)))
}

/// Returns whether a path is a file with a test or a check, or a folder that contains such a file.
fn has_test(path: &Path) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flatten().any(|entry| has_test(&entry.path()));
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    ["#[test]", "#[tokio::test", "proptest!", "def test_", "def check_"].iter().any(|test| text.contains(test))
}

/// Table of a document: the cells of the header and of the rows.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Returns whether the line is the separator between the header and the rows of a table.
fn is_separator(line: &str) -> bool {
    line.starts_with('|') && line.contains('-') && line.chars().all(|c| "|-: ".contains(c))
}

/// Returns all tables of a text outside code blocks.
fn tables(text: &str) -> Vec<Table> {
    let text = without_code_blocks(text);
    let lines: Vec<&str> = text.lines().collect();
    let table = |at: usize| Table {
        header: cells(lines[at - 1]),
        rows: lines[at + 1..].iter().take_while(|line| line.starts_with('|')).map(|line| cells(line)).collect(),
    };
    (1..lines.len()).filter(|&at| is_separator(lines[at])).map(table).collect()
}

/// Returns the cells of the columns `names`, from every table of a document that has all these columns.
fn columns<const N: usize>(document: &str, names: [&str; N]) -> Vec<[String; N]> {
    let mut found = Vec::new();
    for table in tables(&read(document)) {
        let places = names.map(|name| table.header.iter().position(|cell| cell == name));
        if places.contains(&None) {
            continue;
        }
        for row in &table.rows {
            found.push(places.map(|place| place.and_then(|place| row.get(place)).cloned().unwrap_or_default()));
        }
    }
    assert!(!found.is_empty(), "{document} has no table with the columns {names:?}");
    found
}

/// Returns every variable of a configuration file, with its default as the configuration page shows it.
fn defaults(environment: &str) -> BTreeMap<String, String> {
    let shown = |default: Option<&str>| match default {
        None => "required".to_owned(),
        Some("") => "–".to_owned(),
        Some(value) => format!("`{value}`"),
    };
    let file = File::parse_text(read(&format!("config/{environment}.yaml")));
    file.variables().map(|variable| (variable.name.clone(), shown(variable.default.as_deref()))).collect()
}

#[test]
fn documents_name_existing_paths() {
    let mut named = 0;
    for document in documents() {
        let paths = repository_paths(&code_spans(&read(&document)));
        named += paths.len();
        let missing: Vec<_> = paths.into_iter().filter(|path| !path_exists(path)).collect();
        assert!(missing.is_empty(), "{document} names missing paths: {missing:?}");
    }
    assert!(named > 60, "only {named} paths were found");
}

#[test]
fn documents_link_to_existing_files() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    for document in documents() {
        let folder = root().join(&document).parent().unwrap().to_owned();
        for found in link.captures_iter(&read(&document)) {
            assert!(folder.join(&found[1]).exists(), "{document} links to a missing file: {}", &found[1]);
        }
    }
}

#[test]
fn documents_name_existing_benches_and_tasks() {
    let cargo = read("Cargo.toml");
    let bench = Regex::new(r"--bench (\w+)").unwrap();
    let task = Regex::new(r"(?:cargo loco|ballast-cli) task (\w+)").unwrap();
    let mut found = 0;
    for document in documents() {
        let text = read(&document);
        for name in bench.captures_iter(&text) {
            found += 1;
            let entry = format!("[[bench]]\nname = \"{}\"", &name[1]);
            assert!(cargo.contains(&entry), "{document} names a missing bench: {}", &name[1]);
        }
        for name in task.captures_iter(&text) {
            found += 1;
            let file = root().join(format!("src/tasks/{}.rs", &name[1]));
            assert!(file.exists(), "{document} names a missing task: {}", &name[1]);
        }
    }
    assert!(found >= 4, "only {found} commands were found");
}

#[test]
fn documents_state_their_audience_first() {
    // Skips the README, because the README has no specific audience.
    for document in documents().into_iter().filter(|document| document != "README.md") {
        let text = read(&document);
        let first = text.lines().skip(1).find(|line| !line.is_empty()).unwrap();
        assert!(first.starts_with("For "), "{document} begins with {first:?} instead of its audience");
    }
}

#[test]
fn tables_have_a_header_in_every_column() {
    let readmes = text_files(&root().join("crates")).into_iter().filter(|(path, _)| is_markdown(path));
    let documents = documents().into_iter().map(|document| (root().join(&document), read(&document)));
    let mut found = 0;
    for (path, text) in documents.chain(readmes) {
        for Table { header, rows } in tables(&text) {
            found += 1;
            assert!(header.iter().all(|cell| !cell.is_empty()), "{}: empty cell in {header:?}", path.display());
            let other: Vec<_> = rows.iter().filter(|row| row.len() != header.len()).collect();
            assert!(other.is_empty(), "{}: {header:?} has rows of another length: {other:?}", path.display());
        }
    }
    assert!(found > 40, "only {found} tables were found");
}

#[test]
fn security_page_names_a_test_for_every_protection() {
    let rows = columns("docs/security.md", ["evidence"]);
    assert!(rows.len() > 40, "only {} protections were found", rows.len());
    for [evidence] in &rows {
        let paths = repository_paths(&code_spans(evidence));
        assert!(!paths.is_empty(), "no path in {evidence:?}");
        // Checks only the first path, because further paths may be benches or the implementation.
        let first = ROOTS.iter().map(|folder| root().join(folder).join(&paths[0])).find(|path| path.exists());
        let has_test = first.is_some_and(|path| has_test(&path) || has_test(&path.with_extension("")));
        assert!(has_test, "no test in {}", paths[0]);
    }
}

#[test]
fn api_page_lists_every_error_code() {
    let listed: BTreeSet<_> = columns("docs/api.md", ["status", "code"])
        .into_iter()
        .flat_map(|[status, codes]| code_spans(&codes).into_iter().map(move |code| (status.clone(), code)))
        .collect();
    let expected: BTreeSet<_> =
        TABLE.into_iter().map(|(_, status, code, _)| (status.to_string(), code.to_owned())).collect();
    assert_eq!(listed, expected);
}

#[test]
fn api_page_lists_every_rate_limit() {
    let defaults = defaults("development");
    let number = |variable: &str| defaults[variable].trim_matches('`').to_owned();
    let mut expected = BTreeMap::new();
    for variable in defaults.keys() {
        let name = variable.strip_prefix("RATE_LIMIT_").and_then(|rest| rest.strip_suffix("_REQUESTS"));
        if let Some(name) = name {
            let window = number(&format!("RATE_LIMIT_{name}_WINDOW_SECONDS"));
            expected.insert(format!("`{}`", name.to_lowercase()), (number(variable), window));
        }
    }
    // The policy `login_pair` has no variables. It uses the variables of `login_account`.
    let login_account = expected["`login_account`"].clone();
    expected.insert("`login_pair`".to_owned(), login_account);
    let listed: BTreeMap<_, _> = columns("docs/api.md", ["policy", "requests", "window (s)"])
        .into_iter()
        .map(|[policy, requests, window]| (policy, (requests, window)))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn configuration_page_lists_every_variable() {
    // Skips the variables with the numbers of rate-limit policies, because the API page lists these numbers.
    let is_limit = |name: &str| {
        name.starts_with("RATE_LIMIT_") && (name.ends_with("_REQUESTS") || name.ends_with("_WINDOW_SECONDS"))
    };
    let (development, production) = (defaults("development"), defaults("production"));
    let expected: BTreeSet<_> = development
        .into_iter()
        .filter(|(name, _)| !is_limit(name))
        .map(|(name, default)| [format!("`{name}`"), default, production[&name].clone()])
        .collect();
    let listed: BTreeSet<_> =
        columns("docs/configuration.md", ["variable", "development", "production"]).into_iter().collect();
    assert_eq!(listed, expected);
}

#[test]
fn observability_page_lists_every_log_event() {
    let listed: BTreeSet<_> =
        columns("docs/observability.md", ["event"]).iter().flat_map(|[events]| code_spans(events)).collect();
    let event = Regex::new(r#"event = "(\w+)""#).unwrap();
    let (mut logged, mut code) = (0, String::new());
    for folder in ["src", "crates", ".loco-templates"] {
        for (path, text) in text_files(&root().join(folder)) {
            for name in event.captures_iter(&text) {
                logged += 1;
                assert!(listed.contains(&name[1]), "{} logs an unlisted event: {}", path.display(), &name[1]);
            }
            code.push_str(&text);
        }
    }
    assert!(logged > 15, "only {logged} events were found");
    // Searches for the quoted names without `event =`, because the code stores some event names in constants.
    let unknown: Vec<_> = listed.iter().filter(|name| !code.contains(&format!("\"{name}\""))).collect();
    assert!(unknown.is_empty(), "no code logs the events {unknown:?}");
}

/// Returns the test code of a Rust file: the whole text of a test file, otherwise the text after `#[cfg(test)]`.
fn test_code(path: &Path, text: String) -> String {
    let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    if is_test { text } else { text.split_once("#[cfg(test)]").map(|(_, tests)| tests.to_owned()).unwrap_or_default() }
}

/// Events that only generated code logs.
const GENERATED_EVENTS: [&str; 1] = ["job"];

#[test]
fn tests_name_every_log_event() {
    let files = ["tests", "src", "crates"].into_iter().flat_map(|folder| text_files(&root().join(folder)));
    let code: String = files.map(|(path, text)| test_code(&path, text)).collect();
    let lines: Vec<_> = code.lines().filter(|line| line.contains("event") || line.contains("wait_for")).collect();
    let documented = columns("docs/observability.md", ["event"]);
    let events = documented.iter().flat_map(|[events]| code_spans(events));
    let is_tested = |event: &String| lines.iter().any(|line| line.contains(&format!("\"{event}\"")));
    let untested: Vec<_> =
        events.filter(|event| !GENERATED_EVENTS.contains(&event.as_str()) && !is_tested(event)).collect();
    assert!(untested.is_empty(), "no test names the events {untested:?}");
}

#[test]
fn bans_state_their_reason() {
    let deny = read("deny.toml");
    let bans = deny.split("[licenses]").next().unwrap();
    for (file, text, key) in [("clippy.toml", &*read("clippy.toml"), "{ path ="), ("deny.toml", bans, "{ crate =")] {
        let entries: Vec<_> = text.lines().filter(|line| line.contains(key)).collect();
        assert!(entries.len() > 10, "{file}: only {} entries were found", entries.len());
        for entry in entries {
            assert!(entry.contains("reason = \""), "{file}: {entry}");
        }
    }
}

#[test]
fn path_check_finds_missing_paths() {
    let spans = ["src/missing.rs", "tests/requests/auth/{login,missing}.rs"].map(str::to_owned);
    let missing: Vec<_> = repository_paths(&spans).into_iter().filter(|path| !path_exists(path)).collect();
    assert_eq!(missing, ["src/missing.rs", "tests/requests/auth/missing.rs"]);
}

#[test]
fn table_parser_keeps_empty_header_cells() {
    let tables = tables("text\n\n| a | |\n|---|--:|\n| `b` | c |\n\n```sh\n| d |\n|---|\n```\n");
    assert_eq!(tables.len(), 1);
    assert_eq!(tables[0].header, ["a", ""]);
    assert_eq!(tables[0].rows, [["`b`", "c"]]);
}
