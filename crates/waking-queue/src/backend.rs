//! The stores of the queue: how to start a worker, and how to notify the workers of other processes.

use std::future::pending;

use async_trait::async_trait;
use futures_util::StreamExt;
use loco_rs::{
    Error, Result,
    bgworker::{
        QueueProvider,
        pg::{PgDriver, PgQueue},
        redis::{self, RedisQueue},
        sqlt::{RunOpts, SqliteDriver, SqliteQueue},
    },
};
use sqlx::postgres::PgListener;
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Name of the channel in PostgreSQL and in Redis on which processes announce new jobs.
const CHANNEL: &str = "loco_queue_jobs";
/// Poll interval of a worker, in seconds. Longer than the lifetime of a worker, which therefore searches only once after
/// its last job.
const POLL_SECONDS: u32 = 60;
/// Options of one worker of a queue in SQL.
const ONE_WORKER: RunOpts = RunOpts { num_workers: 1, poll_interval_sec: POLL_SECONDS, reaper: None };

/// Store of the queue.
#[async_trait]
pub trait Backend: QueueProvider + 'static {
    /// Returns the token that stops all workers.
    fn token(&self) -> &CancellationToken;

    /// Starts a worker that runs jobs until `token` is cancelled. A job that has started is finished.
    async fn start_worker(&self, token: &CancellationToken, tags: &[String]) -> Vec<JoinHandle<()>>;

    /// Notifies the workers of other processes.
    async fn notify(&self) -> Result<()>;

    /// Passes the notifications of other processes on to `wakeup`. Ends if the connection fails.
    async fn listen(&self, wakeup: &Notify) -> Result<()>;
}

#[async_trait]
impl Backend for SqliteQueue {
    fn token(&self) -> &CancellationToken {
        &self.token
    }

    async fn start_worker(&self, token: &CancellationToken, tags: &[String]) -> Vec<JoinHandle<()>> {
        self.registry.lock().await.run::<SqliteDriver>(&self.pool, &ONE_WORKER, token, tags)
    }

    async fn notify(&self) -> Result<()> {
        Ok(())
    }

    async fn listen(&self, _: &Notify) -> Result<()> {
        pending().await
    }
}

#[async_trait]
impl Backend for PgQueue {
    fn token(&self) -> &CancellationToken {
        &self.token
    }

    async fn start_worker(&self, token: &CancellationToken, tags: &[String]) -> Vec<JoinHandle<()>> {
        self.registry.lock().await.run::<PgDriver>(&self.pool, &ONE_WORKER, token, tags)
    }

    async fn notify(&self) -> Result<()> {
        let notified = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&self.pool).await;
        notified.map(|_| ()).map_err(Error::msg)
    }

    async fn listen(&self, wakeup: &Notify) -> Result<()> {
        let mut listener = PgListener::connect_with(&self.pool).await.map_err(Error::msg)?;
        listener.listen(CHANNEL).await.map_err(Error::msg)?;
        loop {
            wakeup.notify_one();
            // Returns `None` after a reconnect. Notifications may have been lost meanwhile.
            listener.try_recv().await.map_err(Error::msg)?;
        }
    }
}

#[async_trait]
impl Backend for RedisQueue {
    fn token(&self) -> &CancellationToken {
        &self.token
    }

    async fn start_worker(&self, token: &CancellationToken, tags: &[String]) -> Vec<JoinHandle<()>> {
        let queues = self.run_opts.queues.clone();
        let options = redis::RunOpts { num_workers: 1, poll_interval_sec: POLL_SECONDS, queues, reaper: None };
        self.registry.lock().await.run(&self.client, &options, token, tags)
    }

    async fn notify(&self) -> Result<()> {
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        Ok(::redis::cmd("PUBLISH").arg(CHANNEL).arg("").exec_async(&mut connection).await?)
    }

    async fn listen(&self, wakeup: &Notify) -> Result<()> {
        let mut channel = self.client.get_async_pubsub().await?;
        channel.subscribe(CHANNEL).await?;
        let mut messages = channel.on_message();
        loop {
            wakeup.notify_one();
            messages.next().await.ok_or_else(|| Error::string("the connection was closed"))?;
        }
    }
}
