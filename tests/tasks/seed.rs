//! Tests of `cargo loco db seed`.

use std::{fs, path::Path};

use ballast::{
    app::App,
    models::{documents, mails, users},
};
use loco_rs::{app::Hooks, environment::Environment};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;

use crate::support::TestApp;

/// Returns the number of users and the titles of all documents.
async fn stored(app: &TestApp) -> (u64, Vec<String>) {
    let documents = documents::Entity::find().order_by_asc(documents::Column::Id).all(&app.db).await.unwrap();
    let users = users::Entity::find().count(&app.db).await.unwrap();
    (users, documents.into_iter().map(|document| document.title).collect())
}

#[tokio::test]
async fn seed_creates_a_verified_user_with_documents_once() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        App::seed(&app.ctx, Path::new("src/fixtures")).await.unwrap();
        let titles = ["Markdown reference", "Invoice for September"].map(str::to_owned);
        assert_eq!(stored(&app).await, (1, titles.to_vec()));
    }
    let credentials = json!({ "email": "demo@example.com", "password": "correct horse battery" });
    let response = app.post("/api/v1/auth/login").json(&credentials).send().await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["user"]["verified"], true);
    assert_eq!(mails::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn seed_ignores_a_byte_order_mark() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), "\u{feff}# Weir\n").unwrap();
    App::seed(&app.ctx, folder.path()).await.unwrap();
    assert_eq!(stored(&app).await, (1, vec!["Weir".to_owned()]));
    let document = documents::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!(document.body, "# Weir\n");
}

#[tokio::test]
async fn seed_stores_nothing_when_a_file_cannot_be_read() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), [0xFF]).unwrap();
    for folder in [folder.path(), Path::new("missing")] {
        let error = App::seed(&app.ctx, folder).await.unwrap_err().to_string();
        assert!(error.contains(&folder.display().to_string()), "{error}");
    }
    assert_eq!(stored(&app).await, (0, Vec::new()));
}

#[tokio::test]
async fn seed_is_rejected_when_the_environment_is_not_development() {
    let app = TestApp::start().await;
    for environment in [Environment::Production, Environment::Any("staging".to_owned())] {
        let mut ctx = app.ctx.clone();
        ctx.environment = environment;
        assert!(App::seed(&ctx, Path::new("src/fixtures")).await.unwrap_err().to_string().contains("development"));
    }
    assert_eq!(stored(&app).await, (0, Vec::new()));
}
