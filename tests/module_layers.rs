//! Tests of the module structure: layers of modules, no import cycles between files, and rules for every file.

use std::{collections::BTreeSet, fs};

use crate::support::{
    import_graph::Crate,
    source::{root, rust_files},
};

/// Top-level modules, one layer per row, top layer first. A module imports only modules of lower layers.
const ORDER: &[&[&str]] = &[
    &["app"],
    &["server"],
    &["initializers"],
    &["controllers"],
    &["middleware"],
    &["tasks"],
    &["workers"],
    &["services"],
    &["mailers"],
    &["health"],
    &["views"],
    &["models"],
    &["password"],
    &["typesetting"],
    &["rate_limits"],
    &["settings"],
    &["cookies"],
    &["crypto"],
    &["client_address"],
    &["email_address"],
    &["errors"],
    &["telemetry"],
    &["clock"],
];

/// Layers of the modules inside `controllers`, top layer first. A module without a row is not checked.
const CONTROLLERS: &[&[&str]] = &[&["web", "api"], &["routing"], &["params"], &["extractors"], &["state"]];

/// Returns the source folder of every crate in the folder `crates`.
fn crate_folders() -> Vec<String> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().file_name());
    crates.map(|name| format!("crates/{}/src", name.display())).collect()
}

/// Returns a crate with these files. Each file has a path below `src` and a source text.
fn crate_of(files: &[(&str, &str)]) -> Crate {
    Crate::new(files.iter().map(|(path, source)| (format!("src/{path}"), (*source).to_owned())))
}

#[test]
fn top_modules_import_only_lower_modules() {
    let app = Crate::read("src");
    let unknown: BTreeSet<_> = app.files.keys().filter_map(|module| module.first()).collect();
    let unknown: Vec<_> =
        unknown.into_iter().filter(|name| !ORDER.iter().any(|row| row.contains(&name.as_str()))).collect();
    assert!(unknown.is_empty(), "modules without a row in ORDER: {unknown:?}");
    let between = app.imports().iter().filter(|import| import.from.first() != import.to.first()).count();
    assert!(between > 40, "only {between} imports were found");
    assert_eq!(app.violations(&[], ORDER), [""; 0]);
}

#[test]
fn controller_modules_import_only_lower_modules() {
    assert_eq!(Crate::read("src").violations(&["controllers"], CONTROLLERS), [""; 0]);
}

#[test]
fn files_have_no_import_cycles() {
    let mut cycles = Crate::read("src").cycles(|import| import.from.first() == import.to.first());
    for folder in crate_folders() {
        cycles.extend(Crate::read(&folder).cycles(|_| true));
    }
    let cycles: Vec<_> = cycles.into_iter().collect();
    assert!(cycles.is_empty(), "import cycles: {cycles:?}");
}

#[test]
fn upward_import_is_found_in_a_subfolder() {
    let planted = crate_of(&[
        ("controllers/api/mod.rs", "use crate::models::users::Model;"),
        ("models/users/mod.rs", "mod profile;"),
        ("models/users/profile.rs", "use super::super::super::controllers::api::{Router as Api};"),
    ]);
    let expected = ["src/models/users/profile.rs imports super::super::super::controllers::api::Router as Api"];
    assert_eq!(planted.violations(&[], ORDER), expected);
}

#[test]
fn upward_import_is_found_inside_controllers() {
    let planted = crate_of(&[
        ("controllers/api/users.rs", "fn list() { super::super::web::page(); }"),
        ("controllers/web/mod.rs", "use crate::controllers::routing::Route;"),
        ("controllers/routing/mod.rs", ""),
    ]);
    let order: &[&[&str]] = &[&["web", "api"], &["routing"]];
    let expected = ["src/controllers/api/users.rs imports super::super::web::page"];
    assert_eq!(planted.violations(&["controllers"], order), expected);
}

#[test]
fn import_cycle_is_found_through_a_reexport() {
    let planted = crate_of(&[
        ("models/mod.rs", "pub mod documents;\npub mod users;"),
        ("models/users/mod.rs", "mod profile;\npub use self::profile::Profile;"),
        ("models/users/profile.rs", "use crate::models::documents::{self, Document};"),
        ("models/documents.rs", "use super::users::Profile;"),
    ]);
    let expected = [["src/models/documents.rs", "src/models/users/profile.rs"]];
    assert_eq!(planted.cycles(|_| true).into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn mod_lines_own_reexports_entities_comments_and_inline_modules_make_no_cycle() {
    let planted = crate_of(&[
        ("models/mod.rs", "pub mod users;\npub use self::users::Model;"),
        ("models/users.rs", "use super::_entities::users;\n// use crate::models::Model;\nmod tests { use super::*; }"),
        ("models/_entities/users.rs", "use crate::models::users::Model;"),
        ("clock.rs", "const TEXT: &str = \"crate::models\";"),
    ]);
    assert_eq!(planted.cycles(|_| true), BTreeSet::new());
}

#[test]
fn files_start_with_a_doc_comment() {
    for (path, source) in rust_files("src").into_iter().chain(rust_files("crates")) {
        let first = source.lines().next().unwrap_or_default();
        assert!(path.contains("_entities") || first.starts_with("//! "), "{path} starts with {first:?}");
    }
}

#[test]
fn files_have_at_most_300_lines() {
    let files = rust_files("src").into_iter().chain(rust_files("crates"));
    let long: Vec<_> = files.filter(|(_, source)| source.lines().count() > 300).map(|(path, _)| path).collect();
    assert!(long.is_empty(), "{long:?}");
}
