//! Tests of a full tablespace under PostgreSQL.
//!
//! PostgreSQL still writes to pages with free space, so a small write can succeed on a full disk. Each
//! response must therefore be 507, or a success with stored rows.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    TestApp,
    api_requests::{ApiRequest, document, send, writes},
    app::SignedIn,
    small_tablespace::SmallTablespace,
};

/// Number of requests that certainly fills the free space in the pages of a table.
///
/// A page has 8 KiB, and each row takes more than 1/300 of a page.
const ATTEMPTS: usize = 300;

/// Routes that insert a row for every request.
const INSERTING: [&str; 4] = ["/auth/login", "/documents", "/documents/{id}/typesettings", "/uploads"];

/// Returns a document of random text, which PostgreSQL cannot compress.
fn large() -> Value {
    let mut bytes = vec![0; 48 * 1024];
    OsRng.try_fill_bytes(&mut bytes).unwrap();
    json!({ "title": "Large", "body": STANDARD.encode(bytes) })
}

/// Write request with its user, and the number of successful responses.
struct Attempt {
    sender: SignedIn,
    write: ApiRequest,
    acknowledged: usize,
}

impl Attempt {
    /// Returns the path without the API prefix. `{id}` replaces each ID.
    fn route(&self) -> String {
        let parts = self.write.1.trim_start_matches("/api/v1").split('/');
        let parts = parts.map(|part| if Uuid::parse_str(part).is_ok() { "{id}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Sends the request until a response has an error status, at most `ATTEMPTS` times. Returns the last status.
    async fn send(&mut self, app: &TestApp) -> u16 {
        let mut status = 0;
        for _ in 0..ATTEMPTS {
            status = send(app, &self.sender, &self.write).await.status.as_u16();
            if !(200..300).contains(&status) {
                break;
            }
            self.acknowledged += 1;
        }
        status
    }

    /// Returns a query that counts the rows that the request has stored, and the expected count.
    ///
    /// Returns `None` for routes whose rows the test does not count.
    fn stored(&self) -> Option<(String, usize)> {
        let (method, path, body) = &self.write;
        let (user, id) = (&self.sender.user["id"].as_str()?, path.rsplit('/').next()?);
        let own = |table: &str| {
            format!("SELECT count(*) FROM {table} JOIN users ON users.id = user_id WHERE users.pid = '{user}'")
        };
        let by_pid = |table: &str, pid: &str| format!("SELECT count(*) FROM {table} WHERE pid = '{pid}'");
        let once = self.acknowledged.min(1);
        Some(match (*method, self.route().as_str()) {
            // Adds one, because `sign_in` and `writes` stored one row of each table before the disk was full.
            ("POST", "/documents") => (own("documents"), 1 + self.acknowledged),
            ("POST", "/uploads") => (own("uploads"), 1 + self.acknowledged),
            ("POST", "/auth/login") => (own("sessions"), 1 + self.acknowledged),
            ("POST", "/auth/register") => {
                (format!("SELECT count(*) FROM users WHERE email = '{}'", body["email"].as_str()?), once)
            }
            ("DELETE", "/auth/me") => (by_pid("users", user), 1 - once),
            ("DELETE", "/documents/{id}") => (by_pid("documents", id), 1 - once),
            ("DELETE", "/uploads/{id}") => (by_pid("uploads", id), 1 - once),
            ("DELETE", "/auth/sessions/{id}") => (by_pid("sessions", id) + " AND ended_at IS NULL", 1 - once),
            ("DELETE", "/auth/sessions") | ("POST", "/auth/logout") => {
                (own("sessions") + " AND ended_at IS NULL", 1 - once)
            }
            _ => return None,
        })
    }
}

/// Returns the first `count` write requests of the API. Each request has its own user.
async fn attempts(app: &TestApp, count: usize) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for index in 0..count {
        let sender = app.sign_in(&format!("user{index}")).await;
        let write = writes(app, &sender).await.swap_remove(index);
        attempts.push(Attempt { sender, write, acknowledged: 0 });
    }
    attempts
}

/// Creates documents until the disk is full. Returns the IDs of documents whose creation was acknowledged.
async fn fill(app: &TestApp, ada: &SignedIn) -> BTreeSet<Uuid> {
    let mut acknowledged = BTreeSet::new();
    loop {
        let response = app.post("/api/v1/documents").bearer(ada).json(&large()).send().await;
        if response.status != 201 {
            assert_eq!((response.status.as_u16(), response.error_code().as_str()), (507, "storage_full"));
            return acknowledged;
        }
        acknowledged.insert(response.json()["id"].as_str().unwrap().parse().unwrap());
    }
}

async fn database_status(app: &TestApp) -> (u16, Value) {
    let health = app.get("/api/v1/health").send().await;
    (health.status.as_u16(), health.json()["checks"]["database"]["status"].clone())
}

async fn count(db: &DatabaseConnection, query: String) -> i64 {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn writes_return_507_or_are_stored_while_the_tablespace_is_full_and_recover() {
    let Some(space) = SmallTablespace::create(16).await else { return };
    let uri = space.uri.clone();
    let app = TestApp::start_with(|config| config.database.uri = uri).await;
    let ada = app.sign_in("ada").await;
    let all = writes(&app, &ada).await;
    let mut attempts = attempts(&app, all.len()).await;

    // Writes the pages of the new database to the disk. Pages without disk space would block later checkpoints.
    app.ctx.db.execute_unprepared("CHECKPOINT").await.unwrap();
    let mut documents = fill(&app, &ada).await;
    assert!(documents.len() > 10, "{}", documents.len());
    space.disk.fill();
    documents.append(&mut fill(&app, &ada).await);
    // The status is degraded because the write of a document has failed. The health check's own write still succeeds,
    // because its page has free space.
    assert_eq!(database_status(&app).await, (200, json!("degraded")));
    for path in ["/api/v1/auth/me", "/api/v1/documents", &format!("/api/v1/documents/{}", documents.first().unwrap())] {
        assert_eq!(app.get(path).bearer(&ada).send().await.status, 200, "reads must succeed: {path}");
    }
    for attempt in &mut attempts {
        let status = attempt.send(&app).await;
        let is_full = status == 507;
        assert!(is_full || attempt.acknowledged > 0 || status == 401, "{:?}: {status}", attempt.write);
        let adds = attempt.write.0 == "POST" && INSERTING.contains(&attempt.route().as_str());
        assert!(is_full || status == 401 || !adds, "{:?}: {status}", attempt.write);
    }

    // A checkpoint must succeed on the full disk, because tests of other databases on this server need checkpoints too.
    app.ctx.db.execute_unprepared("CHECKPOINT").await.unwrap();

    space.disk.resize(64);
    let created = join_all((0..40).map(|_| app.post("/api/v1/documents").bearer(&ada).json(&document()).send())).await;
    assert!(created.iter().all(|response| response.status == 201), "{:?}", created[0].text());
    for write in all.iter().filter(|(method, path, _)| *method != "DELETE" && !path.contains("/auth/")) {
        assert!(send(&app, &ada, write).await.status.is_success(), "{write:?}");
    }
    assert_eq!(database_status(&app).await, (200, json!("ok")));

    app.db.close().await.unwrap();
    let reopened = Database::connect(&space.uri).await.unwrap();
    let large = "SELECT count(*) FROM documents WHERE title = 'Large'";
    assert_eq!(count(&reopened, large.to_owned()).await, i64::try_from(documents.len()).unwrap());
    for attempt in &attempts {
        let Some((query, expected)) = attempt.stored() else { continue };
        assert_eq!(count(&reopened, query).await, i64::try_from(expected).unwrap(), "{:?}", attempt.write);
    }
}
