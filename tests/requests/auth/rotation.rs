//! Refresh tokens that are presented again, in time, too late and all at once.

use ballast::{
    clock,
    errors::AppResult,
    models::{
        _entities::refresh_tokens::{ActiveModel, Column, Entity},
        request_context::Client,
        security_events,
        sessions::{self, Lifetimes, RefreshTokenDeriver, Rotation},
    },
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::{me, refresh};
use crate::support::{TestApp, app::SignedIn};

/// Refreshes at a time.
async fn at(app: &TestApp, token: &str, now: DateTime<Utc>) -> AppResult<String> {
    let successors: RefreshTokenDeriver = app.ctx.shared_store.get().unwrap();
    let lifetimes = Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) };
    let client = Client::new("", "203.0.113.7".parse().unwrap());
    let rotation = Rotation { successors: &successors, lifetimes, now };
    let (_, _, next) = sessions::Model::refresh(&app.db, token, rotation, &client).await?;
    Ok(next.into_text())
}

/// Tokens that have not been used yet.
async fn lineages(app: &TestApp) -> u64 {
    Entity::find().filter(Column::UsedAt.is_null()).count(&app.db).await.unwrap()
}

async fn events(app: &TestApp, kind: security_events::Kind) -> u64 {
    let found = security_events::Entity::find().filter(security_events::Column::Kind.eq(kind.code()));
    found.count(&app.db).await.unwrap()
}

async fn start() -> (TestApp, SignedIn, DateTime<Utc>) {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    (app, who, clock::now())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_for_half_a_minute() {
    let (app, who, now) = start().await;
    let next = at(&app, &who.refresh, now).await.unwrap();
    for milliseconds in [0, 5_000, 29_999, -5_000] {
        let again = at(&app, &who.refresh, now + Duration::milliseconds(milliseconds)).await.unwrap();
        assert_eq!(again, next, "after {milliseconds} ms");
    }
    assert_eq!(lineages(&app).await, 1);
    assert_eq!(events(&app, security_events::Kind::TokenReused).await, 0);
    assert_eq!(me(&app, &who.access).await.status, 200);
    assert_ne!(at(&app, &next, now + Duration::seconds(31)).await.unwrap(), next);
}

#[tokio::test]
async fn a_token_that_comes_back_later_ends_its_session_and_is_told_of() {
    for seconds in [30, 40, 86_400] {
        let (app, who, now) = start().await;
        let next = at(&app, &who.refresh, now).await.unwrap();
        assert!(at(&app, &who.refresh, now + Duration::seconds(seconds)).await.is_err(), "{seconds} s");
        assert!(at(&app, &next, now + Duration::seconds(seconds)).await.is_err(), "{seconds} s");
        assert_eq!(me(&app, &who.access).await.status, 401, "{seconds} s");
        assert_eq!(events(&app, security_events::Kind::TokenReused).await, 1, "{seconds} s");
    }
}

#[tokio::test]
async fn a_token_whose_successor_has_been_used_is_no_lost_answer_however_soon_it_comes_back() {
    let (app, who, now) = start().await;
    let second = at(&app, &who.refresh, now).await.unwrap();
    let third = at(&app, &second, now).await.unwrap();
    assert!(at(&app, &who.refresh, now).await.is_err());
    assert!(at(&app, &third, now).await.is_err(), "the session is over for whoever holds the newest");
    assert_eq!(me(&app, &who.access).await.status, 401);
    assert_eq!(events(&app, security_events::Kind::TokenReused).await, 1);
}

#[tokio::test]
async fn a_thief_who_comes_within_the_grace_is_found_out_later() {
    let (app, who, now) = start().await;
    let after = |seconds| now + Duration::seconds(seconds);
    let owner_s = at(&app, &who.refresh, now).await.unwrap();
    let thief_s = at(&app, &who.refresh, after(10)).await.unwrap();
    assert_eq!(owner_s, thief_s, "both hold one token: there is no second lineage to live on");
    let owner_s = at(&app, &owner_s, after(900)).await.unwrap();
    assert!(at(&app, &thief_s, after(1000)).await.is_err());
    assert!(at(&app, &owner_s, after(1800)).await.is_err(), "the session is over for both");
}

#[tokio::test]
async fn another_secret_makes_other_successors() {
    let (app, who, now) = start().await;
    app.ctx.shared_store.insert(RefreshTokenDeriver::new(b"another secret of this service").unwrap());
    let one = at(&app, &who.refresh, now).await.unwrap();
    app.ctx.shared_store.insert(RefreshTokenDeriver::new(b"a third secret of this service").unwrap());
    assert_ne!(at(&app, &who.refresh, now).await.unwrap(), one);
    // The stored hash decides: what another key makes is no token.
    assert!(at(&app, &at(&app, &who.refresh, now).await.unwrap(), now).await.is_err());
    assert!(at(&app, &one, now).await.is_ok(), "and costs nobody the session");
}

/// Twenty at once, each on a task of its own.
async fn twenty<T: Send + 'static, F: Future<Output = T> + Send + 'static>(ask: impl Fn() -> F) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        tasks.spawn(ask());
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_refreshes_at_once_all_get_the_one_successor_in_fifty_rounds_of_fifty() {
    let (app, who, _) = start().await;
    let app = std::sync::Arc::new(app);
    let mut token = who.refresh.clone();
    for round in 0..50 {
        let answers = twenty(|| {
            let (app, token) = (std::sync::Arc::clone(&app), token.clone());
            async move { refresh(&app, &token).await }
        })
        .await;
        let mut given: Vec<String> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
                answer.json()["refresh_token"].as_str().unwrap().to_owned()
            })
            .collect();
        given.dedup();
        assert_eq!((given.len(), lineages(&app).await), (1, 1), "round {round}");
        token = given.remove(0);
    }
    assert_eq!(events(&app, security_events::Kind::TokenReused).await, 0);
    assert_eq!(me(&app, &who.access).await.status, 200);
}

/// What the rotation is without its conditional update and with successors left to chance: the broken twin.
async fn look_then_act(app: &TestApp, token: &str) -> Option<String> {
    let hash = |token: &str| format!("{:x}", Sha256::digest(token));
    let db = &app.ctx.db;
    let row = Entity::find().filter(Column::TokenHash.eq(hash(token))).one(db).await.unwrap()?;
    if row.used_at.is_some() {
        return None;
    }
    let next = uuid::Uuid::now_v7().to_string();
    let successor = ActiveModel {
        session_id: Set(row.session_id),
        token_hash: Set(hash(&next)),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
        ..Default::default()
    };
    let mut used = row.into_active_model();
    used.used_at = Set(Some(clock::now().into()));
    used.update(db).await.unwrap();
    successor.insert(db).await.unwrap();
    Some(next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_looks_and_then_acts_leaves_more_than_one_lineage() {
    let (app, who, _) = start().await;
    let app = std::sync::Arc::new(app);
    let mut token = who.refresh;
    for _ in 0..50 {
        let given = twenty(|| {
            let (app, token) = (std::sync::Arc::clone(&app), token.clone());
            async move { look_then_act(&app, &token).await }
        })
        .await;
        if lineages(&app).await > 1 {
            return;
        }
        token = given.into_iter().flatten().next().unwrap();
    }
    panic!("the race that the rotation prevents was not met");
}
