//! An application with a database and a folder of its own.

use axum::Router;
use ballast::{app::App, models::Database};
use base64::{Engine, engine::general_purpose::STANDARD};
use loco_rs::{
    app::{AppContext, Hooks},
    boot::StartMode,
    config::Config,
    environment::Environment,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PASSWORD, database::TestDatabase, faults::FaultyApp, redis, request::Request};

/// Limits so high that only tests of limits meet them.
const PLENTY: u32 = 10_000;
const POLICIES: [&str; 14] = [
    "login",
    "login_pair",
    "register",
    "recovery",
    "recovery_account",
    "token",
    "password",
    "refresh",
    "upload",
    "typeset",
    "writes",
    "user",
    "mailbox",
    "mailbox_day",
];

/// A booted application; its database and files go with it.
pub struct TestApp {
    pub router: Router,
    pub ctx: AppContext,
    /// As handlers have it: it rejects writes outside a transaction, which `ctx.db` allows.
    pub db: Database,
    pub folder: TempDir,
    _database: TestDatabase,
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub access: String,
    pub refresh: String,
    pub user: Value,
}

impl TestApp {
    /// As configured for tests.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With some settings changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::boot::<App>(change).await
    }

    /// With a fault on demand behind every route, and a second for a request.
    pub async fn start_faulty() -> Self {
        Self::boot::<FaultyApp>(|config| config.server.middlewares.timeout_request.as_mut().unwrap().timeout = 1000)
            .await
    }

    async fn boot<H: Hooks>(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = App::load_config(&Environment::Test).await.unwrap();
        let database = TestDatabase::create(&config.database.uri, folder.path()).await;
        config.database.uri.clone_from(&database.uri);
        let settings = config.settings.as_mut().unwrap();
        settings["storage"]["url"] = json!(format!("file:{}", folder.path().join("storage").display()));
        settings["typesetting"]["program"] = json!(env!("CARGO_BIN_EXE_ballast-cli"));
        for policy in POLICIES {
            settings["rate_limits"][policy]["requests"] = json!(PLENTY);
        }
        // Many tests migrate and hash at once: an operator's patience would not do.
        config.database.connect_timeout = 30_000;
        settings["passwords"]["hashing_patience_seconds"] = json!(60);
        if let Some(url) = redis::url() {
            share_limits(&mut config, &url);
        }
        change(&mut config);
        let boot = H::boot(StartMode::ServerOnly, &Environment::Test, config).await.unwrap();
        let db = Database::of(&boot.app_context);
        Self { router: boot.router.unwrap(), ctx: boot.app_context, db, folder, _database: database }
    }

    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    pub fn put(&self, path: &str) -> Request {
        self.request("PUT", path)
    }

    pub fn delete(&self, path: &str) -> Request {
        self.request("DELETE", path)
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.router.clone(), method, path)
    }

    /// Opens an account and signs in.
    pub async fn sign_in(&self, name: &str) -> SignedIn {
        let email = format!("{name}@example.org");
        let new = json!({ "name": name, "email": email, "password": PASSWORD });
        assert_eq!(self.post("/api/v1/auth/register").json(&new).send().await.status, 201);
        self.log_in(&email, PASSWORD).await
    }

    /// Signs in to an account that is there.
    pub async fn log_in(&self, email: &str, password: &str) -> SignedIn {
        let answer =
            self.post("/api/v1/auth/login").json(&json!({ "email": email, "password": password })).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let text = |field: &str| body[field].as_str().unwrap().to_owned();
        SignedIn { access: text("access_token"), refresh: text("refresh_token"), user: body["user"].clone() }
    }
}

/// Counts limits on this Redis, in keys that no other application has: they are made with its secret.
pub fn share_limits(config: &mut Config, url: &str) {
    let settings = config.settings.as_mut().unwrap();
    settings["redis_url"] = json!(url);
    settings["rate_limits"]["store"] = json!("redis");
    // Many tests share this machine: a production server's deadline would be missed for want of time.
    settings["rate_limits"]["redis_deadline_milliseconds"] = json!(10_000);
    let secret = STANDARD.encode([uuid::Uuid::now_v7().into_bytes(), uuid::Uuid::now_v7().into_bytes()].concat());
    config.auth.as_mut().unwrap().jwt.as_mut().unwrap().secret = secret;
}

/// Sets one policy's numbers.
pub fn limit(config: &mut Config, policy: &str, requests: u32, seconds: u32) {
    config.settings.as_mut().unwrap()["rate_limits"][policy] =
        json!({ "requests": requests, "window_seconds": seconds });
}
