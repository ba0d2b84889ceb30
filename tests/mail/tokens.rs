//! Tests of one-time tokens: purpose, lifetime and single use.

use ballast::models::{
    one_time_tokens::{Column, Entity, Model, OneTimeToken, Purpose},
    users,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use tokio::sync::Barrier;

use super::{register_ada, second};
use crate::support::TestApp;

async fn issue(app: &TestApp, user: &users::Model, purpose: Purpose, now: DateTime<Utc>) -> String {
    OneTimeToken::issue(&app.ctx.db, user, purpose, now).await.unwrap().text().to_owned()
}

/// Consumes a token as the application does: in a transaction that first takes the write lock.
async fn consume(db: &DatabaseConnection, purpose: Purpose, token: &str, now: DateTime<Utc>) -> bool {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let txn = db.begin_with_options(options).await.unwrap();
    let consumed = Model::consume(&txn, purpose, token, now).await;
    if consumed.is_ok() {
        txn.commit().await.unwrap();
    }
    consumed.is_ok()
}

#[tokio::test]
async fn token_expires_after_thirty_minutes_or_a_day() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let moment = TimeDelta::milliseconds(1);
    for (purpose, lifetime) in [(Purpose::Reset, TimeDelta::minutes(30)), (Purpose::Verify, TimeDelta::hours(24))] {
        for (age, valid) in
            [(TimeDelta::zero(), true), (lifetime - moment, true), (lifetime, false), (lifetime * 2, false)]
        {
            let token = issue(&app, &user, purpose, second(0)).await;
            assert_eq!(consume(&app.ctx.db, purpose, &token, second(0) + age).await, valid, "{purpose:?} at {age}");
        }
    }
}

#[tokio::test]
async fn token_is_valid_for_its_own_purpose_only() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let kinds = [Purpose::Verify, Purpose::Reset];
    for issued in kinds {
        for requested in kinds {
            let token = issue(&app, &user, issued, second(0)).await;
            assert_eq!(
                consume(&app.ctx.db, requested, &token, second(1)).await,
                issued == requested,
                "{issued:?} as {requested:?}"
            );
        }
    }
}

#[tokio::test]
async fn newest_token_of_a_purpose_replaces_older_ones() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let first = issue(&app, &user, Purpose::Reset, second(0)).await;
    let other = issue(&app, &user, Purpose::Verify, second(1)).await;
    let newest = issue(&app, &user, Purpose::Reset, second(2)).await;
    assert!(!consume(&app.ctx.db, Purpose::Reset, &first, second(3)).await);
    assert!(consume(&app.ctx.db, Purpose::Reset, &newest, second(3)).await);
    assert!(consume(&app.ctx.db, Purpose::Verify, &other, second(3)).await, "tokens for another purpose remain valid");
    assert_eq!(Entity::find().count(&app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn database_contains_only_the_token_hash() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let token = issue(&app, &user, Purpose::Reset, second(0)).await;
    let kept = Entity::find().filter(Column::Purpose.eq("reset")).one(&app.db).await.unwrap().unwrap();
    assert_eq!(kept.token_hash, format!("{:x}", Sha256::digest(&token)));
    assert_eq!((token.len(), kept.email.as_str()), (43, "ada@example.org"));
}

const CONCURRENCY: usize = 50;

/// Runs fifty concurrent attempts with one token. Returns the number of successful attempts.
async fn race<F: AsyncFn(&TestApp, &str) -> bool>(attempt: F) -> usize {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let token = issue(&app, &user, Purpose::Reset, second(0)).await;
    let all = join_all((0..CONCURRENCY).map(|_| attempt(&app, &token))).await;
    all.into_iter().filter(|succeeded| *succeeded).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn token_is_consumed_by_one_of_fifty_concurrent_requests() {
    let succeeded = race(async |app, token| consume(&app.ctx.db, Purpose::Reset, token, second(1)).await).await;
    assert_eq!(succeeded, 1);
}

/// Compares with a broken implementation, which checks the token and later updates the token, as Loco's starter does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn check_then_update_accepts_a_token_several_times() {
    // Barrier: all attempts check the token before any attempt updates the token.
    let checked = Barrier::new(CONCURRENCY);
    let succeeded = race(async |app, token| {
        let valid = Model::find_owner(&app.db, Purpose::Reset, token, second(1)).await.is_ok();
        checked.wait().await;
        let update = Entity::update_many().col_expr(Column::UsedAt, Expr::value(second(1)));
        update.filter(Column::Purpose.eq("reset")).exec(&app.ctx.db).await.unwrap();
        valid
    })
    .await;
    assert_eq!(succeeded, CONCURRENCY, "the race did not occur");
}
