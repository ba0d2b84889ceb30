//! Who guesses at one account for long is no longer listened to, wherever the account is not known.

use sea_orm::{ExprTrait, entity::prelude::*};

use super::{Column, Entity};
use crate::errors::AppResult;
use crate::models::{Database, security_events::Event, users};

/// Failures in a row after which a password is no longer enough where the account is not known (NIST SP
/// 800-63B section 3.2.2: no more than 100). The way back is a new password by mail, or a sign-in from
/// where it is known.
pub const MOST_FAILURES: i32 = 100;

impl users::Model {
    /// Whether a password is no longer enough where the account is not known.
    #[must_use]
    pub const fn is_barred(&self) -> bool {
        self.failed_sign_ins >= MOST_FAILURES
    }

    /// Keeps a record of a sign-in that was refused and, where the account does not know who failed, counts
    /// it for an address, given in its canonical spelling. Whether anybody has that makes no difference to
    /// the statements.
    ///
    /// # Errors
    /// `service_unavailable` when the database is busy or gone.
    pub async fn record_failure(db: &Database, event: Event<'_>, stranger_to: Option<&str>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        event.record(&txn).await?;
        if let Some(email) = stranger_to {
            // PostgreSQL takes no NUL even in a question; nobody's address has one.
            let email = if email.contains('\0') { "" } else { email };
            let counted = Entity::update_many().filter(Column::Email.eq(email));
            counted.col_expr(Column::FailedSignIns, Expr::col(Column::FailedSignIns).add(1)).exec(&txn).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Forgets the failures, where there were any.
    pub async fn forget_failures(&self, db: &Database) -> AppResult<()> {
        if self.failed_sign_ins == 0 {
            return Ok(());
        }
        let txn = db.begin_write().await?;
        let own = Entity::update_many().filter(Column::Id.eq(self.id));
        own.col_expr(Column::FailedSignIns, Expr::value(0)).exec(&txn).await?;
        Ok(txn.commit().await?)
    }
}
