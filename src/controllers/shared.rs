//! The context as handlers share it.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use loco_rs::app::AppContext;

use super::extractors::part;
use crate::{errors::AppResult, models::Database, settings::Settings};

/// Loco's context behind one pointer. The router clones its handlers' state several times for each
/// request, and a clone of the context copies the whole configuration.
#[derive(Clone)]
pub struct Shared {
    ctx: Arc<AppContext>,
    /// In place of Loco's field of this name, which would let a handler write outside a transaction.
    pub db: Database,
}

impl From<&AppContext> for Shared {
    fn from(ctx: &AppContext) -> Self {
        Self { ctx: Arc::new(ctx.clone()), db: Database::of(ctx) }
    }
}

impl Shared {
    /// Returns the quota of one account: bytes of all that it stores.
    ///
    /// # Errors
    /// `internal_error` without settings.
    pub fn storage_quota(&self) -> AppResult<u64> {
        Ok(part::<Arc<Settings>>(self)?.storage.upload_quota_bytes)
    }
}

impl Deref for Shared {
    type Target = AppContext;

    fn deref(&self) -> &AppContext {
        &self.ctx
    }
}

/// For handlers that take `State<AppContext>`, as Loco's own generators write them.
impl FromRef<Shared> for AppContext {
    fn from_ref(shared: &Shared) -> Self {
        shared.ctx.as_ref().clone()
    }
}
