//! Configuration file as a template. Lists the environment variables of the template and renders the template.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use loco_rs::{Error, Result, environment::Environment};
use regex::{Captures, Regex};
use serde::de::IgnoredAny;

/// Matches `<%= get_env(name="X", default="D") | filter %>`, the only placeholder syntax of the configuration files.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"<%= get_env\(name="(?<name>[A-Z0-9_]+)"(?:, default="(?<default>[^"]*)")?\)(?<filters>[^%]*)%>"#).ok()
});

/// Environment variable of a configuration file.
#[derive(Debug, Clone)]
pub struct Variable {
    pub name: String,
    /// Default value, or `None` if the variable is required.
    pub default: Option<String>,
}

/// Configuration file of an environment, before rendering.
pub struct File {
    text: String,
    variables: Vec<Variable>,
}

impl File {
    /// Reads `{folder}/{environment}.yaml`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn read(folder: &str, environment: &Environment) -> Result<Self> {
        let path = Path::new(folder).join(format!("{environment}.yaml"));
        let text = std::fs::read_to_string(&path).map_err(|_| {
            Error::Message(format!(
                "{} cannot be read: start in the folder of the project or set LOCO_CONFIG_FOLDER",
                path.display()
            ))
        })?;
        Ok(Self::parse_text(text))
    }

    /// Parses the text of a configuration file.
    #[must_use]
    pub fn parse_text(text: String) -> Self {
        let found = PLACEHOLDER.iter().flat_map(|regex| regex.captures_iter(&text));
        let variables = found
            .map(|captures| Variable {
                name: captures["name"].to_owned(),
                default: captures.name("default").map(|text| text.as_str().to_owned()),
            })
            .collect();
        Self { text, variables }
    }

    /// Returns the variables in the order of the file.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter()
    }

    /// Renders the file with these values, and with the default values of all other variables. Replaces line breaks in
    /// a value by spaces, so that rendering does not change the line numbers.
    #[must_use]
    pub fn render(&self, values: &BTreeMap<String, String>) -> String {
        let fill = |captures: &Captures<'_>| {
            let value = values.get(&captures["name"]).map(String::as_str);
            let value = value.or_else(|| captures.name("default").map(|text| text.as_str())).unwrap_or_default();
            apply_filters(&value.replace(['\n', '\r'], " "), &captures["filters"])
        };
        PLACEHOLDER.as_ref().map_or_else(|| self.text.clone(), |regex| regex.replace_all(&self.text, fill).into_owned())
    }

    /// Returns the variable whose value caused an error of the rendered file: the variable at the location of the
    /// error, or otherwise the variable in the first line that is not valid YAML.
    #[must_use]
    pub fn variable_of(&self, error: &serde_yaml_ng::Error, rendered: &str) -> Option<String> {
        let at_error = error.location().and_then(|location| {
            let value = self.text.lines().nth(location.line() - 1)?.get(location.column() - 1..)?;
            // Skips spaces and quotation marks, because the location of a quoted value is the quotation mark, and the
            // location of an empty value is the space before the value.
            value.trim_start_matches([' ', '\'']).starts_with("<%=").then_some(value)
        });
        let malformed = |(line, rendered): &(&str, &str)| {
            line.contains("<%=") && serde_yaml_ng::from_str::<IgnoredAny>(rendered).is_err()
        };
        let at_line = || Some(self.text.lines().zip(rendered.lines()).find(malformed)?.0);
        Some(PLACEHOLDER.as_ref()?.captures(at_error.or_else(at_line)?)?["name"].to_owned())
    }
}

fn apply_filters(value: &str, filters: &str) -> String {
    if filters.contains("| lower") {
        value.to_lowercase()
    } else if filters.contains("| replace") {
        value.replace('\'', "''")
    } else {
        value.to_owned()
    }
}
