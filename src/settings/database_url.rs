//! Validates `DATABASE_URL` before the first connection, because errors of the drivers contain the URL and its
//! password.

use std::str::FromStr;

use sea_orm::sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use url::Url;

const EXPECTED: &str = "DATABASE_URL must be sqlite://FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE; \
                        percent-encode special characters of the password, such as # as %23, / as %2F, \
                        ? as %3F, @ as %40";

/// Checks the syntax of a database URL.
///
/// # Errors
/// Returns an error with the expected syntax. The error does not contain the URL.
pub(super) fn check(address: &str) -> Result<(), String> {
    let is_valid = if address.starts_with("sqlite:") {
        SqliteConnectOptions::from_str(address).is_ok()
    } else {
        is_postgres(address)
    };
    if is_valid { Ok(()) } else { Err(EXPECTED.to_owned()) }
}

/// Returns whether a URL is a valid PostgreSQL URL. Rejects an `@` after the host. A URL with an unencoded `#`, `/` or
/// `?` in its password contains such an `@`, but may still parse.
fn is_postgres(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    matches!(url.scheme(), "postgres" | "postgresql")
        && url.fragment().is_none()
        && !url.path().contains('@')
        && !url.query().unwrap_or_default().contains('@')
        && PgConnectOptions::from_str(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn check_accepts_only_urls_with_an_encoded_password() {
        for address in [
            "sqlite://ballast.sqlite?mode=rwc",
            "sqlite::memory:",
            "postgres://ballast:s%23cret@db:5432/ballast",
            "postgresql://ballast@localhost/ballast?sslmode=disable",
            "postgres:///ballast?host=/run/postgresql",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
        for address in [
            "",
            "ballast.sqlite",
            "mysql://ballast:canary@db/ballast",
            "postgres://ballast:can#ary@db/ballast",
            "postgres://ballast:can/ary@db/ballast",
            "postgres://ballast:can?ary@db/ballast",
            "postgres://ballast:12#canary@db/ballast",
            "postgres://ballast:12/canary@db/ballast",
            "postgres://ballast:12?canary@db/ballast",
            "postgres://ballast:canary@db:99999/ballast",
        ] {
            let reason = check(address).unwrap_err();
            assert!(reason.starts_with("DATABASE_URL") && !reason.contains("canary"), "{address}");
        }
    }
}
