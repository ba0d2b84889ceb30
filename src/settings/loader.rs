//! Loads the configuration. If an environment variable is invalid or missing, the error names the variable.
//!
//! Loco's loader creates the configuration. This module first checks the rendered file, because an error of Loco's
//! YAML parser contains a location, but no variable. This module reads the environment only for error messages.

use std::collections::BTreeMap;

use loco_rs::{Error, Result, config::Config, environment::Environment};

use super::{Settings, env_template::File, is_production, unknown_variables};

/// Loco's environment variable for the configuration folder.
const CONFIG_FOLDER: &str = "LOCO_CONFIG_FOLDER";
const LOG_FORMAT: &str = "LOG_FORMAT";

/// Loads the configuration of an environment and validates its settings.
///
/// # Errors
/// Returns one line that names the variable and the fix.
pub fn load(environment: &Environment) -> Result<Config> {
    let set = environment_variables();
    let folder = set.get(CONFIG_FOLDER).map_or("config", String::as_str);
    let file = File::read(folder, environment)?;
    let settings = file.variables().map(|variable| variable.name.as_str());
    unknown_variables::check(settings, &set).map_err(Error::Message)?;
    reject_missing(&file, &set)?;
    let loaded = check_types(&file, &set).and_then(|()| environment.load().map_err(|error| error.to_string()));
    loaded.and_then(|config| validated(config, environment)).map_err(|reason| {
        let line = reason.lines().next().unwrap_or_default();
        let is_named = file.variables().any(|variable| line.contains(&variable.name));
        Error::Message(if is_named { line.to_owned() } else { format!("config/{environment}.yaml: {line}") })
    })
}

/// Returns whether boot errors are logged as JSON. Reads the format from `LOG_FORMAT`, or its default from the
/// configuration file. If no valid format is found, returns the result of [`is_production`].
#[must_use]
pub fn logs_as_json(environment: &Environment) -> bool {
    let set = environment_variables();
    let file = File::read(set.get(CONFIG_FOLDER).map_or("config", String::as_str), environment);
    let given = set.get(LOG_FORMAT).cloned();
    let format = given.or_else(|| {
        let file = file.ok()?;
        file.variables().find(|variable| variable.name == LOG_FORMAT)?.default.clone()
    });
    match format.unwrap_or_default().to_lowercase().as_str() {
        "json" => true,
        "compact" | "pretty" => false,
        _ => is_production(environment),
    }
}

fn validated(config: Config, environment: &Environment) -> std::result::Result<Config, String> {
    Settings::from_config(&config, environment).map(|_| config)
}

#[expect(clippy::disallowed_methods, reason = "names variables in boot errors; no setting is read here")]
fn environment_variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn reject_missing(file: &File, set: &BTreeMap<String, String>) -> Result<()> {
    let absent = |name: &str| set.get(name).is_none_or(|value| value.trim().is_empty());
    let first = file.variables().find(|variable| variable.default.is_none() && absent(&variable.name));
    first.map_or(Ok(()), |variable| {
        Err(Error::Message(format!("{} is not set: set it to a value (see .env.production.example)", variable.name)))
    })
}

/// Configuration file, reduced to the `settings` block. This block contains the settings of this application.
#[derive(serde::Deserialize)]
struct OwnBlock {
    #[serde(rename = "settings")]
    _settings: Settings,
}

/// Checks that the rendered file has all keys, no unknown key and values of the right types.
fn check_types(file: &File, set: &BTreeMap<String, String>) -> std::result::Result<(), String> {
    let text = file.render(set);
    let named = |error: serde_yaml_ng::Error| match file.variable_of(&error, &text) {
        Some(name) => format!("{name}: {error}"),
        None => error.to_string(),
    };
    let mut unknown = None;
    let yaml = serde_yaml_ng::Deserializer::from_str(&text);
    let _: Config = serde_ignored::deserialize(yaml, |key| {
        unknown.get_or_insert(key.to_string());
    })
    .map_err(named)?;
    let _: OwnBlock = serde_yaml_ng::from_str(&text).map_err(named)?;
    unknown.map_or(Ok(()), |key| Err(format!("{key} is not a setting of this version: correct its name or remove it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the error of the production configuration with these variables.
    fn error(variables: &[(&str, &str)]) -> String {
        let required = [("HOST", "https://example.org"), ("JWT_SECRET", "a\nb"), ("DATABASE_URL", "sqlite://a")];
        let set = required.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let file = File::read("config", &Environment::Production).unwrap();
        check_types(&file, &set.collect()).unwrap_err()
    }

    #[test]
    fn error_names_the_variable_of_a_value_with_the_wrong_type() {
        for (name, value) in [
            ("PORT", "abc"),
            ("REQUEST_TIMEOUT_SECONDS", ""),
            ("LOG_FORMAT", "xml"),
            ("DATABASE_MAX_CONNECTIONS", "1e2"),
            ("MAILER_TLS", "paper"),
            ("DOCS_ENABLED", "maybe"),
            ("RATE_LIMIT_STORE", "paper"),
            ("RATE_LIMIT_LOGIN_REQUESTS", "99999999999999999999"),
            ("RATE_LIMIT_LOGIN_REQUESTS", ""),
            ("QUEUE", "paper"),
        ] {
            // `ALLOW_DOCS` is also invalid, but in a later line. The error must name the first invalid variable.
            let error = error(&[("ALLOW_DOCS", "maybe"), (name, value)]);
            assert!(error.starts_with(&format!("{name}: ")), "{name}={value}: {error}");
        }
    }

    #[test]
    fn error_names_the_variable_of_a_value_that_is_not_yaml() {
        for (name, value) in [("PORT", "["), ("PORT", "a: b"), ("DATABASE_LOGGING", "{"), ("LOG_LEVEL", "a'b")] {
            let error = error(&[(name, value)]);
            assert!(error.starts_with(&format!("{name}: ")), "{name}={value}: {error}");
        }
    }
}
