//! Tests of reused refresh tokens: within the grace period, after the grace period, and concurrently.

use ballast::{
    clock,
    errors::AppResult,
    models::{
        _entities::refresh_tokens::{ActiveModel, Column, Entity},
        auth_services::AuthServices,
        request_context::{Client, RequestContext},
        security_events,
        sessions::{self, RefreshTokenDeriver},
    },
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::{me, refresh, request_context};
use crate::support::{TestApp, app::SignedIn};

/// Refreshes the session at the time `now`. Returns the next refresh token.
async fn refresh_at(app: &TestApp, token: &str, now: DateTime<Utc>) -> AppResult<String> {
    refresh_with(app, &app.services().auth, token, now).await
}

async fn refresh_with(app: &TestApp, auth: &AuthServices, token: &str, now: DateTime<Utc>) -> AppResult<String> {
    let client = Client::new("", "203.0.113.7".parse().unwrap());
    let request = RequestContext { now, ..request_context(&client) };
    let (_, _, next) = sessions::Model::refresh(&app.db, auth, token, &request).await?;
    Ok(next.into_text())
}

/// Returns the number of unused refresh tokens.
async fn unused_tokens(app: &TestApp) -> u64 {
    Entity::find().filter(Column::UsedAt.is_null()).count(&app.db).await.unwrap()
}

async fn events(app: &TestApp, kind: security_events::EventKind) -> u64 {
    let found = security_events::Entity::find().filter(security_events::Column::Kind.eq(kind.code()));
    found.count(&app.db).await.unwrap()
}

async fn start() -> (TestApp, SignedIn, DateTime<Utc>) {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    (app, user, clock::now())
}

#[tokio::test]
async fn refresh_returns_the_same_next_token_for_30_seconds() {
    let (app, user, now) = start().await;
    let next = refresh_at(&app, &user.refresh, now).await.unwrap();
    for milliseconds in [0, 5_000, 29_999, -5_000] {
        let again = refresh_at(&app, &user.refresh, now + Duration::milliseconds(milliseconds)).await.unwrap();
        assert_eq!(again, next, "after {milliseconds} ms");
    }
    assert_eq!(unused_tokens(&app).await, 1);
    assert_eq!(events(&app, security_events::EventKind::TokenReused).await, 0);
    assert_eq!(me(&app, &user.access).await.status, 200);
    assert_ne!(refresh_at(&app, &next, now + Duration::seconds(31)).await.unwrap(), next);
}

#[tokio::test]
async fn refresh_ends_the_session_and_records_an_event_if_a_token_is_reused_after_the_grace_period() {
    for seconds in [30, 40, 86_400] {
        let (app, user, now) = start().await;
        let next = refresh_at(&app, &user.refresh, now).await.unwrap();
        assert!(refresh_at(&app, &user.refresh, now + Duration::seconds(seconds)).await.is_err(), "{seconds} s");
        assert!(refresh_at(&app, &next, now + Duration::seconds(seconds)).await.is_err(), "{seconds} s");
        assert_eq!(me(&app, &user.access).await.status, 401, "{seconds} s");
        assert_eq!(events(&app, security_events::EventKind::TokenReused).await, 1, "{seconds} s");
    }
}

#[tokio::test]
async fn refresh_ends_the_session_if_the_next_token_was_already_used() {
    let (app, user, now) = start().await;
    let second = refresh_at(&app, &user.refresh, now).await.unwrap();
    let third = refresh_at(&app, &second, now).await.unwrap();
    assert!(refresh_at(&app, &user.refresh, now).await.is_err());
    assert!(refresh_at(&app, &third, now).await.is_err(), "the newest token is invalid too");
    assert_eq!(me(&app, &user.access).await.status, 401);
    assert_eq!(events(&app, security_events::EventKind::TokenReused).await, 1);
}

#[tokio::test]
async fn refresh_detects_a_token_stolen_within_the_grace_period() {
    let (app, user, now) = start().await;
    let after = |seconds| now + Duration::seconds(seconds);
    let owner_s = refresh_at(&app, &user.refresh, now).await.unwrap();
    let thief_s = refresh_at(&app, &user.refresh, after(10)).await.unwrap();
    assert_eq!(owner_s, thief_s, "owner and thief must receive the same token");
    let owner_s = refresh_at(&app, &owner_s, after(900)).await.unwrap();
    assert!(refresh_at(&app, &thief_s, after(1000)).await.is_err());
    assert!(refresh_at(&app, &owner_s, after(1800)).await.is_err(), "the session of both has ended");
}

#[tokio::test]
async fn next_refresh_token_depends_on_the_secret() {
    let (app, user, now) = start().await;
    let with_secret = |secret: &[u8]| AuthServices {
        refresh_tokens: RefreshTokenDeriver::new(secret).unwrap(),
        ..app.services().auth.clone()
    };
    let (first, second) = (with_secret(b"another secret"), with_secret(b"a third secret"));
    let one = refresh_with(&app, &first, &user.refresh, now).await.unwrap();
    let other = refresh_with(&app, &second, &user.refresh, now).await.unwrap();
    assert_ne!(other, one);
    // A token that is derived with another key is invalid, because its hash differs from the stored hash.
    assert!(refresh_with(&app, &second, &other, now).await.is_err());
    assert!(refresh_with(&app, &second, &one, now).await.is_ok(), "an invalid token does not end the session");
}

/// Runs twenty tasks concurrently.
async fn twenty<T: Send + 'static, F: Future<Output = T> + Send + 'static>(task: impl Fn() -> F) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        tasks.spawn(task());
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_returns_one_next_token_to_twenty_concurrent_requests() {
    let (app, user, _) = start().await;
    let app = std::sync::Arc::new(app);
    let mut token = user.refresh.clone();
    for round in 0..50 {
        let responses = twenty(|| {
            let (app, token) = (std::sync::Arc::clone(&app), token.clone());
            async move { refresh(&app, &token).await }
        })
        .await;
        let mut given: Vec<String> = responses
            .iter()
            .map(|response| {
                assert_eq!(response.status, 200, "round {round}: {}", response.text());
                response.json()["refresh_token"].as_str().unwrap().to_owned()
            })
            .collect();
        given.dedup();
        assert_eq!((given.len(), unused_tokens(&app).await), (1, 1), "round {round}");
        token = given.remove(0);
    }
    assert_eq!(events(&app, security_events::EventKind::TokenReused).await, 0);
    assert_eq!(me(&app, &user.access).await.status, 200);
}

/// Broken implementation for comparison: updates unconditionally, and creates random next refresh tokens.
async fn check_then_update(app: &TestApp, token: &str) -> Option<String> {
    let hash = |token: &str| format!("{:x}", Sha256::digest(token));
    let db = &app.ctx.db;
    let row = Entity::find().filter(Column::TokenHash.eq(hash(token))).one(db).await.unwrap()?;
    if row.used_at.is_some() {
        return None;
    }
    let next = uuid::Uuid::now_v7().to_string();
    let next_row = ActiveModel {
        session_id: Set(row.session_id),
        token_hash: Set(hash(&next)),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
        ..Default::default()
    };
    let mut used = row.into_active_model();
    used.used_at = Set(Some(clock::now().into()));
    used.update(db).await.unwrap();
    next_row.insert(db).await.unwrap();
    Some(next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_then_update_creates_more_than_one_unused_token() {
    let (app, user, _) = start().await;
    let app = std::sync::Arc::new(app);
    let mut token = user.refresh;
    for _ in 0..50 {
        let given = twenty(|| {
            let (app, token) = (std::sync::Arc::clone(&app), token.clone());
            async move { check_then_update(&app, &token).await }
        })
        .await;
        if unused_tokens(&app).await > 1 {
            return;
        }
        token = given.into_iter().flatten().next().unwrap();
    }
    panic!("the race did not occur");
}
