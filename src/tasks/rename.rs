//! Gives the service another name, in a clone that is to become one's own.

use std::{fs, path::Path, process::Command};

use async_trait::async_trait;
use loco_rs::{
    Error, Result,
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use crate::generator::check_name;

/// Characters of a name at least: a shorter one is no word that a password must not be made of.
const MIN_CHARACTERS: usize = 4;
/// What names nobody's service.
const UNTOUCHED: &str = "LICENSE";
/// Crates that every program has.
const OWN_CRATES: [&str; 5] = ["alloc", "core", "proc_macro", "std", "test"];

/// `name:acme`: the crate, the programs, titles, cookies, metrics, containers and documents are then
/// `acme`, `Acme` and `ACME`. What is not committed is never touched.
pub struct Rename;

#[async_trait]
impl Task for Rename {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "rename".to_owned(),
            detail: "Gives the service another name: name:NAME, in a clone without changes".to_owned(),
        }
    }

    async fn run(&self, _: &AppContext, vars: &Vars) -> Result<()> {
        let name = vars.cli_arg("name").map_err(|_| refused("give the new name as name:NAME"))?;
        rename(env!("CARGO_CRATE_NAME"), name).map_err(|reason| refused(&reason))?;
        tracing::info!("the service is called {name}; next: cargo test, then commit");
        Ok(())
    }
}

fn refused(reason: &str) -> Error {
    Error::string(reason)
}

fn rename(from: &str, to: &str) -> std::result::Result<(), String> {
    check(to)?;
    if !said("git", &["status", "--porcelain"])?.is_empty() {
        return Err("what is not committed could not be told from what the task changes: commit it first".to_owned());
    }
    for path in said("git", &["ls-files"])?.lines().filter(|path| *path != UNTOUCHED) {
        in_file(path, from, to).map_err(|error| format!("{path}: {error}"))?;
    }
    // Both have an order of their own, in which another name has another place.
    said("cargo", &["update", "--workspace", "--offline"])?;
    said("cargo", &["fmt", "--all"])?;
    Ok(())
}

/// What a program says.
fn said(program: &str, arguments: &[&str]) -> std::result::Result<String, String> {
    let failed = |why: &str| format!("{program} {}: {why}", arguments.join(" "));
    let output = Command::new(program).args(arguments).output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Refuses what no crate, program, cookie and database could be called, and what is something else's name here.
fn check(name: &str) -> std::result::Result<(), String> {
    check_name(name)?;
    // Hosts, images and cookies are called by it.
    if name.contains('_') {
        return Err(format!("{name}: a name is one word"));
    }
    if name.len() < MIN_CHARACTERS {
        return Err(format!("{name}: a name has at least {MIN_CHARACTERS} characters"));
    }
    let lock = fs::read_to_string("Cargo.lock").map_err(|error| format!("Cargo.lock: {error}"))?;
    let crates = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    if crates.chain(OWN_CRATES).any(|other| other.replace('-', "_") == name) {
        return Err(format!("{name}: is another crate's name"));
    }
    let is_module = |path: &str| {
        let path = Path::new(path);
        path.iter().any(|part| part == name) || path.file_stem().is_some_and(|stem| stem == name)
    };
    match said("git", &["ls-files"])?.lines().find(|path| is_module(path)) {
        Some(path) => Err(format!("{name}: is a module's name, or a file's: {path}")),
        None => Ok(()),
    }
}

fn in_file(path: &str, from: &str, to: &str) -> std::io::Result<()> {
    let bytes = fs::read(path)?;
    // What is no text holds no name.
    if let Ok(text) = String::from_utf8(bytes) {
        let renamed = in_text(&text, from, to);
        if renamed != text {
            fs::write(path, renamed)?;
        }
    }
    let moved = in_text(path, from, to);
    if moved == path { Ok(()) } else { fs::rename(path, moved) }
}

/// The name in each of its forms, where it is a word.
fn in_text(text: &str, from: &str, to: &str) -> String {
    let text = replaced(text, from, to);
    let text = replaced(&text, &title(from), &title(to));
    replaced(&text, &from.to_uppercase(), &to.to_uppercase())
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    let (mut whole, mut end) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(from) {
        let after = at + from.len();
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if !inside(text[..at].chars().next_back()) && !inside(text[after..].chars().next()) {
            whole.push_str(&text[end..at]);
            whole.push_str(to);
            end = after;
        }
    }
    whole + &text[end..]
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_another_in_each_of_its_forms_and_only_as_a_word() {
        let text = "vessel::app, vessel-cli, vessel_test_1, VESSEL_COMMIT, Vessel: vessels, Vesselry, unvessel";
        let renamed = "acme::app, acme-cli, acme_test_1, ACME_COMMIT, Acme: vessels, Vesselry, unvessel";
        assert_eq!(in_text(text, "vessel", "acme"), renamed);
        assert_eq!(in_text("vessel:vessel@vessel/vessel", "vessel", "acme"), "acme:acme@acme/acme");
    }

    #[test]
    fn what_no_service_can_be_called_is_refused_with_its_reason() {
        for (name, reason) in [
            ("Acme", "small letters"),
            ("acme-books", "small letters"),
            ("acme_books", "one word"),
            ("1acme", "small letters"),
            ("", "small letters"),
            ("loop", "word of Rust"),
            ("abc", "at least"),
            ("anamethatisfartoolongforanything", "at most"),
            ("axum", "crate"),
            ("serde", "crate"),
            ("test", "crate"),
            ("documents", "module"),
            ("password", "module"),
        ] {
            let refusal = check(name).expect_err(name);
            assert!(refusal.contains(reason), "{name:?}: {refusal}");
        }
        assert_eq!(check("anothername"), Ok(()));
    }
}
