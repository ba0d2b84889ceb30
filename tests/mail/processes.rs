//! Tests of e-mails in server processes: log lines, and tokens, which no file may contain.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{
    mail::Mail,
    process::{Server, ballast},
    smtp::{Behavior, Smtp},
};

const PRODUCTION: [(&str, &str); 3] = [
    ("LOCO_ENV", "production"),
    ("HOST", "https://example.org"),
    ("JWT_SECRET", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ="),
];

/// Registers an account. Returns the ID of the registration request.
fn register(server: &Server) -> String {
    let body = r#"{"name":"Ada","email":"canary@example.org","password":"correct horse battery"}"#;
    let length = body.len();
    let response = server.exchange(
        format!("POST /api/v1/auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
            .as_bytes(),
    );
    assert!(response.starts_with("HTTP/1.1 201"), "{response}");
    let head = response.to_lowercase();
    head.split("x-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap().to_owned()
}

/// Returns whether any file below a folder contains `text`.
fn contains(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return contains(&path, text);
        }
        let bytes = fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_has_the_request_id_and_its_token_is_not_stored() {
    let (folder, mails) = (tempfile::tempdir().unwrap(), Smtp::start(Behavior::Accepts).await);
    let port = mails.address.port().to_string();
    let variables =
        [("MAILER_ENABLED", "true"), ("MAILER_HOST", "127.0.0.1"), ("MAILER_PORT", &port), ("MAILER_TLS", "none")];
    let mut server = Server::start_with(folder.path(), &variables);
    let id = register(&server);
    let line = server.wait_for("mail");
    assert_eq!((&line["request_id"], &line["job"]), (&Value::from(id.as_str()), &"send_mail".into()));
    assert_eq!((&line["kind"], &line["outcome"], &line["attempt"]), (&"verify".into(), &"Sent".into(), &1.into()));
    let mail = Mail::parse(&mails.mails()[0]);
    assert_eq!(mail.header("X-Request-ID"), id);
    let token = mail.token();
    assert!(contains(folder.path(), "canary@example.org"), "the search must cover the database");
    assert!(!contains(folder.path(), &token));
    let (_, log, stderr) = server.stop();
    let output = format!("{}{stderr}", log.join("\n"));
    assert!(!output.contains(&token) && !output.contains("canary"), "{output}");
    assert!(!contains(folder.path(), &token));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_logged_with_its_link_in_development() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let id = register(&server);
    let line = server.wait_for("mail_logged");
    assert_eq!(
        (&line["request_id"], &line["subject"]),
        (&Value::from(id.as_str()), &"Confirm your e-mail address".into())
    );
    let text = line["text"].as_str().unwrap();
    assert!(text.contains("\nhttp://localhost:5150/verify?token="), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_not_logged_in_production_without_a_mail_server() {
    let folder = tempfile::tempdir().unwrap();
    let migrated = ballast(folder.path()).envs(PRODUCTION).args(["db", "migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let server = Server::start_with(folder.path(), &PRODUCTION);
    register(&server);
    let (_, log, stderr) = server.stop();
    let lines = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let off: Vec<_> = lines.filter(|line| line["event"] == "mail_off").collect();
    assert_eq!((off.len(), &off[0]["level"]), (1, &"WARN".into()), "the event is logged once at boot");
    assert!(!log.iter().any(|line| line.contains("ERROR")), "{log:?}");
    let output = format!("{}{stderr}", log.join("\n"));
    assert!(!output.contains("token=") && !output.contains("canary"), "{output}");
}
