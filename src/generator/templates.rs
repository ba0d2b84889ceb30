//! The templates, and where what they write goes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rrgen::RRgen;
use serde_json::Value;

use super::{field::Field, names::Names};

const FOLDER: &str = ".loco-templates";

/// Refuses, before anything is written, what would be written over, and what is referred to and is not there.
///
/// # Errors
/// Which.
pub fn check(names: &Names, fields: &[Field], scaffold: bool) -> Result<(), String> {
    let table = &names.plural;
    let folders = ["src/models", "src/models/_entities", "src/views", "src/controllers", "tests/requests"];
    let taken = folders.iter().flat_map(|folder| [format!("{folder}/{table}.rs"), format!("{folder}/{table}")]);
    if let Some(path) = taken.into_iter().find(|path| Path::new(path).exists()) {
        return Err(format!("{path} is there already; nothing was written"));
    }
    for target in fields.iter().filter_map(|field| field.target.as_deref()) {
        let model = ["src/models/{}.rs", "src/models/{}/mod.rs"].map(|path| path.replace("{}", target));
        if !has(&model, "user: &users::Model, pid: Uuid") {
            return Err(format!("{target}: no src/models/{target}.rs has a `find_for` that takes its owner"));
        }
        let tests = [format!("tests/requests/{target}/mod.rs")];
        if scaffold && !has(&tests, "pub async fn some(") {
            return Err(format!("{target}: no tests/requests/{target}/mod.rs has a `some` that makes one"));
        }
    }
    Ok(())
}

fn has(paths: &[String], text: &str) -> bool {
    paths.iter().any(|path| fs::read_to_string(path).is_ok_and(|source| source.contains(text)))
}

/// Renders every template of a folder and of those in it.
///
/// # Errors
/// Which template cannot be read or rendered, or where a line is missing that it writes beside.
pub fn render(folder: &str, context: &Value) -> Result<(), String> {
    let generator = RRgen::default();
    for path in files(&Path::new(FOLDER).join(folder))? {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let template = fs::read_to_string(&path).map_err(|error| failed(&error))?;
        generator.generate(&template, context).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            found.append(&mut files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "t") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Brings what was written into the one form.
///
/// # Errors
/// When it is no Rust.
pub fn format() -> Result<(), String> {
    let formatted = Command::new("cargo").args(["fmt", "--all"]).status();
    match formatted {
        Ok(status) if status.success() => Ok(()),
        Ok(_) | Err(_) => Err("what was written could not be formatted: see what `cargo fmt` says".to_owned()),
    }
}
