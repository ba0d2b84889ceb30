//! People with an account: how they come to be, how they are known again.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, SqlErr, entity::prelude::*};
use unicode_normalization::UnicodeNormalization;

pub use super::_entities::users::{ActiveModel, Column, Entity, Model};
use crate::{errors::AppResult, password::Hasher};

impl ActiveModelBehavior for ActiveModel {}

/// The one spelling of an address that is stored, compared and limited: trimmed, composed, in lower case.
#[must_use]
pub fn canonical_email(email: &str) -> String {
    email.trim().nfc().collect::<String>().to_lowercase()
}

impl Model {
    /// Opens an account, or does the same work for nothing where the address has one already: who
    /// asks learns in neither case which it was.
    ///
    /// # Errors
    /// `service_unavailable` when hashing or the database is busy or gone.
    pub async fn register(db: &DatabaseConnection, hasher: &Hasher, new: NewUser<'_>) -> AppResult<()> {
        let password_hash = hasher.hash(new.password).await?;
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            name: Set(new.name.trim().to_owned()),
            email: Set(canonical_email(new.email)),
            password_hash: Set(password_hash),
            created_at: Set(new.now.into()),
            updated_at: Set(new.now.into()),
            ..Default::default()
        };
        // The unique index decides, so that of any number at once exactly one wins.
        match row.insert(db).await {
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                Self::write_as_much(db, new.email).await
            }
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Commits a write that changes nothing: the sync of a commit takes as long as an account shows.
    async fn write_as_much(db: &DatabaseConnection, email: &str) -> AppResult<()> {
        let same = Entity::update_many().col_expr(Column::UpdatedAt, Expr::col(Column::UpdatedAt));
        same.filter(Column::Email.eq(canonical_email(email))).exec(db).await?;
        Ok(())
    }

    /// The user whose address and password these are; nobody where either is wrong, after the same work.
    ///
    /// # Errors
    /// `service_unavailable` when hashing or the database is busy or gone.
    pub async fn authenticate(
        db: &DatabaseConnection,
        hasher: &Hasher,
        email: &str,
        password: &str,
    ) -> AppResult<Option<Self>> {
        // A refusal costs no statement: under a flood of guesses the database stays free for others.
        hasher.room()?;
        let user = Self::find_by_email(db, &canonical_email(email)).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let fits = hasher.verify(password, stored).await?;
        Ok(user.filter(|_| fits))
    }

    async fn find_by_email(db: &DatabaseConnection, email: &str) -> AppResult<Option<Self>> {
        // PostgreSQL takes no NUL even in a question; nobody's address has one.
        if email.contains('\0') {
            return Ok(None);
        }
        Ok(Entity::find().filter(Column::Email.eq(email)).one(db).await?)
    }
}

/// What opening an account takes.
pub struct NewUser<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub password: &'a str,
    pub now: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::canonical_email;

    #[test]
    fn every_spelling_of_an_address_is_the_same_address() {
        for spelling in ["ada@example.org", " Ada@Example.ORG ", "ADA@EXAMPLE.ORG\n"] {
            assert_eq!(canonical_email(spelling), "ada@example.org");
        }
        assert_eq!(canonical_email("zoe\u{308}@example.org"), canonical_email("zo\u{eb}@example.org"));
    }
}
