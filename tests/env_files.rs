//! Tests that the configuration, the `.env` files and the compose files have equal variables and defaults.

use std::{collections::BTreeMap, fs};

use ballast::settings::env_template::File;
use regex::Regex;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Returns every variable of a configuration file, with its default or `None`.
fn configured(environment: &str) -> BTreeMap<String, Option<String>> {
    let file = File::parse_text(read(&format!("config/{environment}.yaml")));
    let variables: BTreeMap<_, _> =
        file.variables().map(|variable| (variable.name.clone(), variable.default.clone())).collect();
    assert!(variables.len() > 30, "only {} variables were found", variables.len());
    variables
}

/// Returns every variable of a `.env` file, including variables that are commented out.
fn listed(path: &str) -> BTreeMap<String, String> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    read(path)
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_once('='))
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn environments_use_the_same_variables() {
    let names = |environment| configured(environment).into_keys().collect::<Vec<_>>();
    assert_eq!(names("development"), names("test"));
    assert_eq!(names("development"), names("production"));
}

#[test]
fn env_example_lists_every_variable_with_its_default() {
    let expected: BTreeMap<_, _> =
        configured("development").into_iter().map(|(name, default)| (name, default.unwrap())).collect();
    assert_eq!(listed(".env.example"), expected);
}

/// Returns every variable that the compose files read, with its default in the compose files.
fn composed() -> BTreeMap<String, String> {
    let text = read("docker-compose.yml") + &read("docker-compose.tls.yml");
    let defaulted = Regex::new(r"\$\{([A-Z_]+)(?::?-([^${}]*)\}|:?[-?])").unwrap();
    let passed = Regex::new(r"(?m)^ +([A-Z_]+):$").unwrap();
    let defaulted = defaulted.captures_iter(&text).map(|found| (found[1].to_owned(), found.get(2)));
    let passed = passed.captures_iter(&text).map(|found| (found[1].to_owned(), None));
    passed.chain(defaulted).map(|(name, default)| (name, default.map_or("", |text| text.as_str()).to_owned())).collect()
}

#[test]
fn production_env_example_lists_every_variable_and_leaves_required_ones_empty() {
    let settings: BTreeMap<_, _> =
        configured("production").into_iter().map(|(name, default)| (name, default.unwrap_or_default())).collect();
    let mut expected = composed();
    assert!(expected.contains_key("HTTP_PORT") && expected.contains_key("EDGE_RATE"), "{expected:?}");
    expected.extend(settings);
    expected.insert("LOCO_ENV".to_owned(), "production".to_owned());
    assert_eq!(listed(".env.production.example"), expected);
}

#[test]
fn compose_file_passes_every_setting_to_the_app() {
    // Variables that users of the compose file cannot set, because other services in the file depend on their values.
    let fixed = ["BEHIND_PROXY", "BINDING", "DATABASE_URL", "METRICS_BINDING", "METRICS_ENABLED", "PORT", "QUEUE"]
        .into_iter()
        .chain(["REDIS_URL", "TRUSTED_PROXIES"]);
    let mut settings: Vec<_> = configured("production").into_keys().collect();
    settings.retain(|name| !composed().contains_key(name));
    assert_eq!(settings, fixed.collect::<Vec<_>>());
}

#[test]
fn production_has_no_default_for_secrets_and_addresses() {
    let required: Vec<_> =
        configured("production").into_iter().filter(|(_, default)| default.is_none()).map(|(name, _)| name).collect();
    assert_eq!(required, ["DATABASE_URL", "HOST", "JWT_SECRET"]);
}

#[test]
fn settings_are_documented_above_their_line() {
    for environment in ["development", "test", "production"] {
        let text = read(&format!("config/{environment}.yaml"));
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("get_env")) {
            // Skips `requests:` lines, because the two numbers of a policy share the comment above the policy name.
            let above = lines[..number]
                .iter()
                .rev()
                .find(|line| !line.trim_end().ends_with(':') && !line.contains("requests:"));
            assert!(above.is_some_and(|above| above.trim_start().starts_with('#')), "{environment}.yaml: {line}");
        }
    }
}

#[test]
fn account_limits_are_equal_for_trusted_and_untrusted_clients() {
    for environment in ["development", "test", "production"] {
        let text = read(&format!("config/{environment}.yaml"));
        let numbers = |policy: &str| {
            let block = text.split_once(&format!("\n    {policy}:\n")).unwrap().1;
            block.lines().take(2).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(numbers("login_pair"), numbers("login_account"), "{environment}");
        assert!(numbers("login_pair")[0].contains("RATE_LIMIT_LOGIN_ACCOUNT_REQUESTS"), "{environment}");
    }
}
