//! Users: the row, and the canonical form of e-mail addresses.

pub mod account_limits;
pub mod authentication;
mod deletion;
mod email_verification;
pub mod failed_login_monitor;
pub mod lockout;
pub mod new_password;
pub mod password;
pub mod password_reset;
pub mod profile;
pub mod registration;

use sea_orm::{ConnectionTrait, entity::prelude::*};
use unicode_normalization::UnicodeNormalization;

pub use super::_entities::users::{ActiveModel, Column, Entity, Model};
use super::without_nul;
use crate::errors::AppResult;

impl ActiveModelBehavior for ActiveModel {}

/// Returns the canonical form of an e-mail address, which is stored, compared and limited. The canonical form is
/// trimmed, composed (NFC) and in lower case, with an ASCII domain (RFC 5891).
#[must_use]
pub fn canonical_email(email: &str) -> String {
    let spelling = email.trim().nfc().collect::<String>().to_lowercase();
    match spelling.rsplit_once('@') {
        Some((name, domain)) if !domain.is_ascii() => {
            // Keeps an invalid domain unchanged, because no account can have an invalid domain.
            idna::domain_to_ascii(domain).map_or(spelling.clone(), |domain| format!("{name}@{domain}"))
        }
        _ => spelling,
    }
}

impl Model {
    /// Returns the user with a canonical e-mail address.
    pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> AppResult<Option<Self>> {
        Ok(Entity::find().filter(Column::Email.eq(without_nul(email))).one(db).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::canonical_email;

    #[test]
    fn canonical_email_is_equal_for_all_spellings_of_an_address() {
        for spelling in ["ada@example.org", " Ada@Example.ORG ", "ADA@EXAMPLE.ORG\n"] {
            assert_eq!(canonical_email(spelling), "ada@example.org");
        }
        assert_eq!(canonical_email("zoe\u{308}@example.org"), canonical_email("zo\u{eb}@example.org"));
        for spelling in ["ada@m\u{fc}ller.example", "ada@MU\u{308}LLER.example", "ada@xn--mller-kva.EXAMPLE"] {
            assert_eq!(canonical_email(spelling), "ada@xn--mller-kva.example");
        }
        assert_eq!(canonical_email("ada@\u{202e}.example"), "ada@\u{202e}.example");
    }
}
