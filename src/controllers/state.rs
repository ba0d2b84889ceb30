//! State that all handlers share: Loco's context and the services.

use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use loco_rs::{app::AppContext, storage::Storage};

use crate::services::Services;

/// Application state of the handlers: Loco's context and the services. Both are in an `Arc`, because the router clones
/// the state several times per request, and a clone of the context would copy the whole configuration. The state
/// dereferences to the services.
#[derive(Clone)]
pub struct AppState {
    pub ctx: Arc<AppContext>,
    services: Arc<Services>,
}

impl AppState {
    /// Creates the state from Loco's context. The context must already contain the services.
    #[must_use]
    pub fn new(ctx: &AppContext) -> Self {
        Self { ctx: Arc::new(ctx.clone()), services: Services::of(ctx) }
    }

    /// Returns the storage of files.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.ctx.storage
    }

    /// Returns the maximum duration of a request.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        let layer = self.ctx.config.server.middlewares.timeout_request.as_ref();
        Duration::from_millis(layer.map_or(0, |layer| layer.timeout))
    }

    /// Returns the public address of the application.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.ctx.config.server.host
    }

    /// Returns the storage quota of a user, in bytes. Files, documents and PDFs count toward the quota.
    #[must_use]
    pub fn storage_quota(&self) -> u64 {
        self.services.settings.storage.upload_quota_bytes
    }
}

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

/// Supports handlers with `State<AppContext>`. Loco's generators create such handlers.
impl FromRef<AppState> for AppContext {
    fn from_ref(state: &AppState) -> Self {
        state.ctx.as_ref().clone()
    }
}
