//! Baseline server: a minimal axum server that uses Ballast's database, but no middleware.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Instant,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use ballast::{
    crypto::access_tokens::Claims,
    initializers::database,
    models::{sessions, users},
    views::{
        auth::UserView,
        health::{Check, HealthView, LiveView, Status},
    },
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::support::server::{ISSUER, Outcome, SECRET};

/// Argument that makes this bench run as the baseline server. The next argument is the database URL.
pub const ARGUMENT: &str = "--baseline";

/// Baseline server as a child process. Dropping the value kills the process.
pub struct Baseline {
    child: Child,
    pub address: SocketAddr,
}

impl Baseline {
    /// Starts the server, and reads the server's address from the output of the process.
    pub fn start(database: &str) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([ARGUMENT, database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().parse().inspect_err(|_| drop(child.kill()))?;
        Ok(Self { child, address })
    }

    /// Returns the process ID of the baseline server.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
struct App {
    db: DatabaseConnection,
    keys: Arc<(DecodingKey, Validation)>,
}

/// Serves requests until the parent process ends.
#[tokio::main]
pub async fn serve(database: &str) -> Outcome<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        #[expect(clippy::disallowed_methods, reason = "no log must be flushed")]
        std::process::exit(0);
    });
    let app = App { db: open(database).await?, keys: Arc::new(keys()?) };
    let routes = Router::new()
        .route("/api/v1/health", get(health))
        .route("/api/v1/health/live", get(live))
        .route("/api/v1/auth/me", get(me));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes.with_state(app)).await?)
}

/// Opens the database with as many connections as Ballast uses by default.
async fn open(uri: &str) -> Outcome<DatabaseConnection> {
    let settings = json!({
        "uri": uri, "enable_logging": false, "min_connections": 1, "max_connections": 8,
        "connect_timeout": 2000, "idle_timeout": 600_000,
    });
    Ok(database::open(&serde_json::from_value(settings)?).await?)
}

fn keys() -> Outcome<(DecodingKey, Validation)> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&["ballast-api"]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation.validate_nbf = true;
    validation.leeway = 0;
    Ok((DecodingKey::from_base64_secret(SECRET)?, validation))
}

async fn health(State(app): State<App>) -> Response {
    let start = Instant::now();
    if app.db.ping().await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let check = |latency_ms| Check { status: Status::Ok, latency_ms };
    let latency = (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0;
    let checks =
        [("database", check(latency)), ("queue", check(0.12)), ("rate_limits", check(0.0)), ("storage", check(0.031))];
    json_response(&HealthView::new(BTreeMap::from(checks), None))
}

async fn live() -> Response {
    json_response(&LiveView { status: Status::Ok })
}

async fn me(State(app): State<App>, headers: HeaderMap) -> Response {
    match signed_in(&app, &headers).await {
        Some(user) => json_response(&UserView::from(&user)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn signed_in(app: &App, headers: &HeaderMap) -> Option<users::Model> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims = jsonwebtoken::decode::<Claims>(token, &app.keys.0, &app.keys.1).ok()?.claims;
    let session = sessions::Entity::find().filter(sessions::Column::Pid.eq(claims.sid));
    let (session, user) = session.find_also_related(users::Entity).one(&app.db).await.ok()??;
    user.filter(|user| session.is_active(ballast::clock::now()) && user.pid == claims.sub)
}

fn json_response(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
