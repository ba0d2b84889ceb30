//! Valid requests for the routes of the API.

use ballast::{
    clock,
    models::{
        one_time_tokens::{OneTimeToken, Purpose},
        users,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    PASSWORD, TestApp,
    app::SignedIn,
    request::{Request, TestResponse},
};

/// Issues a one-time token for the user with an e-mail address.
pub async fn token(app: &TestApp, email: &str, purpose: Purpose) -> String {
    let user = users::Entity::find().filter(users::Column::Email.eq(email)).one(&app.db).await.unwrap().unwrap();
    OneTimeToken::issue(&app.ctx.db, &user, purpose, clock::now()).await.unwrap().text().to_owned()
}

/// Sends a request that creates a resource. Returns the ID of the resource.
async fn id(response: Request) -> String {
    let response = response.send().await;
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()["id"].as_str().unwrap().to_owned()
}

/// Returns the body of a document.
pub fn document() -> Value {
    json!({ "title": "Notes", "body": "It rained." })
}

/// API request: method, path and body.
pub type ApiRequest = (&'static str, String, Value);

/// Returns a valid request for every API route that writes to the database.
pub async fn writes(app: &TestApp, ada: &SignedIn) -> Vec<ApiRequest> {
    let document_id = id(app.post("/api/v1/documents").bearer(ada).json(&document())).await;
    let upload = id(app.post("/api/v1/uploads").bearer(ada).file("a.txt", b"text")).await;
    let session = app.get("/api/v1/auth/sessions").bearer(ada).send().await.json()["items"][0]["id"].clone();
    let session = session.as_str().unwrap();
    let email = ada.user["email"].as_str().unwrap();
    let (verify, reset) = (token(app, email, Purpose::Verify).await, token(app, email, Purpose::Reset).await);
    let new = "another horse battery staple";
    let credentials = json!({ "email": email, "password": PASSWORD });
    let registration = json!({ "name": "Eve", "email": format!("new-{email}"), "password": PASSWORD });
    let api = |path: &str| format!("/api/v1{path}");
    vec![
        ("POST", api("/auth/register"), registration),
        ("POST", api("/auth/login"), credentials),
        ("POST", api("/auth/login"), json!({ "email": email, "password": "wrong wrong wrong" })),
        ("POST", api("/auth/refresh"), json!({ "refresh_token": ada.refresh })),
        ("POST", api("/auth/logout"), Value::Null),
        ("POST", api("/auth/verify"), json!({ "token": verify })),
        ("POST", api("/auth/resend"), json!({ "email": email })),
        ("POST", api("/auth/forgot"), json!({ "email": email })),
        ("POST", api("/auth/reset"), json!({ "token": reset, "password": new })),
        ("PUT", api("/auth/password"), json!({ "current_password": PASSWORD, "password": new })),
        ("DELETE", api("/auth/me"), json!({ "password": PASSWORD })),
        ("DELETE", api(&format!("/auth/sessions/{session}")), Value::Null),
        ("DELETE", api("/auth/sessions"), Value::Null),
        ("POST", api("/documents"), document()),
        ("PUT", api(&format!("/documents/{document_id}")), document()),
        ("DELETE", api(&format!("/documents/{document_id}")), Value::Null),
        ("POST", api(&format!("/documents/{document_id}/typesettings")), Value::Null),
        ("POST", api("/uploads"), Value::Null),
        ("DELETE", api(&format!("/uploads/{upload}")), Value::Null),
    ]
}

/// Returns a valid request for every API route that only reads. The document has a finished PDF.
pub async fn reads(app: &TestApp, ada: &SignedIn) -> Vec<ApiRequest> {
    let document = format!("/documents/{}", id(app.post("/api/v1/documents").bearer(ada).json(&document())).await);
    let typesettings = format!("{document}/typesettings");
    let typesetting = app.post(&format!("/api/v1{typesettings}")).bearer(ada).send().await.json()["id"].clone();
    let upload = format!("/uploads/{}", id(app.post("/api/v1/uploads").bearer(ada).file("a.txt", b"text")).await);
    let paths = [
        "/auth/me".to_owned(),
        "/auth/events".to_owned(),
        "/auth/sessions".to_owned(),
        "/documents".to_owned(),
        format!("{typesettings}/{}", typesetting.as_str().unwrap()),
        format!("{document}/pdf"),
        document,
        "/uploads".to_owned(),
        format!("{upload}/content"),
        upload,
    ];
    paths.into_iter().map(|path| ("GET", format!("/api/v1{path}"), Value::Null)).collect()
}

/// Sends a request as a signed-in user.
pub async fn send(app: &TestApp, ada: &SignedIn, (method, path, body): &ApiRequest) -> TestResponse {
    let request = app.request(method, path).bearer(ada);
    let request = match body {
        Value::Null if *method == "POST" && path.ends_with("/uploads") => request.file("b.txt", b"text"),
        Value::Null => request,
        body => request.json(body),
    };
    request.send().await
}

/// Returns whether two paths are equal except for the IDs in the paths.
pub fn is_same_route(path: &str, other: &str) -> bool {
    let is_id = |part: &str| Uuid::parse_str(part).is_ok();
    path.split('/').count() == other.split('/').count()
        && path.split('/').zip(other.split('/')).all(|(a, b)| a == b || (is_id(a) && is_id(b)))
}
