//! Tests of the script in `docker-compose.yml` that generates the secrets.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use percent_encoding::percent_decode_str;
use serde_yaml_ng::Value;
use url::Url;

/// Password with characters that have a meaning in URLs, in `redis.conf` and in shells.
const SPECIAL: &str = r#"p@ss:w/rd?#1% \"'$HOME`&;=é "#;

/// Runs the script with these variables. The folder replaces the volumes.
fn run(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docker-compose.yml")).unwrap();
    let compose: Value = serde_yaml_ng::from_str(&text).unwrap();
    let script = compose["services"]["secrets"]["command"][2].as_str().unwrap().replace("$$", "$");
    assert!(script.contains("cd /secrets\n"), "{script}");
    for volume in ["app", "postgres", "redis"] {
        fs::create_dir_all(folder.join(volume)).unwrap();
    }
    let script = script.replace("/secrets\n", &format!("{}\n", folder.display()));
    Command::new("sh").args(["-euc", &script]).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap().trim_end_matches('\n').to_owned()
}

/// Returns the password of a URL.
fn url_password(folder: &Path, file: &str) -> String {
    let url = Url::parse(&read(folder, file)).unwrap();
    percent_decode_str(url.password().unwrap()).decode_utf8().unwrap().into_owned()
}

/// Returns the password in `redis.conf`, which contains each byte as `\x` and two hexadecimal digits.
fn redis_password(folder: &Path) -> String {
    let line = read(folder, "redis/redis.conf");
    let quoted = line.strip_prefix("requirepass \"\\x").and_then(|rest| rest.strip_suffix('"')).unwrap();
    let bytes = quoted.split("\\x").map(|digits| u8::from_str_radix(digits, 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

#[test]
fn script_encodes_passwords_for_urls_and_redis() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let output = run(folder, &[("POSTGRES_PASSWORD", SPECIAL), ("REDIS_PASSWORD", SPECIAL), ("PATH", "/usr/bin:/bin")]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(read(folder, "postgres/password"), SPECIAL);
    assert_eq!(read(folder, "redis/password"), SPECIAL);
    assert_eq!(url_password(folder, "app/database_url"), SPECIAL);
    assert_eq!(url_password(folder, "app/redis_url"), SPECIAL);
    assert_eq!(redis_password(folder), SPECIAL);
}

#[test]
fn script_generates_passwords_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(run(folder, &[("PATH", "/usr/bin:/bin")]).status.success());
    let generated = ["postgres/password", "redis/password", "app/jwt_secret"].map(|file| read(folder, file));
    assert_eq!(generated[0].len(), 48);
    assert!(run(folder, &[("PATH", "/usr/bin:/bin")]).status.success());
    assert_eq!(["postgres/password", "redis/password", "app/jwt_secret"].map(|file| read(folder, file)), generated);
    assert_eq!([url_password(folder, "app/database_url"), redis_password(folder)], generated[..2]);
}

#[test]
fn script_rejects_control_characters_by_the_name_of_the_variable() {
    let folder = tempfile::tempdir().unwrap();
    for variable in ["POSTGRES_PASSWORD", "REDIS_PASSWORD"] {
        for value in ["canary\nsecond line", "canary\ttab", "canary\n"] {
            let output = run(folder.path(), &[(variable, value), ("PATH", "/usr/bin:/bin")]);
            assert_eq!(output.status.code(), Some(64), "{output:?}");
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(error.starts_with(variable) && !error.contains("canary"), "{error}");
        }
    }
}
