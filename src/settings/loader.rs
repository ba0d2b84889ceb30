//! Loads the configuration; where that fails, finds the variable behind it.
//!
//! YAML and its types know nothing of variables, so an error of theirs names a value, not its
//! source. The source is found by trial: the variable whose default changes the answer is the one
//! to name. Only here, and only for the message, is the environment read beside the configuration.

use std::collections::BTreeMap;

use loco_rs::{Error, Result, config::Config, environment::Environment};

use super::{Settings, env_template::File};

/// Loco's own variable for the folder of the configuration.
const CONFIG_FOLDER: &str = "LOCO_CONFIG_FOLDER";
const LOG_FORMAT: &str = "LOG_FORMAT";
/// Prefixes that belong to this project: a variable that bears one and feeds nothing is a typing error.
const OWN_PREFIXES: [&str; 11] = [
    "RATE_LIMIT_",
    "TYPESET_",
    "UPLOAD_",
    "PASSWORD_HASHING_",
    "DOCS_",
    "JWT_",
    "QUEUE_",
    "SHUTDOWN_",
    "TRUSTED_PROX",
    "METRICS_",
    "MAILER_",
];

/// The configuration of this environment with its checked settings.
///
/// # Errors
/// One line that names the variable and the fix.
pub fn load(environment: &Environment) -> Result<Config> {
    let set = environment_variables();
    let folder = set.get(CONFIG_FOLDER).map_or("config", String::as_str);
    let file = File::read(folder, environment)?;
    unknown(&file, &set)?;
    missing(&file, &set)?;
    let loaded = file.with(&set).and_then(|_| environment.load().map_err(|error| error.to_string()));
    loaded.and_then(|config| checked(config, environment)).map_err(|reason| {
        let line = reason.lines().next().unwrap_or_default();
        Error::Message(explain(&file, &set, environment, line))
    })
}

/// Whether what stops the boot is to be said in JSON, as the log would have been: where no log format can be
/// read, in production.
#[must_use]
pub fn wants_json(environment: &Environment) -> bool {
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
        _ => matches!(environment, Environment::Production),
    }
}

fn checked(config: Config, environment: &Environment) -> std::result::Result<Config, String> {
    Settings::from_config(&config, environment).map(|_| config)
}

#[expect(clippy::disallowed_methods, reason = "names the variable that stops the boot; no setting is read here")]
fn environment_variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn unknown(file: &File, set: &BTreeMap<String, String>) -> Result<()> {
    let known = |name: &str| file.variables().any(|variable| variable.name == name);
    let stray = set.keys().find(|name| OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !known(name));
    stray.map_or(Ok(()), |name| {
        Err(Error::Message(format!(
            "{name} is no setting of this version: correct its name or remove it (see .env.example)"
        )))
    })
}

fn missing(file: &File, set: &BTreeMap<String, String>) -> Result<()> {
    let absent = |name: &str| set.get(name).is_none_or(|value| value.trim().is_empty());
    let first = file.variables().find(|variable| variable.default.is_none() && absent(&variable.name));
    first.map_or(Ok(()), |variable| {
        Err(Error::Message(format!("{} is not set: give it a value (see .env.production.example)", variable.name)))
    })
}

/// Names the variable whose default changes the answer; the reason itself where it names one.
fn explain(file: &File, set: &BTreeMap<String, String>, environment: &Environment, reason: &str) -> String {
    let answer =
        |values: &BTreeMap<String, String>| file.with(values).and_then(|config| checked(config, environment)).err();
    if file.variables().any(|variable| reason.contains(&variable.name)) {
        return reason.to_owned();
    }
    if is_of_the_file(reason) {
        return format!("config/{environment}.yaml: {reason}");
    }
    let before = answer(set);
    let given: Vec<_> = file.variables().filter(|variable| set.contains_key(&variable.name)).collect();
    let alone = given.iter().find(|variable| {
        let mut values = set.clone();
        values.remove(&variable.name);
        answer(&values) != before
    });
    // Of several that are wrong alike, none changes the answer alone: then the first that is wrong by itself.
    let culprit =
        alone.or_else(|| given.iter().find(|variable| answer(&required_and(file, set, &variable.name)).is_some()));
    culprit.map_or_else(
        || format!("config/{environment}.yaml: {reason}"),
        |variable| format!("{}: {reason}", variable.name),
    )
}

/// Whether no variable can have caused this: a key that nothing knows or that lacks, or one by its path.
fn is_of_the_file(reason: &str) -> bool {
    let first = reason.split(' ').next().unwrap_or_default();
    (first.contains('.') && !first.ends_with(':'))
        || reason.contains("unknown field")
        || reason.contains("missing field")
}

/// What must be given, and this one variable; everything else at its default.
fn required_and(file: &File, set: &BTreeMap<String, String>, name: &str) -> BTreeMap<String, String> {
    let required = file.variables().filter(|variable| variable.default.is_none() || variable.name == name);
    required.filter_map(|variable| Some((variable.name.clone(), set.get(&variable.name)?.clone()))).collect()
}
