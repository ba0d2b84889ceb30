//! Tests of the database statements of each API operation. More statements mean more round trips to the database.
//!
//! A commit precedes each request, so that the session of the request is not cached.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ballast::{initializers::database, models::Database};
use loco_rs::config;
use regex::Regex;
use uuid::Uuid;

use crate::support::{
    TestApp,
    api_requests::{ApiRequest, is_same_route, reads, send, writes},
    app::SignedIn,
    faults::endpoints,
};

/// Path prefixes of the routes that the test must cover. Generated routes have their own tests.
const OWN: [&str; 3] = ["/api/v1/auth", "/api/v1/documents", "/api/v1/uploads"];

type Statements = Arc<Mutex<Vec<String>>>;

/// Starts an application whose handlers use a recorded database. Returns the list of recorded statements.
///
/// The recorded database has one connection, because `SeaORM` does not record the statements of the connections that are
/// kept for reads. A pool with one connection keeps no connection for reads.
async fn start_recording() -> (TestApp, Statements) {
    let mut app = TestApp::start().await;
    let settings = config::Database { max_connections: 1, ..app.ctx.config.database.clone() };
    let mut connection = database::open(&settings).await.unwrap();
    let statements = Statements::default();
    let recorder = Arc::clone(&statements);
    connection.set_metric_callback(move |info| recorder.lock().unwrap().push(info.statement.sql.clone()));
    app.replace_services(|services| services.db = Database::new(connection)).await;
    (app, statements)
}

/// Returns a request for each API route.
async fn requests(app: &TestApp, user: &SignedIn) -> Vec<ApiRequest> {
    let mut requests = reads(app, user).await;
    requests.extend(writes(app, user).await);
    requests
}

/// Returns the verb and the first table of a statement, such as `SELECT users`.
fn summary(sql: &str) -> String {
    let table = Regex::new(r#"(?:FROM|INTO|UPDATE) "(\w+)""#).unwrap();
    let verb = sql.split_whitespace().next().unwrap_or_default();
    table.captures(sql).map_or_else(|| verb.to_owned(), |found| format!("{verb} {}", &found[1]))
}

/// Returns the method and the path of a request, with `{id}` instead of each ID.
fn operation((method, path, body): &ApiRequest) -> String {
    let parts = path.split('/').map(|part| if Uuid::parse_str(part).is_ok() { "{id}" } else { part });
    let wrong = if body["password"] == "wrong wrong wrong" { " (wrong password)" } else { "" };
    format!("{method} {}{wrong}", parts.collect::<Vec<_>>().join("/"))
}

#[tokio::test]
async fn api_operations_run_the_expected_statements() {
    let (app, statements) = start_recording().await;
    let first = requests(&app, &app.sign_in("user-0").await).await;
    for (method, template) in endpoints(&app.ctx) {
        let is_own = OWN.iter().any(|prefix| template.starts_with(prefix)) && method != "HEAD";
        let is_covered = first.iter().any(|(verb, path, _)| *verb == method && is_same_route(path, &template));
        assert!(is_covered || !is_own, "{method} {template} is not covered");
    }
    let mut recorded = BTreeMap::new();
    for index in 0..first.len() {
        // Each request has its own user, because some requests end the session.
        let user = app.sign_in(&format!("user-{}", index + 1)).await;
        let request = requests(&app, &user).await.swap_remove(index);
        statements.lock().unwrap().clear();
        let response = send(&app, &user, &request).await;
        let sent = std::mem::take(&mut *statements.lock().unwrap());
        let is_wrong = operation(&request).ends_with("(wrong password)");
        assert!(response.status.is_success() != is_wrong, "{request:?}: {}", response.text());
        recorded.insert(operation(&request), sent.iter().map(|sql| summary(sql)).collect::<Vec<_>>());
    }
    insta::assert_json_snapshot!(recorded);
}
