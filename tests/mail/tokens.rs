//! Tokens that are mailed: what they are good for, how long, and how often.

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

use super::{ada, second};
use crate::support::TestApp;

async fn issue(app: &TestApp, user: &users::Model, purpose: Purpose, now: DateTime<Utc>) -> String {
    OneTimeToken::issue(&app.ctx.db, user, purpose, now).await.unwrap().text().to_owned()
}

/// As the flows use a token up: in a transaction that takes the lock first.
async fn use_up(db: &DatabaseConnection, purpose: Purpose, token: &str, now: DateTime<Utc>) -> bool {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let txn = db.begin_with_options(options).await.unwrap();
    let used = Model::use_up(&txn, purpose, token, now).await;
    if used.is_ok() {
        txn.commit().await.unwrap();
    }
    used.is_ok()
}

#[tokio::test]
async fn a_token_lives_for_thirty_minutes_or_a_day() {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    let moment = TimeDelta::milliseconds(1);
    for (purpose, lifetime) in [(Purpose::Reset, TimeDelta::minutes(30)), (Purpose::Verify, TimeDelta::hours(24))] {
        for (age, lives) in
            [(TimeDelta::zero(), true), (lifetime - moment, true), (lifetime, false), (lifetime * 2, false)]
        {
            let token = issue(&app, &user, purpose, second(0)).await;
            assert_eq!(use_up(&app.ctx.db, purpose, &token, second(0) + age).await, lives, "{purpose:?} at {age}");
        }
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_own_purpose_alone() {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    let kinds = [Purpose::Verify, Purpose::Reset];
    for made in kinds {
        for asked in kinds {
            let token = issue(&app, &user, made, second(0)).await;
            assert_eq!(use_up(&app.ctx.db, asked, &token, second(1)).await, made == asked, "{made:?} as {asked:?}");
        }
    }
}

#[tokio::test]
async fn the_newest_of_a_purpose_is_the_only_one() {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    let first = issue(&app, &user, Purpose::Reset, second(0)).await;
    let other = issue(&app, &user, Purpose::Verify, second(1)).await;
    let newest = issue(&app, &user, Purpose::Reset, second(2)).await;
    assert!(!use_up(&app.ctx.db, Purpose::Reset, &first, second(3)).await);
    assert!(use_up(&app.ctx.db, Purpose::Reset, &newest, second(3)).await);
    assert!(use_up(&app.ctx.db, Purpose::Verify, &other, second(3)).await, "another purpose is not touched");
    assert_eq!(Entity::find().count(&app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn the_database_holds_the_hash_of_a_token_and_never_the_token() {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    let token = issue(&app, &user, Purpose::Reset, second(0)).await;
    let kept = Entity::find().filter(Column::Purpose.eq("reset")).one(&app.db).await.unwrap().unwrap();
    assert_eq!(kept.token_hash, format!("{:x}", Sha256::digest(&token)));
    assert_eq!((token.len(), kept.email.as_str()), (43, "ada@example.org"));
}

const RACERS: usize = 50;

/// How many of fifty who use one token at once get through.
async fn race<F: AsyncFn(&TestApp, &str) -> bool>(attempt: F) -> usize {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    let token = issue(&app, &user, Purpose::Reset, second(0)).await;
    let all = join_all((0..RACERS).map(|_| attempt(&app, &token))).await;
    all.into_iter().filter(|through| *through).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_use_one_token_at_once_one_gets_through() {
    let through = race(async |app, token| use_up(&app.ctx.db, Purpose::Reset, token, second(1)).await).await;
    assert_eq!(through, 1);
}

/// The broken twin: it looks first and marks afterwards, as the generated starter does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looked_at_first_and_marked_afterwards_one_token_lets_several_through() {
    // Everybody has looked before anybody marks.
    let looked = Barrier::new(RACERS);
    let through = race(async |app, token| {
        let alive = Model::owner(&app.db, Purpose::Reset, token, second(1)).await.is_ok();
        looked.wait().await;
        let mark = Entity::update_many().col_expr(Column::UsedAt, Expr::value(second(1)));
        mark.filter(Column::Purpose.eq("reset")).exec(&app.ctx.db).await.unwrap();
        alive
    })
    .await;
    assert_eq!(through, RACERS, "the race that the condition decides was not met");
}
