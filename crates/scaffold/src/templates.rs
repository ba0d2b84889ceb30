//! Checks the preconditions of the templates, renders the templates, and formats the rendered files.

use std::{
    fmt::Display,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rrgen::RRgen;
use serde_json::Value;

use crate::{field::Field, names::Names};

const TEMPLATES: &str = ".loco-templates";
/// Parameters of the function `find_for` in the model of a referenced resource.
const FIND_FOR_PARAMETERS: &str = "user: &users::Model, pid: Uuid";
/// Start of the function `some` in the tests of a referenced resource. The function returns the JSON of a row that
/// the given user owns.
const TEST_ROW_FUNCTION: &str = "pub async fn some(";

/// Rejects a resource if the generator would overwrite files, or if a referenced model has no suitable `find_for`.
///
/// For a scaffold, the tests of each referenced resource must contain the function `some`. Writes no files.
///
/// # Errors
/// Returns the reason for the rejection.
pub fn check(root: &Path, names: &Names, fields: &[Field], scaffold: bool) -> Result<(), String> {
    let table = &names.plural;
    let folders = ["src/models", "src/models/_entities", "src/views", "src/controllers/api", "tests/requests"];
    let paths = folders.iter().flat_map(|folder| [format!("{folder}/{table}.rs"), format!("{folder}/{table}")]);
    if let Some(path) = paths.into_iter().find(|path| root.join(path).exists()) {
        return Err(format!("{path} exists already; nothing was written"));
    }
    for target in fields.iter().filter_map(|field| field.target.as_deref()) {
        let models = [format!("src/models/{target}.rs"), format!("src/models/{target}/mod.rs")];
        if !any_contains(root, &models, FIND_FOR_PARAMETERS) {
            return Err(format!("{target}: src/models/{target}.rs must contain a `find_for` that takes the owner"));
        }
        let tests = [format!("tests/requests/{target}/mod.rs")];
        if scaffold && !any_contains(root, &tests, TEST_ROW_FUNCTION) {
            return Err(format!("{target}: tests/requests/{target}/mod.rs must contain a function `some`"));
        }
    }
    Ok(())
}

fn any_contains(root: &Path, paths: &[String], text: &str) -> bool {
    paths.iter().any(|path| fs::read_to_string(root.join(path)).is_ok_and(|source| source.contains(text)))
}

/// Renders all templates in a folder and its subfolders.
///
/// # Errors
/// Returns the path and the reason if a template cannot be read, rendered or injected.
pub fn render(root: &Path, folder: &str, context: &Value) -> Result<(), String> {
    let generator = RRgen::with_working_dir(root);
    for path in template_files(&root.join(TEMPLATES).join(folder))? {
        let failed = |error: &dyn Display| format!("{}: {error}", path.display());
        let template = fs::read_to_string(&path).map_err(|error| failed(&error))?;
        generator.generate(&template, context).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn template_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            files.append(&mut template_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "t") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Formats the workspace with `cargo fmt`.
///
/// # Errors
/// Returns an error if `cargo fmt` fails, usually because a source file is not valid Rust.
pub fn format(root: &Path) -> Result<(), String> {
    let status = Command::new("cargo").args(["fmt", "--all"]).current_dir(root).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) | Err(_) => Err("`cargo fmt` failed: the generated files are not formatted".to_owned()),
    }
}
