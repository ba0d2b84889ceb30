//! What the documents name is there: files, commands, and the test behind every claim about security.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use ballast::{errors::TABLE, settings::env_template::File};
use regex::Regex;

const DOCUMENTS: [&str; 9] = [
    "CLAUDE.md",
    "CONTRIBUTING.md",
    "README.md",
    "CHANGELOG.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/generators.md",
    "docs/operations.md",
    "docs/security.md",
];

/// Where a path may begin.
const ROOTS: [&str; 3] = ["", "src", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// What stands between backticks, outside of blocks.
fn spans(text: &str) -> Vec<String> {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`([^`\n]+)`").unwrap());
    let prose: String = text.split("```").step_by(2).collect();
    SPAN.captures_iter(&prose).map(|found| found[1].to_owned()).collect()
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (names, after) = rest.split_once('}').unwrap();
    names.split(',').map(|name| format!("{before}{name}{after}")).collect()
}

/// The paths among some spans: what begins with a folder of ours, or of `src` or `tests`, as prose shortens it.
fn paths(spans: &[String]) -> Vec<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[\w.-]+/[\w./{},*-]*$").unwrap());
    let ours = |span: &&String| {
        let first = span.split('/').next().unwrap();
        PATH.is_match(span) && ROOTS.iter().any(|folder| root().join(folder).join(first).is_dir())
    };
    spans.iter().filter(ours).flat_map(|span| expanded(span)).collect()
}

/// Whether a path is there; a star stands for any one name.
fn is_there(path: &str) -> bool {
    let under = |folder: &Path| match path.split_once('*') {
        None => folder.join(path).exists(),
        Some((before, after)) => fs::read_dir(folder.join(before)).is_ok_and(|entries| {
            entries.flatten().map(|entry| entry.path()).any(|path| match after.strip_prefix('/') {
                Some(inside) => path.join(inside).exists(),
                None => path.to_string_lossy().ends_with(after),
            })
        }),
    };
    ROOTS.iter().any(|folder| under(&root().join(folder)))
}

/// Whether a file, or any of a folder, has a test or a measurement in it.
fn proves(path: &Path) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flatten().any(|entry| proves(&entry.path()));
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    ["#[test]", "#[tokio::test", "proptest!", "def test_", "def check_"].iter().any(|mark| text.contains(mark))
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut named = 0;
    for document in DOCUMENTS {
        let paths = paths(&spans(&read(document)));
        named += paths.len();
        let gone: Vec<_> = paths.into_iter().filter(|path| !is_there(path)).collect();
        assert!(gone.is_empty(), "{document} names what is not there: {gone:?}");
    }
    assert!(named > 60, "only {named} paths were found");
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    for document in DOCUMENTS {
        let folder = root().join(document).parent().unwrap().to_owned();
        for found in link.captures_iter(&read(document)) {
            assert!(folder.join(&found[1]).exists(), "{document}: {}", &found[1]);
        }
    }
}

#[test]
fn every_command_that_a_document_names_can_be_given() {
    let cargo = read("Cargo.toml");
    let (bench, task) =
        (Regex::new(r"--bench (\w+)").unwrap(), Regex::new(r"cargo loco task (\w+)|ballast-cli task (\w+)").unwrap());
    let mut found = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for bench in bench.captures_iter(&text) {
            found += 1;
            assert!(cargo.contains(&format!("[[bench]]\nname = \"{}\"", &bench[1])), "{document}: {}", &bench[1]);
        }
        for task in task.captures_iter(&text) {
            found += 1;
            let name = task.get(1).or(task.get(2)).unwrap().as_str();
            assert!(root().join(format!("src/tasks/{name}.rs")).exists(), "{document}: task {name}");
        }
    }
    assert!(found >= 4, "only {found} commands were found");
}

#[test]
fn every_claim_about_security_names_a_test_that_is_there() {
    let text = read("docs/security.md");
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    assert!(rows.len() > 15, "{rows:?}");
    for row in rows {
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let paths = paths(&spans(last));
        assert!(!paths.is_empty(), "nothing shows: {row}");
        // The first one is what shows it; others may be benches.
        let proof = ROOTS.iter().map(|folder| root().join(folder).join(&paths[0])).find(|path| path.exists());
        assert!(proof.is_some_and(|path| proves(&path) || proves(&path.with_extension(""))), "no test in {}", paths[0]);
    }
}

#[test]
fn every_code_and_every_limit_stands_in_the_description_for_clients_as_it_is() {
    let text = read("docs/api.md");
    for (_, status, name, _) in TABLE {
        // What a proxy alone answers stands below the table.
        let rows = [format!("| {status} | `{name}` |"), format!("{status} `{name}`")];
        assert!(rows.iter().any(|row| text.contains(row)), "docs/api.md has no row for {name}");
    }
    let file = File::parse_text(read("config/development.yaml"));
    let defaults: BTreeMap<_, _> = file.variables().map(|variable| (&*variable.name, &variable.default)).collect();
    let mut limits = 0;
    for (variable, requests) in &defaults {
        let Some(name) = variable.strip_prefix("RATE_LIMIT_").and_then(|rest| rest.strip_suffix("_REQUESTS")) else {
            continue;
        };
        // Counted by the database: what is said of mailed tokens names both numbers.
        if name.starts_with("MAILBOX") {
            continue;
        }
        let window = defaults[&*format!("RATE_LIMIT_{name}_WINDOW_SECONDS")].as_ref().unwrap();
        let words = in_words(window.parse().unwrap());
        let row = format!("| `{}` | {} in {words} |", name.to_lowercase(), requests.as_ref().unwrap());
        assert!(text.contains(&row), "docs/api.md has no row {row}");
        limits += 1;
    }
    assert!(limits > 10, "only {limits} limits were found");
}

fn in_words(seconds: u32) -> String {
    match seconds {
        3600 => "an hour".to_owned(),
        600.. if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[test]
fn every_event_of_the_log_stands_in_the_description_for_operators() {
    let (text, event) = (read("docs/operations.md"), Regex::new(r#"event = "(\w+)""#).unwrap());
    let (mut found, mut folders) = (0, vec![root().join("src"), root().join("crates")]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for name in event.captures_iter(&fs::read_to_string(&path).unwrap_or_default()) {
                found += 1;
                assert!(text.contains(&format!("`{}`", &name[1])), "{}: {}", path.display(), &name[1]);
            }
        }
    }
    assert!(found > 15, "only {found} events were found");
}

#[test]
fn every_prohibition_says_why() {
    let bans = read("deny.toml");
    let bans = bans.split("[licenses]").next().unwrap();
    for (file, text, key) in [("clippy.toml", &*read("clippy.toml"), "{ path ="), ("deny.toml", bans, "{ crate =")] {
        let entries: Vec<_> = text.lines().filter(|line| line.contains(key)).collect();
        assert!(entries.len() > 10, "{file}: only {} were found", entries.len());
        for entry in entries {
            assert!(entry.contains("reason = \""), "{file}: {entry}");
        }
    }
}

#[test]
fn what_is_not_there_would_be_found() {
    let spans = ["src/nowhere.rs", "tests/requests/auth/{login,nowhere}.rs"].map(str::to_owned);
    let gone: Vec<_> = paths(&spans).into_iter().filter(|path| !is_there(path)).collect();
    assert_eq!(gone, ["src/nowhere.rs", "tests/requests/auth/nowhere.rs"]);
}
