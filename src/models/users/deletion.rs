//! Removes an account with everything that is its owner's.

use loco_rs::storage::Storage;
use sea_orm::{ConnectionTrait, ModelTrait, QuerySelect, entity::prelude::*};

use crate::models::{
    Database, discarded_files, documents, request_context::RequestContext, security_events::Kind, typesettings,
    uploads, users,
};
use crate::{
    errors::{AppError, AppResult, Code},
    password::Hasher,
};

impl users::Model {
    /// Removes the account: its sessions, tokens, documents, PDFs and uploads, and their files once
    /// their rows are gone. A crash in between leaves files that are named for removal.
    ///
    /// # Errors
    /// `validation_error` for a wrong password, `service_unavailable` when hashing or the database is
    /// busy or gone.
    pub async fn remove(
        self,
        db: &Database,
        storage: &Storage,
        hasher: &Hasher,
        password: &str,
        at: RequestContext<'_>,
    ) -> AppResult<()> {
        self.prove(db, hasher, ("password", password), at).await?;
        let txn = db.begin_write().await?;
        let keys = self.lock_files(&txn).await?;
        discarded_files::discard(&txn, &keys, at.now).await?;
        // Whose it was goes with the user, like everything else that refers to them.
        at.record(&txn, Kind::AccountDeleted, Some(&self)).await?;
        self.delete(&txn).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }

    /// The files of this user. Whoever would add one waits for the locks, and finds no user behind them.
    async fn lock_files(&self, txn: &impl ConnectionTrait) -> AppResult<Vec<String>> {
        let owner = users::Entity::find_by_id(self.id).lock_exclusive().one(txn).await?;
        // By the password that was shown, not by one that it was changed to meanwhile.
        if owner.is_none_or(|owner| owner.password_hash != self.password_hash) {
            return Err(AppError::new(Code::Conflict).saying("The password was changed by another request. Try again."));
        }
        let documents = documents::Entity::find().filter(documents::Column::UserId.eq(self.id));
        let mut files = typesettings::Model::lock_files(txn, documents).await?;
        let uploads = uploads::Entity::find().filter(uploads::Column::UserId.eq(self.id));
        let keys = uploads.select_only().column(uploads::Column::StorageKey).lock_exclusive();
        files.extend(keys.into_tuple::<String>().all(txn).await?);
        Ok(files)
    }
}
