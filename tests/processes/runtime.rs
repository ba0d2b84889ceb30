//! Tests of a server process: shutdown, request limits, files and jobs.

use std::{
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
};

use serde_json::Value;

use crate::support::process::{Server, limited};

const HEALTH: &[u8] = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn idle_clients_do_not_delay_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let silent = server.connect();
    let mut half = server.connect();
    half.write_all(b"GET /api/v1/health HTTP/1.1\r\nHost:").unwrap();
    let mut idle = server.connect();
    idle.write_all(b"GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut first = [0; 16];
    idle.read_exact(&mut first).unwrap();
    let (code, log, _) = server.stop();
    let last: Value = serde_json::from_str(log.last().unwrap()).unwrap();
    assert_eq!((code, &last["event"], &last["cut_off"]), (Some(0), &"shutdown_complete".into(), &0.into()));
    drop((silent, half, idle));
}

#[test]
fn too_many_or_too_large_headers_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let with = |headers: String| {
        server.exchange(
            format!("GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n").as_bytes(),
        )
    };
    assert!(with("X-A: b\r\n".repeat(20)).starts_with("HTTP/1.1 200"));
    assert!(with("X-A: b\r\n".repeat(100)).starts_with("HTTP/1.1 431"));
    let large = with(format!("X-A: {}\r\n", "b".repeat(64 * 1024)));
    assert!(large.is_empty() || large.starts_with("HTTP/1.1 431"), "{large}");
    assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"), "other clients are still served");
}

#[test]
fn database_and_storage_files_are_readable_by_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let modes = ["process.sqlite", "process.sqlite-wal", "process.sqlite-shm", "storage", "storage/ballast"]
        .map(|name| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes.map(|mode| format!("{mode:o}")), ["600", "600", "600", "700", "600"]);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn sqlite_connections_have_equal_settings() {
    use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = crate::support::TestApp::start().await;
        if app.ctx.db.get_database_backend() != sea_orm::DatabaseBackend::Sqlite {
            return;
        }
        // Keeps four transactions open, so that each transaction uses a separate connection.
        let mut open = Vec::new();
        for _ in 0..4 {
            open.push(app.ctx.db.begin().await.unwrap());
        }
        for connection in &open {
            for (pragma, expected) in
                [("journal_mode", "wal"), ("foreign_keys", "1"), ("busy_timeout", "5000"), ("synchronous", "2")]
            {
                let statement = Statement::from_string(sea_orm::DatabaseBackend::Sqlite, format!("PRAGMA {pragma}"));
                let row = connection.query_one_raw(statement).await.unwrap().unwrap();
                let value = row
                    .try_get_by_index::<String>(0)
                    .or_else(|_| row.try_get_by_index::<i32>(0).map(|number| number.to_string()))
                    .unwrap();
                assert_eq!(value, expected, "{pragma}");
            }
        }
    });
}

#[test]
fn typesetting_job_survives_a_crash_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let account = r#"{"email":"ada@example.org","password":"correct horse battery"}"#;
    server.send_json("POST", "/auth/register", "", &account.replace('}', r#","name":"Ada"}"#));
    let signed_in = server.send_json("POST", "/auth/login", "", account).1;
    let bearer = format!("Authorization: Bearer {}\r\n", signed_in["access_token"].as_str().unwrap());
    let document = server.send_json("POST", "/documents", &bearer, r#"{"title":"Kept","body":"Text."}"#).1;
    let path = format!("/documents/{}/typesettings", document["id"].as_str().unwrap());
    let typesetting = server.send_json("POST", &path, &bearer, "").1;
    assert_eq!(typesetting["status"], "queued");
    server.child.kill().unwrap();
    server.child.wait().unwrap();

    let mut server = Server::start(folder.path());
    let typesetting_path = format!("{path}/{}", typesetting["id"].as_str().unwrap());
    // If the first process did not finish the job, the second process finishes the job and logs it.
    if server.send_json("GET", &typesetting_path, &bearer, "").1["status"] != "done" {
        let line = server.wait_for("typesetting");
        assert_eq!((&line["outcome"], &line["job_id"]), (&"Done".into(), &typesetting["id"]));
    }
    assert_eq!(server.send_json("GET", &typesetting_path, &bearer, "").1["status"], "done");
}

/// Limits the size of files to 8 MiB, because a write beyond this limit fails like a write to a full disk.
#[test]
fn upload_returns_507_and_leaves_no_partial_file_if_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_serving(&mut limited(folder.path(), "ulimit -f 16384"));
    let post = |path: &str, kind: &str, token: &str, body: &[u8]| {
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        server.exchange(&[head.as_bytes(), body].concat())
    };
    let account = br#"{"name":"Ada","email":"ada@example.org","password":"correct horse battery"}"#;
    assert!(post("/auth/register", "application/json", "", account).starts_with("HTTP/1.1 201"));
    let login = br#"{"email":"ada@example.org","password":"correct horse battery"}"#;
    let response = post("/auth/login", "application/json", "", login);
    let token = response.split_once("\"access_token\":\"").unwrap().1.split('"').next().unwrap();
    let upload = |bytes: usize| {
        let head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
        let body = [head.as_slice(), &vec![0; bytes], b"\r\n--b--\r\n"].concat();
        post("/uploads", "multipart/form-data; boundary=b", token, &body)
    };
    let full = upload(9 << 20);
    assert!(full.starts_with("HTTP/1.1 507") && full.contains("\"code\":\"storage_full\""), "{full}");
    assert_eq!(std::fs::read_dir(folder.path().join("storage/.partial")).unwrap().count(), 0);
    assert!(upload(1 << 20).starts_with("HTTP/1.1 201"), "a small file is stored");
}
