//! Routes of the baseline servers. A route does only the work that its response needs.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ballast::crypto::access_tokens::{AccessTokens, Claims};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{
    super::support::server::{ISSUER, Outcome, SECRET},
    database::Database,
};

struct App {
    database: Database,
    tokens: AccessTokens,
    limiter: DefaultKeyedRateLimiter<std::net::IpAddr>,
    /// One permit per core, because more concurrent hashes would only use more memory.
    hashing: Arc<Semaphore>,
}

type Shared = State<Arc<App>>;

/// Returns the routes. `database` is the path of the database file.
pub async fn router(database: &str) -> Outcome<Router> {
    let quota = Quota::with_period(Duration::from_hours(1)).ok_or("the period is zero")?.allow_burst(NonZeroU32::MIN);
    let app = App {
        database: Database::open(database).await?,
        tokens: AccessTokens::new(SECRET, ISSUER, 900)?,
        limiter: RateLimiter::keyed(quota),
        hashing: Arc::new(Semaphore::new(std::thread::available_parallelism()?.get())),
    };
    let routes = Router::new()
        .route("/api/v1/health", get(health))
        .route("/api/v1/health/live", get(async || Json(json!({ "status": "ok" }))))
        .route("/api/v1/auth/me", get(me))
        .route("/api/v1/auth/register", post(register))
        .route("/api/v1/auth/forgot", post(forgot))
        .route("/api/v1/auth/login", post(login));
    Ok(routes.with_state(Arc::new(app)))
}

async fn health(State(app): Shared) -> Response {
    match app.database.ping().await {
        Ok(()) => Json(json!({ "status": "ok", "checks": { "database": { "status": "ok" } } })).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn me(State(app): Shared, headers: HeaderMap) -> Response {
    let Some(claims) = claims(&app, &headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    match app.database.user_of(claims.sid).await {
        Ok(Some(user)) if user.id == claims.sub => {
            let body = json!({ "id": user.id, "name": user.name, "email": user.email, "verified": user.verified });
            Json(body).into_response()
        }
        Ok(_) => StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn claims(app: &App, headers: &HeaderMap) -> Option<Claims> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    app.tokens.read(token, ballast::clock::now())
}

#[derive(Deserialize)]
struct Registration {
    name: String,
    email: String,
    password: String,
}

async fn register(Json(body): Json<Registration>) -> Response {
    let mut errors = serde_json::Map::new();
    let rules = [
        ("name", body.name.is_empty(), "must not be empty"),
        ("email", !body.email.contains('@'), "must be an e-mail address"),
        ("password", body.password.len() < 12, "must have at least 12 characters"),
    ];
    for (field, is_violated, message) in rules {
        if is_violated {
            errors.insert(field.to_owned(), json!([message]));
        }
    }
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "errors": errors }))).into_response()
}

async fn forgot(State(app): Shared, ConnectInfo(client): ConnectInfo<SocketAddr>) -> Response {
    if app.limiter.check_key(&client.ip()).is_ok() {
        return StatusCode::ACCEPTED.into_response();
    }
    let body = json!({ "error": { "code": "too_many_requests", "message": "Too many requests." } });
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "3600")], Json(body)).into_response()
}

#[derive(Deserialize)]
struct Login {
    email: String,
    password: String,
}

async fn login(State(app): Shared, Json(body): Json<Login>) -> Response {
    let Ok(_permit) = Arc::clone(&app.hashing).acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let Ok(Some(hash)) = app.database.password_hash(&body.email).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let is_correct = spawn_blocking(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(body.password.as_bytes(), &hash).is_ok())
    });
    if is_correct.await.unwrap_or(false) {
        return Json(json!({ "token_type": "Bearer" })).into_response();
    }
    StatusCode::UNAUTHORIZED.into_response()
}
