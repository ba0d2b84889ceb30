//! The context as handlers share it.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use loco_rs::app::AppContext;

/// Loco's context behind one pointer. The router clones its handlers' state several times for each
/// request, and a clone of the context copies the whole configuration.
#[derive(Clone)]
pub struct Shared(Arc<AppContext>);

impl From<&AppContext> for Shared {
    fn from(ctx: &AppContext) -> Self {
        Self(Arc::new(ctx.clone()))
    }
}

impl Deref for Shared {
    type Target = AppContext;

    fn deref(&self) -> &AppContext {
        &self.0
    }
}

/// For handlers that take `State<AppContext>`, as Loco's own generators write them.
impl FromRef<Shared> for AppContext {
    fn from_ref(shared: &Shared) -> Self {
        shared.0.as_ref().clone()
    }
}
