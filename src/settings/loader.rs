//! Loads the configuration. The error of a failure names the environment variable that caused the failure.
//!
//! Errors of the YAML parser contain a value, but not the variable of the value. The variable is found by trial:
//! without this variable, the error changes. This module reads the environment only for error messages.

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
    let loaded = file.with(&set).and_then(|_| environment.load().map_err(|error| error.to_string()));
    loaded.and_then(|config| validated(config, environment)).map_err(|reason| {
        let line = reason.lines().next().unwrap_or_default();
        Error::Message(attribute_error(&file, &set, environment, line))
    })
}

/// Returns whether boot errors are logged as JSON. `LOG_FORMAT` or its default defines the format. If the format is
/// invalid or unreadable, returns `is_production`.
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

/// Returns the error message with the name of the variable that caused the error. The error changes if this variable is
/// not set. Returns `reason` unchanged if `reason` already contains a variable.
fn attribute_error(file: &File, set: &BTreeMap<String, String>, environment: &Environment, reason: &str) -> String {
    let error =
        |values: &BTreeMap<String, String>| file.with(values).and_then(|config| validated(config, environment)).err();
    if file.variables().any(|variable| reason.contains(&variable.name)) {
        return reason.to_owned();
    }
    if is_file_error(reason) {
        return format!("config/{environment}.yaml: {reason}");
    }
    let original = error(set);
    let given: Vec<_> = file.variables().filter(|variable| set.contains_key(&variable.name)).collect();
    let single = given.iter().find(|variable| {
        let mut values = set.clone();
        values.remove(&variable.name);
        error(&values) != original
    });
    // If several variables are invalid, removing one variable may not change the error. The loader then tests one
    // variable at a time while all other variables have their defaults, and names the first invalid variable.
    let invalid =
        single.or_else(|| given.iter().find(|variable| error(&required_and(file, set, &variable.name)).is_some()));
    invalid.map_or_else(
        || format!("config/{environment}.yaml: {reason}"),
        |variable| format!("{}: {reason}", variable.name),
    )
}

/// Returns whether the configuration file caused the error. Such an error contains an unknown or missing key, or the
/// path of a key.
fn is_file_error(reason: &str) -> bool {
    let first = reason.split(' ').next().unwrap_or_default();
    (first.contains('.') && !first.ends_with(':'))
        || reason.contains("unknown field")
        || reason.contains("missing field")
}

/// Returns the values of the required variables and of one other variable.
fn required_and(file: &File, set: &BTreeMap<String, String>, name: &str) -> BTreeMap<String, String> {
    let required = file.variables().filter(|variable| variable.default.is_none() || variable.name == name);
    required.filter_map(|variable| Some((variable.name.clone(), set.get(&variable.name)?.clone()))).collect()
}
