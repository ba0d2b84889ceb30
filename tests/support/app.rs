//! Application under test, with its own database and folder.

use std::sync::Arc;

use axum::Router;
use ballast::{app::App, models::Database, services::Services};
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

/// Maximum number of requests for each policy that a test does not configure. Only tests of limits reach a limit.
const HIGH_LIMIT: u32 = 10_000;
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

/// Booted application. Dropping the value deletes the database and the files.
pub struct TestApp {
    pub router: Router,
    pub ctx: AppContext,
    /// Database that handlers use. Unlike `ctx.db`, this database rejects writes outside a transaction.
    pub db: Database,
    pub folder: TempDir,
    _database: TestDatabase,
}

/// Signed-in user, with the tokens of the session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub access: String,
    pub refresh: String,
    pub user: Value,
}

impl TestApp {
    /// Starts an application with the test configuration.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts an application after `change` has modified the test configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::boot::<App>(change).await
    }

    /// Starts an application with fault injection on every route, and with a request timeout of one second.
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
            settings["rate_limits"][policy]["requests"] = json!(HIGH_LIMIT);
        }
        // Uses long timeouts, because many tests migrate databases and hash passwords simultaneously.
        config.database.connect_timeout = 30_000;
        settings["passwords"]["hashing_patience_seconds"] = json!(60);
        if let Some(url) = redis::url() {
            store_limits_in_redis(&mut config, &url);
        }
        change(&mut config);
        let boot = H::boot(StartMode::ServerOnly, &Environment::Test, config).await.unwrap();
        let db = Services::of(&boot.app_context).db.clone();
        Self { router: boot.router.unwrap(), ctx: boot.app_context, db, folder, _database: database }
    }

    /// Returns the services of the application.
    pub fn services(&self) -> Arc<Services> {
        Services::of(&self.ctx)
    }

    /// Replaces services of the application, both for handlers and for jobs.
    #[expect(clippy::disallowed_methods, reason = "tests replace services after the boot")]
    pub async fn replace_services(&mut self, change: impl FnOnce(&mut Services)) {
        let mut services = Services::clone(&self.services());
        change(&mut services);
        self.ctx.shared_store.insert(Arc::new(services));
        let unlisted = App::before_routes(&self.ctx).await.unwrap();
        self.router = App::routes(&self.ctx).to_router::<App>(self.ctx.clone(), unlisted).unwrap();
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

    /// Registers an account, and signs in to the account.
    pub async fn sign_in(&self, name: &str) -> SignedIn {
        let email = format!("{name}@example.org");
        let new = json!({ "name": name, "email": email, "password": PASSWORD });
        assert_eq!(self.post("/api/v1/auth/register").json(&new).send().await.status, 201);
        self.log_in(&email, PASSWORD).await
    }

    /// Signs in to an existing account.
    pub async fn log_in(&self, email: &str, password: &str) -> SignedIn {
        let response =
            self.post("/api/v1/auth/login").json(&json!({ "email": email, "password": password })).send().await;
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        let text = |field: &str| body[field].as_str().unwrap().to_owned();
        SignedIn { access: text("access_token"), refresh: text("refresh_token"), user: body["user"].clone() }
    }
}

/// Configures an application that counts rate limits on the Redis server at `url`.
///
/// Also sets a new JWT secret, from which the key names are derived. Applications therefore never share a key.
pub fn store_limits_in_redis(config: &mut Config, url: &str) {
    let settings = config.settings.as_mut().unwrap();
    settings["redis_url"] = json!(url);
    settings["rate_limits"]["store"] = json!("redis");
    // Uses a long deadline, because many tests share this machine.
    settings["rate_limits"]["redis_deadline_milliseconds"] = json!(10_000);
    let secret = STANDARD.encode([uuid::Uuid::now_v7().into_bytes(), uuid::Uuid::now_v7().into_bytes()].concat());
    config.auth.as_mut().unwrap().jwt.as_mut().unwrap().secret = secret;
}

/// Sets the maximum number of requests and the window of one policy.
pub fn limit(config: &mut Config, policy: &str, requests: u32, seconds: u32) {
    config.settings.as_mut().unwrap()["rate_limits"][policy] =
        json!({ "requests": requests, "window_seconds": seconds });
}
