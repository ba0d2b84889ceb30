//! Finds misspelled environment variables, because the server would otherwise silently use the default of the setting.

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use super::{foreign_variables::is_foreign, secret_files::SECRETS};

/// Variables of Loco, which no configuration file contains.
const LOCO: [&str; 4] = ["LOCO_ENV", "LOCO_CONFIG_FOLDER", "LOCO_DATA", "LOCO_POSTGRES_DB_OPTIONS"];

/// Checks that no variable in `set` is a misspelled setting. `settings` are the variables of the configuration file.
///
/// # Errors
/// Returns one line that names the first misspelled variable and the most similar setting.
pub(super) fn check<'a>(settings: impl Iterator<Item = &'a str>, set: &BTreeMap<String, String>) -> Result<(), String> {
    let known: BTreeSet<&str> = settings.chain(LOCO).collect();
    set.keys().find(|name| is_misspelled(name, &known)).map_or(Ok(()), |name| {
        let example = similar(name, &known).map(|name| format!(", for example to {name},")).unwrap_or_default();
        Err(format!(
            "{name} is not a setting of this version: correct its name{example} or remove it (see .env.example)"
        ))
    })
}

/// Returns whether a name belongs to no setting and to no other program, but begins with the first word of a setting or
/// is similar to a setting.
fn is_misspelled(name: &str, known: &BTreeSet<&str>) -> bool {
    let is_secret_file = name.strip_suffix("_FILE").is_some_and(|secret| SECRETS.contains(&secret));
    let has_first_word = |word: &str| known.iter().any(|known| first_word(known) == Some(word));
    !known.contains(name)
        && !is_secret_file
        && !is_foreign(name)
        && (first_word(name).is_some_and(has_first_word) || similar(name, known).is_some())
}

fn first_word(name: &str) -> Option<&str> {
    name.split_once('_').map(|(word, _)| word)
}

/// Returns the most similar setting, or `None` if every setting differs too much. A name of fewer than 8 bytes may
/// differ by one typing error, because `HOME` and `HOST` differ by two. A longer name may differ by two. A typing error
/// is a missing, extra, wrong or transposed character.
fn similar<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let errors = if name.len() < 8 { 1 } else { 2 };
    let distances = known.iter().map(|known| (osa_distance(name, known), *known));
    distances.filter(|(distance, _)| *distance <= errors).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::settings::env_template::File;

    /// Checks one variable against the settings of production.
    fn result(name: &str) -> Result<(), String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/production.yaml");
        let file = File::parse_text(fs::read_to_string(path).unwrap());
        let set = BTreeMap::from([(name.to_owned(), String::new())]);
        check(file.variables().map(|variable| variable.name.as_str()), &set)
    }

    #[test]
    fn check_rejects_misspelled_variables_of_every_family() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/production.yaml");
        let file = File::parse_text(fs::read_to_string(path).unwrap());
        for variable in file.variables() {
            let misspelled = format!("{}S", variable.name);
            let error = result(&misspelled).expect_err(&misspelled);
            assert!(error.starts_with(&misspelled) && error.contains("correct its name"), "{error}");
        }
        for misspelled in [
            "SESSION_IDLE_HOURS",
            "SESION_IDLE_DAYS",
            "STORAGE_URI",
            "DATABASE_MAX_CONECTIONS",
            "DATABSE_URL",
            "PASSWORD_MINIMUM",
            "REQUEST_TIMEOUT",
            "BEHIND_PROXIES",
            "TRUSTED_PROXY",
            "REPLICA",
            "ALLOW_HTTP",
            "ALLOW_DOCS_ENABLED",
            "AWS_REGOIN",
            "AWS_SECRET_KEY",
            "AWS_ENDPOINT",
            "OTEL_ENDPOINT",
            "OTEL_EXPORTER_OTLP_HEADER",
            "HOSTS",
            "LOCO_ENVIRONMENT",
            "REDIS_URI",
            "MAX_BODY_BYTES",
            "LOG_FROMAT",
            "RATE_LIMIT_LOGN_REQUESTS",
        ] {
            assert!(result(misspelled).is_err(), "{misspelled}");
        }
    }

    #[test]
    fn error_contains_the_most_similar_setting() {
        assert!(result("DATABSE_URL").unwrap_err().contains("for example to DATABASE_URL"));
        assert!(!result("MAX_BODY_BYTES").unwrap_err().contains("for example"));
    }

    #[test]
    fn check_accepts_variables_of_orchestrators_sdks_and_shells() {
        let environment = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.production.example")).unwrap();
        let compose = environment.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
        let compose: Vec<&str> = compose.map(|(name, _)| name).filter(|name| !name.contains(' ')).collect();
        assert!(compose.contains(&"REDIS_PASSWORD") && compose.contains(&"HTTP_PORT"), "{compose:?}");
        let others = [
            "REDIS_SERVICE_HOST",
            "REDIS_SERVICE_PORT",
            "DATABASE_SERVICE_PORT_HTTP",
            "QUEUE_PORT",
            "STORAGE_PORT_6379_TCP",
            "STORAGE_PORT_6379_TCP_ADDR",
            "KUBERNETES_SERVICE_HOST",
            "AWS_PROFILE",
            "AWS_DEFAULT_REGION",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_ENDPOINT_URL_S3",
            "AWS_SECRET_ACCESS_KEY_FILE",
            "OTEL_SERVICE_NAME",
            "OTEL_RESOURCE_ATTRIBUTES",
            "OTEL_TRACES_SAMPLER_ARG",
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "HOME",
            "HOSTNAME",
            "PATH",
            "MAIL",
            "SESSION_MANAGER",
            "LOCO_ENV",
            "JWT_SECRET_FILE",
            "TEST_REDIS_URL",
            "NODE_ENV",
        ];
        for name in compose.into_iter().chain(others) {
            assert_eq!(result(name), Ok(()), "{name}");
        }
    }
}
