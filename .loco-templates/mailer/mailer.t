{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
{% set words = module | replace(from="_", to=" ") | capitalize -%}
to: "tests/mail/{{ module }}.rs"
skip_exists: true
message: "E-mail `{{ module }}` generated. Enqueue it with `mails::Model::enqueue(…, MailKind::{{ type }}, …)`, then call `send_mail::enqueue`."
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
- into: src/mailers/message.rs
  before: "templates-inject"
  content: "    (\"{{ module }}.html\", include_str!(\"templates/{{ module }}.html\")),\n    (\"{{ module }}.txt\", include_str!(\"templates/{{ module }}.txt\")),"
- into: src/mailers/message.rs
  before: "subjects-inject"
  content: "        MailKind::{{ type }} => \"{{ words }}\","
---
//! Tests of the e-mail `{{ module }}`.

use ballast::{
    clock,
    models::mails::{MailKind, Model},
    workers::send_mail,
};
use uuid::Uuid;

use super::{register_ada, rename};
use crate::support::TestApp;

/// Enqueues the e-mail for Ada and returns the request ID.
async fn enqueue(app: &TestApp) -> Uuid {
    let request_id = Uuid::now_v7();
    let mail = Model::enqueue(&app.ctx.db, MailKind::{{ type }}, "ada@example.org", request_id, clock::now());
    send_mail::enqueue(&app.ctx, mail.await.unwrap()).await;
    request_id
}

#[tokio::test]
async fn mail_has_its_subject_and_request_id_when_it_is_sent() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let request_id = enqueue(&app).await;
    let mail = app.last_mail();
    assert_eq!((mail.header("Subject"), mail.header("To")), ("{{ words }}", "ada@example.org"));
    assert_eq!(mail.header("X-Request-ID"), request_id.to_string());
    assert!(mail.text.starts_with("Hello Ada Lovelace,"), "{}", mail.text);
}

#[tokio::test]
async fn mail_escapes_the_name_when_it_contains_markup_and_line_breaks() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    rename(&app, user, "<script>\nBcc: eve").await;
    enqueue(&app).await;
    let mail = app.last_mail();
    assert!(mail.text.starts_with("Hello <script> Bcc: eve,"), "{}", mail.text);
    assert!(mail.html.contains("Hello &lt;script&gt; Bcc: eve,"), "{}", mail.html);
    assert!(!mail.headers.iter().any(|(_, value)| value.contains("eve")));
}
