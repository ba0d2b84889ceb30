//! Resource generator for a Loco application, and a command that renames the application.
//!
//! The generator implements `cargo loco generate model` and `cargo loco generate scaffold`.
//!
//! Loco's own generator renders only four templates for these commands, and generates entities from a
//! database. This crate renders all templates in `.loco-templates/{model,summary,scaffold}` without a
//! database. The column types are the types of Loco.

mod column_types;
mod context;
mod field;
mod loco_commands;
mod names;
mod rename;
mod templates;
mod test_bodies;
mod test_values;

use std::path::Path;

use chrono::{DateTime, Utc};
use loco_gen::column::columns_from_fields;
use serde_json::Value;

pub use rename::rename;

use field::Field;
use names::Names;

/// Application whose source code the commands change.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// Folder that contains the application's `Cargo.toml`, `Cargo.lock` and `.loco-templates`.
    pub root: &'a Path,
    /// Name of the application crate in Rust paths.
    pub crate_name: &'a str,
}

/// Resource that the command line describes.
struct ResourceRequest {
    scaffold: bool,
    name: String,
    /// Names and column types of the fields.
    fields: Vec<(String, String)>,
}

const NEXT_STEPS: &str = "next: cargo loco db migrate, then cargo test";

/// Generates a model or a scaffold. Returns the next steps for the developer.
///
/// Returns `None` for any other command, for a help option, and without a resource name. The caller then passes the
/// command to Loco. Before returning `None` for another `generate` command, checks the names in the arguments, because
/// Loco checks no names.
///
/// `arguments` must not contain the program name.
///
/// # Errors
/// Returns the reason why the code cannot be generated.
pub fn run(arguments: &[String], project: &Project<'_>, now: DateTime<Utc>) -> Result<Option<&'static str>, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["generate" | "g", command, rest @ ..] = without_environment(&words) else { return Ok(None) };
    // Leaves the help to Loco, because Loco's help lists the column types.
    if rest.iter().any(|word| ["-h", "--help"].contains(word)) {
        return Ok(None);
    }
    if !["model", "scaffold"].contains(command) {
        return loco_commands::check(project.root, command, rest).map(|()| None);
    }
    if rest.is_empty() {
        return Ok(None);
    }
    ResourceRequest::parse(*command == "scaffold", rest)?.generate(project, now)?;
    Ok(Some(NEXT_STEPS))
}

/// Removes the option `-e` or `--environment` from the start of a command line.
fn without_environment<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    match words {
        ["-e" | "--environment", _, rest @ ..] => rest,
        [option, rest @ ..] if option.starts_with("-e") || option.starts_with("--environment=") => rest,
        _ => words,
    }
}

/// Formats the workspace if `arguments` contain a `generate` command.
///
/// Loco's generators insert lines with the application name. Only `cargo fmt` moves these lines to their
/// sorted position.
///
/// # Errors
/// Returns an error if `cargo fmt` fails.
pub fn format_after_generate(arguments: &[String], root: &Path) -> Result<(), String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let generates = matches!(without_environment(&words), ["generate" | "g", ..]);
    if generates { templates::format(root) } else { Ok(()) }
}

impl ResourceRequest {
    fn parse(scaffold: bool, words: &[&str]) -> Result<Self, String> {
        if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
            return Err(format!("{option}: options are not supported; every resource has an owner and timestamps"));
        }
        let (name, fields) = words.split_first().ok_or("a resource needs a name")?;
        let fields = fields.iter().map(|word| {
            let (name, column_type) =
                word.split_once(':').ok_or_else(|| format!("{word}: a field must have the form name:type"))?;
            Ok((name.to_owned(), column_type.to_owned()))
        });
        Ok(Self { scaffold, name: (*name).to_owned(), fields: fields.collect::<Result<_, String>>()? })
    }

    /// Validates the request, and returns the template variables. Writes no files.
    fn prepare(&self, project: &Project<'_>, now: DateTime<Utc>) -> Result<Value, String> {
        let names = Names::parse(&self.name)?;
        let fields = self.parse_fields(&names)?;
        templates::check(project.root, &names, &fields, self.scaffold)?;
        Ok(context::template_variables(&names, &fields, project.crate_name, now))
    }

    fn parse_fields(&self, names: &Names) -> Result<Vec<Field>, String> {
        if self.fields.is_empty() {
            return Err("a resource needs a field: name:type".to_owned());
        }
        // Rejects the names of generated columns first, because `columns_from_fields` ignores some of these names
        // instead of rejecting the names.
        names::validate_fields(&self.fields)?;
        let columns = columns_from_fields(&self.fields).map_err(|error| error.to_string())?;
        columns.iter().map(|column| Field::from_column(column, names)).collect()
    }

    fn generate(&self, project: &Project<'_>, now: DateTime<Utc>) -> Result<(), String> {
        let context = self.prepare(project, now)?;
        templates::render(project.root, "model", &context)?;
        if context["large_fields"].as_array().is_some_and(|fields| !fields.is_empty()) {
            templates::render(project.root, "summary", &context)?;
        }
        if self.scaffold {
            templates::render(project.root, "scaffold", &context)?;
        }
        templates::format(project.root)
    }
}

#[cfg(test)]
mod tests;
