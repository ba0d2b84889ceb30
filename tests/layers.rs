//! Modules import downwards only: the order is the architecture.

use std::{collections::BTreeMap, fs, path::Path};

/// Top to bottom; those of one row may not name each other either way up.
const ORDER: [&str; 22] = [
    "app",
    "server",
    "initializers",
    "controllers",
    "middleware",
    "tasks",
    "workers",
    "services",
    "mailers",
    "health",
    "views",
    "models",
    "password",
    "typesetting",
    "rate_limits",
    "settings",
    "cookies",
    "crypto",
    "client_address",
    "errors",
    "telemetry",
    "clock",
];

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|name| *name == module)
}

/// Every file of the library by its top module.
fn sources(folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
        }
    }
}

fn sources_of(folder: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    files
}

/// Every file of the library and of the crates.
fn all_sources() -> BTreeMap<String, String> {
    let mut files = sources_of("src");
    files.extend(sources_of("crates"));
    files
}

fn top_module(path: &str) -> String {
    let inside = path.rsplit_once("/src/").unwrap().1;
    inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// What a source names with `crate::`, in a group or alone.
fn named(source: &str) -> Vec<String> {
    let first =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for rest in source.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.push(first(rest)),
            Some(group) => {
                let (mut depth, mut start) = (0, true);
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && !c.is_whitespace() => {
                            names.push(first(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn a_module_names_only_modules_below_it() {
    let mut edges = 0;
    for (path, source) in sources_of("src") {
        let module = top_module(&path);
        let Some(own) = rank(&module) else {
            assert!(["lib", "bin"].contains(&module.as_str()), "{module} has no place in the order");
            continue;
        };
        for name in named(&source).into_iter().filter(|name| *name != module) {
            // Items of `lib.rs` itself belong to no module.
            let Some(other) = rank(&name) else { continue };
            assert!(other > own, "{path} names `{name}`, which lies above `{module}`");
            edges += 1;
        }
    }
    assert!(edges > 40, "only {edges} imports were found");
}

#[test]
fn an_import_upwards_would_be_found() {
    assert_eq!(
        named("use crate::{\n    errors::{AppError, Code},\n    views,\n};\nlet x = crate::models::users::Model;"),
        ["errors", "views", "models"]
    );
}

#[test]
fn every_file_opens_with_the_sentence_that_is_its_job() {
    for (path, source) in all_sources() {
        if path.contains("_entities") {
            continue;
        }
        let first = source.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! "), "{path} opens with {first:?}");
    }
}

#[test]
fn no_file_is_longer_than_300_lines() {
    let long: Vec<_> =
        all_sources().into_iter().filter(|(_, source)| source.lines().count() > 300).map(|(path, _)| path).collect();
    assert!(long.is_empty(), "{long:?}");
}
