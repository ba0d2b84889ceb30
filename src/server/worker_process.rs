//! What a process has beside Loco's worker, which says nothing of its health and waits for jobs without end.

use std::{sync::Arc, time::Duration};

use loco_rs::{Result, app::AppContext};
use rustix::process::{Signal, getpid, kill_process};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::metrics;
use crate::{settings::Settings, typesetting::Typesetter};

/// How long a wish to stop is left alone before it is said once more.
const UNHEARD: Duration = Duration::from_millis(100);

/// Loco has heard that the process is to stop.
#[derive(Clone)]
struct Heard(CancellationToken);

/// Hears early that the process is to stop, and serves its numbers and health, which a server would do
/// otherwise.
///
/// # Errors
/// When signals cannot be listened for, or the port for numbers cannot.
pub async fn accompany(ctx: &AppContext) -> Result<()> {
    listen(ctx)?;
    if let Some(settings) = ctx.shared_store.get::<Arc<Settings>>() {
        metrics::start(ctx, &settings.metrics).await?;
    }
    Ok(())
}

/// Keeps SIGTERM until Loco listens for it, which it does last: before that, the process would die of it.
fn listen(ctx: &AppContext) -> Result<()> {
    let mut asked = signal(SignalKind::terminate())?;
    let heard = CancellationToken::new();
    ctx.shared_store.insert(Heard(heard.clone()));
    #[expect(clippy::disallowed_methods, reason = "ends with the process, whose end it hears of")]
    tokio::spawn(async move {
        asked.recv().await;
        while heard.run_until_cancelled(sleep(UNHEARD)).await.is_some() {
            let _ = kill_process(getpid(), Signal::TERM);
        }
    });
    Ok(())
}

/// Lets the jobs that run have their grace, and then ends them: they start again when their leases
/// have run out.
pub fn hurry(ctx: &AppContext) {
    if let Some(Heard(heard)) = ctx.shared_store.get::<Heard>() {
        heard.cancel();
    }
    tracing::info!(event = "shutdown", "asked to stop: finishing what runs");
    let grace = ctx.shared_store.get::<Arc<Settings>>().map(|settings| settings.shutdown_grace()).unwrap_or_default();
    let typesetter = ctx.shared_store.get::<Typesetter>();
    #[expect(clippy::disallowed_methods, reason = "ends with the process, which it hurries")]
    tokio::spawn(async move {
        sleep(grace).await;
        tracing::warn!("a job still runs: it starts again when its lease has run out");
        if let Some(typesetter) = typesetter {
            typesetter.shutdown();
        }
    });
}
