//! People with an account: how they come to be, how they are known again.

mod deletion;
pub mod email_verification;
pub mod failed_login_monitor;
pub mod lockout;
pub mod password;
mod password_reset;
pub mod profile;
use sea_orm::{ActiveValue::Set, ConnectionTrait, entity::prelude::*, sea_query::OnConflict};
use unicode_normalization::UnicodeNormalization;

pub use super::_entities::users::{ActiveModel, Column, Entity, Model};
use super::{
    Database,
    mails::{self, Ordered},
    request_context::RequestContext,
    security_events::Kind,
};
use crate::{
    errors::{AppError, AppResult},
    password::{Hasher, PasswordMatch},
};

impl ActiveModelBehavior for ActiveModel {}

/// The one spelling of an address that is stored, compared and limited: trimmed, composed, in lower case,
/// its domain as the name system has it (RFC 5891).
#[must_use]
pub fn canonical_email(email: &str) -> String {
    let spelling = email.trim().nfc().collect::<String>().to_lowercase();
    match spelling.rsplit_once('@') {
        Some((name, domain)) if !domain.is_ascii() => {
            // What is no domain is nobody's; it stays as it is.
            idna::domain_to_ascii(domain).map_or(spelling.clone(), |domain| format!("{name}@{domain}"))
        }
        _ => spelling,
    }
}

impl Model {
    /// Opens an account and orders the mail that proves its address; where that has an account already,
    /// orders a mail that tells its owner. Who asks learns in neither case which it was: both are one
    /// hash, the same statements and one commit.
    ///
    /// # Errors
    /// `service_unavailable` when hashing or the database is busy or gone.
    pub async fn register(
        db: &Database,
        hasher: &Hasher,
        new: NewUser<'_>,
        at: RequestContext<'_>,
    ) -> AppResult<Ordered> {
        let password_hash = hasher.hash(new.password).await?;
        let (pid, email) = (Uuid::now_v7(), canonical_email(new.email));
        let row = ActiveModel {
            pid: Set(pid),
            name: Set(new.name.trim().to_owned()),
            email: Set(email.clone()),
            password_hash: Set(password_hash),
            created_at: Set(at.now.into()),
            updated_at: Set(at.now.into()),
            ..Default::default()
        };
        // Known or not, the same statements and one commit: what differs is a row of the table.
        let txn = db.begin_write().await?;
        // The unique index decides, so that of any number at once exactly one wins.
        let unless_known = OnConflict::column(Column::Email).do_nothing().to_owned();
        Entity::insert(row).on_conflict(unless_known).exec_without_returning(&txn).await?;
        let user = Self::find_by_email(&txn, &email).await?;
        let user = user.ok_or_else(|| AppError::internal("an account is neither new nor known"))?;
        let (event, mail) = if user.pid == pid {
            (Kind::Registered, mails::Kind::Verify)
        } else {
            (Kind::RegisteredAgain, mails::Kind::Registered)
        };
        at.record(&txn, event, Some(&user)).await?;
        let mail = mails::Model::order(&txn, mail, &email, at.request_id, at.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Whose address and password these are; where either is wrong, after the same work.
    ///
    /// # Errors
    /// `service_unavailable` when hashing or the database is busy or gone.
    pub async fn authenticate(
        db: &Database,
        hasher: &Hasher,
        email: &str,
        password: &str,
    ) -> AppResult<Authentication> {
        let user = Self::find_by_email(db, &canonical_email(email)).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        match (user, hasher.compare(password, stored).await?) {
            (Some(user), PasswordMatch::Match) => Ok(Authentication::Granted(user)),
            // Whoever is not let in with it is not to be told by the time of a second hash that it fits.
            (Some(user), PasswordMatch::MatchNeedsRehash) if user.is_barred() => Ok(Authentication::Granted(user)),
            (Some(user), PasswordMatch::MatchNeedsRehash) => user.rehashed(db, hasher, password).await,
            (other, _) => Ok(Authentication::Refused(other)),
        }
    }

    /// Hashes the password anew, at today's cost. Nobody is kept out for want of it: the next sign-in
    /// tries again.
    async fn rehashed(self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<Authentication> {
        match self.rehash(db, hasher, password).await {
            Ok(Some(password_hash)) => Ok(Authentication::Granted(Self { password_hash, ..self })),
            Ok(None) => self.again(db, hasher, password).await,
            Err(error) => {
                tracing::warn!(%error, user_id = %self.pid, "an outdated hash was not made anew");
                Ok(Authentication::Granted(self))
            }
        }
    }

    /// Holds the password to the hash that took the place of the one it fitted: of the same password,
    /// by another sign-in, or of another.
    async fn again(self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<Authentication> {
        let Some(user) = Entity::find_by_id(self.id).one(db).await? else {
            return Ok(Authentication::Refused(None));
        };
        let fits = hasher.verify(password, Some(user.password_hash.clone())).await?;
        Ok(if fits { Authentication::Granted(user) } else { Authentication::Refused(Some(user)) })
    }

    /// The new hash; none where the old one is no longer stored.
    async fn rehash(&self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<Option<String>> {
        let hash = hasher.hash(password).await?;
        // Unless the password has been changed meanwhile.
        let same = Entity::update_many().filter(Column::Id.eq(self.id));
        let same = same.filter(Column::PasswordHash.eq(&self.password_hash));
        let txn = db.begin_write().await?;
        let stored = same.col_expr(Column::PasswordHash, Expr::value(&hash)).exec(&txn).await?;
        txn.commit().await?;
        Ok((stored.rows_affected == 1).then_some(hash))
    }

    /// Who has an address, given in its canonical spelling.
    pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> AppResult<Option<Self>> {
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
}

/// How an attempt to sign in went.
pub enum Authentication {
    Granted(Model),
    /// Who has the address, if anybody: for the record alone.
    Refused(Option<Model>),
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
        for spelling in ["ada@m\u{fc}ller.example", "ada@MU\u{308}LLER.example", "ada@xn--mller-kva.EXAMPLE"] {
            assert_eq!(canonical_email(spelling), "ada@xn--mller-kva.example");
        }
        assert_eq!(canonical_email("ada@\u{202e}.example"), "ada@\u{202e}.example");
    }
}
