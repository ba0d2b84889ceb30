//! No connection string of a setting reaches the log, however wrong it is.

use crate::support::process::ballast;

const CANARY: &str = "c4n4ry";

#[test]
fn password_of_a_malformed_address_is_never_logged() {
    let redis = ("RATE_LIMIT_STORE", "redis");
    let bucket = ("AWS_REGION", "eu-central-1");
    let table = [
        ("DATABASE_URL", "postgres://ballast:12#c4n4ry@localhost/ballast", None),
        ("DATABASE_URL", "postgres://ballast:c4n4ry#@localhost/ballast", None),
        ("DATABASE_URL", "postgres://ballast:c4n4ry/@localhost/ballast", None),
        ("DATABASE_URL", "postgres://ballast:c4n4ry?@localhost/ballast", None),
        ("DATABASE_URL", "postgres://ballast:c4n4ry@localhost:99999/ballast", None),
        ("DATABASE_URL", "postgres://ballast:c4n4ry@localhost:port/ballast", None),
        ("DATABASE_URL", "mysql://ballast:c4n4ry@localhost/ballast", None),
        ("DATABASE_URL", "ballast:c4n4ry@localhost", None),
        ("REDIS_URL", "redis://:c4n4ry#@localhost:6379", Some(redis)),
        ("REDIS_URL", "rediss://:c4n4ry@localhost:port", Some(redis)),
        ("STORAGE_URL", "s3://user:c4n4ry@bucket", Some(bucket)),
        ("STORAGE_URL", "https://user:c4n4ry@storage.example", None),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:c4n4ry#@localhost:4318", None),
        ("JWT_SECRET", "c4n4ry", None),
    ];
    for (variable, address, other) in table {
        for command in [&["start"][..], &["db", "migrate"]] {
            let folder = tempfile::tempdir().unwrap();
            let run = ballast(folder.path()).env(variable, address).envs(other).args(command).output().unwrap();
            let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
            assert!(!run.status.success(), "{variable}={address} {command:?}: {said}");
            assert!(said.contains(variable) && !said.contains(CANARY), "{variable}={address} {command:?}: {said}");
        }
    }
}

#[test]
fn password_of_an_address_that_cannot_be_reached_is_never_logged() {
    let folder = tempfile::tempdir().unwrap();
    let address = "postgres://ballast:c4n4ry@127.0.0.1:1/ballast";
    let run = ballast(folder.path())
        .env("DATABASE_URL", address)
        .env("DATABASE_CONNECT_TIMEOUT_MILLISECONDS", "200")
        .arg("start")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(!run.status.success() && said.contains("DATABASE_URL") && !said.contains(CANARY), "{said}");
}
