//! [`QueueProvider`] of [`WakingQueue`]. Passes every call on to the store of the queue.

use async_trait::async_trait;
use loco_rs::{
    Result,
    bgworker::{Job, JobHandler, JobId, JobStatus, QueueProvider},
};
use serde_json::Value;

use crate::{WakingQueue, backend::Backend};

#[async_trait]
impl<B: Backend> QueueProvider for WakingQueue<B> {
    async fn enqueue(
        &self,
        class: String,
        queue: Option<String>,
        args: Value,
        tags: Option<Vec<String>>,
        priority: Option<i32>,
    ) -> Result<Option<String>> {
        let id = self.backend.enqueue(class, queue, args, tags, priority).await?;
        self.wake().await;
        Ok(id)
    }

    async fn enqueue_batch(
        &self,
        class: String,
        queue: Option<String>,
        jobs: Vec<(Value, Option<i32>)>,
        tags: Option<Vec<String>>,
    ) -> Result<Vec<JobId>> {
        let ids = self.backend.enqueue_batch(class, queue, jobs, tags).await?;
        self.wake().await;
        Ok(ids)
    }

    async fn register_handler(&self, name: String, handler: JobHandler) -> Result<()> {
        self.backend.register_handler(name, self.limited(handler)).await
    }

    async fn run(&self, tags: Vec<String>) -> Result<()> {
        let (result, (), ()) = tokio::join!(self.backend.run(tags.clone()), self.run_workers(&tags), self.listen());
        result
    }

    async fn setup(&self) -> Result<()> {
        self.backend.setup().await
    }

    async fn clear(&self) -> Result<()> {
        self.backend.clear().await
    }

    async fn ping(&self) -> Result<()> {
        self.backend.ping().await
    }

    async fn get_jobs(&self, status: Option<&Vec<JobStatus>>, age_days: Option<i64>) -> Result<Vec<Job>> {
        self.backend.get_jobs(status, age_days).await
    }

    async fn cancel_jobs_by_name(&self, name: &str) -> Result<()> {
        self.backend.cancel_jobs_by_name(name).await
    }

    async fn clear_by_status(&self, status: Vec<JobStatus>) -> Result<()> {
        self.backend.clear_by_status(status).await
    }

    async fn clear_jobs_older_than(&self, age_days: i64, status: Option<&Vec<JobStatus>>) -> Result<()> {
        self.backend.clear_jobs_older_than(age_days, status).await
    }

    async fn requeue(&self, age_minutes: &i64) -> Result<()> {
        self.backend.requeue(age_minutes).await?;
        self.wake().await;
        Ok(())
    }

    async fn retry_failed(&self, id: Option<&str>) -> Result<u64> {
        let retried = self.backend.retry_failed(id).await?;
        self.wake().await;
        Ok(retried)
    }

    fn describe(&self) -> String {
        self.backend.describe()
    }

    fn shutdown(&self) -> Result<()> {
        self.backend.shutdown()
    }
}
