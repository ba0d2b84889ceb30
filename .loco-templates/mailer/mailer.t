{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
{% set words = module | replace(from="_", to=" ") | capitalize -%}
to: "tests/mail/{{ module }}.rs"
skip_exists: true
message: "The mail `{{ module }}`: order it with `mails::Model::order(…, Kind::{{ type }}, …)`, then `send_mail::wake`."
injections:
- into: tests/mail/mod.rs
  after_last: "^mod "
  content: "mod {{ module }};"
- into: src/models/mails/mod.rs
  before: "kinds-inject"
  content: "    /// {{ words }}.\n    {{ type }},"
- into: src/models/mails/mod.rs
  before: "every-inject"
  content: "        Self::{{ type }},"
- into: src/models/mails/mod.rs
  before: "names-inject"
  content: "            Self::{{ type }} => \"{{ module }}\","
- into: src/mailers/letters.rs
  before: "templates-inject"
  content: "    (\"{{ module }}.html\", include_str!(\"templates/{{ module }}.html\")),\n    (\"{{ module }}.txt\", include_str!(\"templates/{{ module }}.txt\")),"
- into: src/mailers/letters.rs
  before: "subjects-inject"
  content: "        Kind::{{ type }} => \"{{ words }}\","
---
//! The mail `{{ module }}`.

use ballast::{
    clock,
    models::mails::{Kind, Model},
    workers::send_mail,
};
use uuid::Uuid;

use super::{ada, call};
use crate::support::TestApp;

async fn order(app: &TestApp) -> Uuid {
    let request = Uuid::now_v7();
    let order = Model::order(&app.ctx.db, Kind::{{ type }}, "ada@example.org", request, clock::now()).await.unwrap();
    send_mail::wake(&app.ctx, order).await;
    request
}

#[tokio::test]
async fn it_bears_its_subject_and_the_id_of_the_request_that_ordered_it() {
    let app = TestApp::start().await;
    ada(&app).await;
    let request = order(&app).await;
    let mail = app.last_mail();
    assert_eq!((mail.header("Subject"), mail.header("To")), ("{{ words }}", "ada@example.org"));
    assert_eq!(mail.header("X-Request-ID"), request.to_string());
    assert!(mail.text.starts_with("Hello Ada Lovelace,"), "{}", mail.text);
}

#[tokio::test]
async fn a_hostile_name_shows_as_it_is() {
    let app = TestApp::start().await;
    let user = ada(&app).await;
    call(&app, user, "<script>\nBcc: eve").await;
    order(&app).await;
    let mail = app.last_mail();
    assert!(mail.text.starts_with("Hello <script> Bcc: eve,"), "{}", mail.text);
    assert!(mail.html.contains("Hello &lt;script&gt; Bcc: eve,"), "{}", mail.html);
    assert!(!mail.headers.iter().any(|(_, value)| value.contains("eve")));
}
