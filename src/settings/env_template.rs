//! The variables that a configuration file names, and the file with other values in their places.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use loco_rs::{Error, Result, config::Config, environment::Environment};
use regex::{Captures, Regex};

/// `<%= get_env(name="X", default="D") | filter %>`, the only form that the files use.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"<%= get_env\(name="(?<name>[A-Z0-9_]+)"(?:, default="(?<default>[^"]*)")?\)(?<filters>[^%]*)%>"#).ok()
});

/// A variable as a file names it.
#[derive(Debug, Clone)]
pub struct Variable {
    pub name: String,
    /// `None` where the environment must give the value.
    pub default: Option<String>,
}

/// One environment's configuration file, unrendered.
pub struct File {
    text: String,
    variables: Vec<Variable>,
}

impl File {
    /// Reads `{folder}/{environment}.yaml`.
    pub fn read(folder: &str, environment: &Environment) -> Result<Self> {
        let path = Path::new(folder).join(format!("{environment}.yaml"));
        let text = std::fs::read_to_string(&path).map_err(|_| {
            Error::Message(format!(
                "{} cannot be read: start in the project's folder or set LOCO_CONFIG_FOLDER",
                path.display()
            ))
        })?;
        Ok(Self::parse_text(text))
    }

    /// The variables of a file's text, in its order.
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

    /// Every variable, in the file's order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter()
    }

    /// The configuration with these values, and the defaults where they say nothing.
    pub fn with(&self, values: &BTreeMap<String, String>) -> std::result::Result<Config, String> {
        let fill = |captures: &Captures<'_>| {
            let given = values.get(&captures["name"]).map(String::as_str);
            let value = given.or_else(|| captures.name("default").map(|text| text.as_str())).unwrap_or_default();
            filtered(value, &captures["filters"])
        };
        let text = PLACEHOLDER
            .as_ref()
            .map_or_else(|| self.text.clone(), |regex| regex.replace_all(&self.text, fill).into_owned());
        let mut stray = None;
        let yaml = serde_yaml_ng::Deserializer::from_str(&text);
        let config = serde_ignored::deserialize(yaml, |key| {
            stray.get_or_insert(key.to_string());
        })
        .map_err(|error| error.to_string())?;
        stray.map_or(Ok(config), |key| {
            Err(format!("{key} is no setting of this version: correct its name or remove it"))
        })
    }
}

fn filtered(value: &str, filters: &str) -> String {
    if filters.contains("| lower") {
        value.to_lowercase()
    } else if filters.contains("| replace") {
        value.replace('\'', "''")
    } else {
        value.to_owned()
    }
}
