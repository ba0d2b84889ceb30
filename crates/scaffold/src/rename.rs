//! Renames the application in all files that Git tracks.

use std::{fs, io, path::Path, process::Command};

use crate::{
    Project,
    names::{self, capitalize},
};

/// Minimum length of the name in bytes. The password policy rejects a password that contains the name and little else.
/// A shorter name would be a part of too many passwords.
const MIN_LENGTH: usize = 4;
/// File in which the name is not replaced, because a word of the licence text never means the application.
const SKIPPED_FILE: &str = "LICENSE";
/// Crates of the Rust distribution. `Cargo.lock` does not list these crates.
const RUST_CRATES: [&str; 5] = ["alloc", "core", "proc_macro", "std", "test"];

/// Replaces the application name in the text and the path of every tracked file.
///
/// Replaces the old name only as a whole word: in lower case, capitalized and in upper case. Other crates of the
/// workspace keep their names.
///
/// Requires a working tree without changes, so that Git can show and revert the changes of this function separately.
///
/// # Errors
/// Returns the reason if the name is invalid, the working tree has changes, or a file cannot be written.
pub fn rename(project: &Project<'_>, name: &str) -> Result<(), String> {
    let root = project.root;
    let lock = fs::read_to_string(root.join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let tracked = output(root, "git", &["ls-files"])?;
    validate(name, &lock, &tracked)?;
    if !output(root, "git", &["status", "--porcelain"])?.is_empty() {
        return Err("the working tree has uncommitted changes; commit them first".to_owned());
    }
    for path in tracked.lines().filter(|path| *path != SKIPPED_FILE) {
        rename_file(root, path, project.crate_name, name).map_err(|error| format!("{path}: {error}"))?;
    }
    // Updates `Cargo.lock` and the imports, because both are sorted by name.
    output(root, "cargo", &["update", "--workspace", "--offline"])?;
    output(root, "cargo", &["fmt", "--all"])?;
    Ok(())
}

/// Runs a program and returns its standard output.
fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let failed = |reason: &str| format!("{program} {}: {reason}", arguments.join(" "));
    let output =
        Command::new(program).args(arguments).current_dir(root).output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Checks that the name is unused, and valid for a crate, program, host name, cookie and database.
fn validate(name: &str, lock: &str, tracked: &str) -> Result<(), String> {
    names::validate(name)?;
    // Rejects `_`, because host names, container images and cookies contain the name.
    if name.contains('_') {
        return Err(format!("{name}: the name of an application must be one word without `_`"));
    }
    if name.len() < MIN_LENGTH {
        return Err(format!("{name}: the name of an application must have at least {MIN_LENGTH} characters"));
    }
    let crates = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    if crates.chain(RUST_CRATES).any(|other| other.replace('-', "_") == name) {
        return Err(format!("{name}: is the name of another crate; use another name"));
    }
    let is_in_use = |path: &str| {
        let path = Path::new(path);
        path.iter().any(|part| part == name) || path.file_stem().is_some_and(|stem| stem == name)
    };
    match tracked.lines().find(|path| is_in_use(path)) {
        Some(path) => Err(format!("{name}: is the name of a module or file ({path}); use another name")),
        None => Ok(()),
    }
}

/// Replaces the application name in the text and the path of a file.
fn rename_file(root: &Path, path: &str, from: &str, to: &str) -> io::Result<()> {
    let bytes = fs::read(root.join(path))?;
    // Leaves the content of a binary file unchanged, because binary files do not contain the name.
    if let Ok(text) = String::from_utf8(bytes) {
        let renamed = replace_name(&text, from, to);
        if renamed != text {
            fs::write(root.join(path), renamed)?;
        }
    }
    let renamed = replace_name(path, from, to);
    if renamed == path { Ok(()) } else { fs::rename(root.join(path), root.join(renamed)) }
}

/// Replaces a name in three forms: lower case, capitalized and upper case.
fn replace_name(text: &str, from: &str, to: &str) -> String {
    let text = replace_word(text, from, to);
    let text = replace_word(&text, &capitalize(from), &capitalize(to));
    replace_word(&text, &from.to_uppercase(), &to.to_uppercase())
}

/// Replaces `from` unless it is part of a longer word. `_` separates words.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let is_word_character = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (mut replaced, mut copied) = (String::with_capacity(text.len()), 0);
    for (start, _) in text.match_indices(from) {
        let end = start + from.len();
        if !is_word_character(text[..start].chars().next_back()) && !is_word_character(text[end..].chars().next()) {
            replaced.push_str(&text[copied..start]);
            replaced.push_str(to);
            copied = end;
        }
    }
    replaced + &text[copied..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replace_name_replaces_every_form_when_it_is_a_whole_word() {
        let text = "vessel::app, vessel-cli, vessel_test_1, VESSEL_COMMIT, Vessel: vessels, Vesselry, unvessel";
        let renamed = "acme::app, acme-cli, acme_test_1, ACME_COMMIT, Acme: vessels, Vesselry, unvessel";
        assert_eq!(replace_name(text, "vessel", "acme"), renamed);
        assert_eq!(replace_name("vessel:vessel@vessel/vessel", "vessel", "acme"), "acme:acme@acme/acme");
    }

    #[test]
    fn validate_rejects_a_name_with_a_reason_when_it_is_invalid_or_in_use() {
        let lock =
            "[[package]]\nname = \"axum\"\n\n[[package]]\nname = \"serde\"\n\n[[package]]\nname = \"ring-log\"\n";
        let tracked = "crates/ring-log/src/lib.rs\nsrc/models/documents.rs\nsrc/password/mod.rs\n";
        for (name, reason) in [
            ("Acme", "lowercase"),
            ("acme-books", "lowercase"),
            ("acme_books", "one word"),
            ("1acme", "lowercase"),
            ("", "lowercase"),
            ("loop", "reserved word of Rust"),
            ("abc", "at least"),
            ("anamethatisfartoolongforanything", "at most"),
            ("axum", "crate"),
            ("serde", "crate"),
            ("test", "crate"),
            ("documents", "module"),
            ("password", "module"),
            ("crates", "module"),
        ] {
            let error = validate(name, lock, tracked).expect_err(name);
            assert!(error.contains(reason), "{name:?}: {error}");
        }
        assert_eq!(validate("anothername", lock, tracked), Ok(()));
    }
}
