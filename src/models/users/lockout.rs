//! Lockout of an account after many failed logins in a row, for untrusted clients.

use sea_orm::{ExprTrait, entity::prelude::*};

use super::{Column, Entity, Model};
use crate::{
    errors::AppResult,
    models::{Database, security_events::Event, without_nul},
};

/// Number of consecutive failed logins after which an untrusted client cannot log in. NIST SP 800-63B section 3.2.2
/// permits at most 100. A password reset, or a login from a trusted client, ends the lockout.
pub const MAX_CONSECUTIVE_FAILURES: i32 = 100;

impl Model {
    /// Returns whether the account is locked out for untrusted clients.
    #[must_use]
    pub const fn is_locked_out(&self) -> bool {
        self.failed_sign_ins >= MAX_CONSECUTIVE_FAILURES
    }

    /// Records a failed login. If `count_failure_for` is set, also increments the counter of failed logins of the
    /// account with this canonical e-mail address, if any. Known and unknown e-mail addresses cause the same SQL
    /// statements.
    pub async fn record_failed_login(
        db: &Database,
        event: Event<'_>,
        count_failure_for: Option<&str>,
    ) -> AppResult<()> {
        let txn = db.begin_write().await?;
        event.record(&txn).await?;
        if let Some(email) = count_failure_for {
            let counted = Entity::update_many().filter(Column::Email.eq(without_nul(email)));
            counted.col_expr(Column::FailedSignIns, Expr::col(Column::FailedSignIns).add(1)).exec(&txn).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Resets the counter of failed logins if the counter is not zero.
    pub async fn reset_failed_logins(&self, db: &Database) -> AppResult<()> {
        if self.failed_sign_ins == 0 {
            return Ok(());
        }
        let txn = db.begin_write().await?;
        let own = Entity::update_many().filter(Column::Id.eq(self.id));
        own.col_expr(Column::FailedSignIns, Expr::value(0)).exec(&txn).await?;
        Ok(txn.commit().await?)
    }
}
