//! Tests of retention: the deletion of expired rows.

use ballast::{
    clock,
    models::{
        _entities::refresh_tokens,
        devices, retention,
        security_events::{self, ActiveModel},
        sessions, users,
    },
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, prelude::DateTimeWithTimeZone,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::support::{PASSWORD, TestApp};

fn event(user_id: Option<i64>, created_at: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        pid: Set(Uuid::now_v7()),
        kind: Set("sign_in_refused".to_owned()),
        user_id: Set(user_id),
        address: Set("203.0.113.7".to_owned()),
        user_agent: Set(String::new()),
        created_at: Set(created_at.into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn security_events_expire_after_a_month_without_an_account_and_after_a_year_with_one() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let ada = users::Entity::find().one(&app.db).await.unwrap().unwrap().id;
    let now = clock::now();
    // Inserts more expired rows than one statement deletes.
    let mut rows: Vec<_> = (0..450).map(|_| event(None, now - Duration::days(32))).collect();
    rows.extend([29, 364].map(|days| event(Some(ada), now - Duration::days(days))));
    rows.extend([event(None, now - Duration::days(29)), event(Some(ada), now - Duration::days(367))]);
    security_events::Entity::insert_many(rows).exec(&app.ctx.db).await.unwrap();
    let count = async || security_events::Entity::find().count(&app.db).await.unwrap();
    let before = count().await;
    assert_eq!(retention::purge_events(&app.db, now).await.unwrap(), 451);
    assert_eq!(count().await, before - 451);
    assert_eq!(retention::purge_events(&app.db, now).await.unwrap(), 0);
}

/// Sets the creation time of every session to `days` days ago.
async fn age(app: &TestApp, days: i64) {
    let created = DateTimeWithTimeZone::from(clock::now() - Duration::days(days));
    let all = sessions::Entity::update_many().col_expr(sessions::Column::CreatedAt, Expr::value(created));
    all.exec(&app.ctx.db).await.unwrap();
}

#[tokio::test]
async fn session_is_purged_after_its_end_and_the_trust_period_of_its_network() {
    let app = TestApp::start().await;
    let ended = app.sign_in("ada").await;
    assert_eq!(app.post("/api/v1/auth/logout").bearer(&ended).send().await.status, 204);
    let active = app.log_in("ada@example.org", PASSWORD).await;
    let rows = async || {
        let tokens = refresh_tokens::Entity::find().count(&app.db).await.unwrap();
        (sessions::Entity::find().count(&app.db).await.unwrap(), tokens)
    };
    for (days, left) in [(29, (2, 2)), (31, (1, 1))] {
        age(&app, days).await;
        retention::purge_sessions(&app.db, clock::now()).await.unwrap();
        assert_eq!(rows().await, left, "after {days} days");
    }
    assert_eq!(app.get("/api/v1/auth/me").bearer(&active).send().await.status, 200);
    // A session that was never used again is purged after the absolute lifetime of sessions.
    retention::purge_sessions(&app.db, clock::now() + Duration::days(31)).await.unwrap();
    assert_eq!(rows().await, (0, 0));
}

#[tokio::test]
async fn refresh_token_is_purged_after_its_expiry() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let refreshed = serde_json::json!({ "refresh_token": user.refresh });
    let newest = app.post("/api/v1/auth/refresh").json(&refreshed).send().await.json();
    let past = DateTimeWithTimeZone::from(clock::now() - Duration::minutes(1));
    let consumed = refresh_tokens::Entity::update_many().filter(refresh_tokens::Column::UsedAt.is_not_null());
    consumed.col_expr(refresh_tokens::Column::ExpiresAt, Expr::value(past)).exec(&app.ctx.db).await.unwrap();
    assert_eq!(retention::purge_sessions(&app.db, clock::now()).await.unwrap(), 1);
    let again = serde_json::json!({ "refresh_token": newest["refresh_token"] });
    assert_eq!(app.post("/api/v1/auth/refresh").json(&again).send().await.status, 200);
}

#[tokio::test]
async fn device_is_purged_after_its_token_has_expired() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for (days, left) in [(29, 1), (31, 0)] {
        retention::purge_sessions(&app.db, clock::now() + Duration::days(days)).await.unwrap();
        assert_eq!(devices::Entity::find().count(&app.db).await.unwrap(), left, "after {days} days");
    }
}
