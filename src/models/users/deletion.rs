//! Deletes a user with the data and files of the user. The security events remain without a reference to the user.

use loco_rs::storage::Storage;
use sea_orm::{ConnectionTrait, ModelTrait, QuerySelect, entity::prelude::*};

use super::{Entity, Model, account_limits};
use crate::{
    errors::{AppError, AppResult, Code},
    models::{
        Database, auth_services::AuthServices, discarded_files, documents, request_context::RequestContext,
        security_events::EventKind, typesettings, uploads,
    },
};

impl Model {
    /// Verifies the password and deletes the user with all sessions, tokens, documents, PDFs and uploads. Deletes the
    /// files after the commit. If the process crashes before it deletes the files, the purge deletes the files.
    ///
    /// # Errors
    /// `validation_error` if the password is wrong. `rate_limited` if the limit is reached. `conflict` if the password
    /// has changed in the meantime. `service_unavailable` if the hashing queue is full.
    pub async fn delete_account(
        self,
        db: &Database,
        storage: &Storage,
        auth: &AuthServices,
        password: &str,
        request: &RequestContext<'_>,
    ) -> AppResult<()> {
        let receipts = account_limits::charge_password(auth, &self, request).await?;
        let deleted = self.delete_with_files(db, storage, auth, password, request).await;
        auth.rate_limits.refund_if_unavailable(receipts, deleted).await
    }

    async fn delete_with_files(
        self,
        db: &Database,
        storage: &Storage,
        auth: &AuthServices,
        password: &str,
        request: &RequestContext<'_>,
    ) -> AppResult<()> {
        self.verify_current_password(db, auth, ("password", password), request).await?;
        let txn = db.begin_write().await?;
        let keys = self.lock_files(&txn).await?;
        discarded_files::discard(&txn, &keys, request.now).await?;
        // The deletion of the user also clears the reference to the user in this event.
        request.record(&txn, EventKind::AccountDeleted, Some(&self)).await?;
        self.delete(&txn).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }

    /// Locks the user and the rows of the user's files, and returns the storage keys of the files. A concurrent request
    /// that adds a file waits for the locks and then finds no user.
    async fn lock_files(&self, txn: &impl ConnectionTrait) -> AppResult<Vec<String>> {
        let owner = Entity::find_by_id(self.id).lock_exclusive().one(txn).await?;
        // Another hash means that the password was changed after the verification.
        if owner.is_none_or(|owner| owner.password_hash != self.password_hash) {
            let error = AppError::new(Code::Conflict);
            return Err(error.with_message("The password was changed by another request. Try again."));
        }
        let documents = documents::Entity::find().filter(documents::Column::UserId.eq(self.id));
        let mut files = typesettings::Model::lock_files(txn, documents).await?;
        let uploads = uploads::Entity::find().filter(uploads::Column::UserId.eq(self.id));
        let keys = uploads.select_only().column(uploads::Column::StorageKey).lock_exclusive();
        files.extend(keys.into_tuple::<String>().all(txn).await?);
        Ok(files)
    }
}
