//! The program as an operator runs it: how it refuses to start, what it writes, how it stops.

use std::{
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use ballast::app::App;
use loco_rs::app::Hooks;
use serde_json::{Value, json};

use crate::support::process::{Server, ballast};

const HEALTH: &[u8] = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Starts with one variable changed and gives what it says when it refuses.
fn refusal(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = ballast(folder.path());
    command.envs(variables.iter().copied()).arg("start");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?} was accepted");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{variables:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{variables:?}: {said}");
    said
}

#[test]
fn a_wrong_setting_stops_the_start_with_one_line_that_names_it() {
    let wrong = [
        ("RATE_LIMIT_LOGIN_REQUESTS", "0"),
        ("RATE_LIMIT_LOGIN_REQUESTS", "-1"),
        ("RATE_LIMIT_LOGIN_REQUESTS", "abc"),
        ("RATE_LIMIT_LOGIN_REQUESTS", ""),
        ("RATE_LIMIT_LOGIN_WINDOW_SECONDS", "1e9"),
        ("RATE_LIMIT_LOGN_REQUESTS", "5"),
        ("RATE_LIMIT_ENABLED", "maybe"),
        ("RATE_LIMIT_STORE", "paper"),
        ("DOCS_ENABLED", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("LOG_LEVEL", "off"),
        ("LOG_FORMAT", "xml"),
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("HOST", "example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("UPLOAD_MAX_BYTES", "12"),
        ("REQUEST_TIMEOUT_SECONDS", "0"),
        ("REQUEST_TIMEOUT_SECONDS", ""),
        ("SHUTDOWN_GRACE_SECONDS", "forever"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "0"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "65537"),
        ("STORAGE_URL", "ftp://example.org"),
        ("DATABASE_URL", "mysql://localhost/ballast"),
        ("JWT_SECRET", "c2hvcnQ="),
        ("JWT_SECRET", "not base64 at all, but long enough to be one of 32 bytes"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_HASHING_MEMORY_KIBIBYTES", "19455"),
        ("PASSWORD_HASHING_MEMORY_KIBIBYTES", "8388608"),
        ("PASSWORD_HASHING_PASSES", "1"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_REQUESTS", "0"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_WINDOW_SECONDS", "86401"),
        ("SESSION_IDLE_DAYS", "-14"),
        ("SESSION_IDLE_DAYS", "15"),
        ("SESSION_ABSOLUTE_DAYS", "31"),
        ("ACCESS_TOKEN_SECONDS", "901"),
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("DATABASE_URL", "sqlite:///nowhere/at/all.sqlite"),
        ("DATABASE_URL", "postgres://ballast@127.0.0.1:1/none"),
        ("METRICS_ENABLED", "maybe"),
        ("METRICS_BINDING", "9150"),
        ("METRICS_BINDING", "127.0.0.1:port"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("METRICS_BINDIN", "127.0.0.1:9150"),
        ("QUEUE", "redis"),
        ("RATE_LIMIT_STORE", "redis"),
    ];
    for (variable, value) in wrong {
        let said = refusal(&[(variable, value)]);
        let named = if value == "redis" { "REDIS_URL" } else { variable };
        assert!(said.contains(named), "{variable}={value}: {said}");
    }
}

#[test]
fn a_bucket_is_refused_without_what_it_needs_and_where_it_does_not_answer() {
    const SECRET: &str = "hidden-from-all";
    let bucket = ("STORAGE_URL", "s3://files?endpoint=http://127.0.0.1:1");
    let said = refusal(&[bucket]);
    assert!(said.contains("AWS_REGION"), "{said}");
    let said = refusal(&[bucket, ("AWS_REGION", "a"), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    assert!(said.contains("AWS_ACCESS_KEY_ID") && !said.contains(SECRET), "{said}");
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    let said = refusal(&[bucket, ("AWS_REGION", "a"), keys[0], keys[1]]);
    assert!(said.contains("STORAGE_URL: the bucket files cannot be used") && !said.contains(SECRET), "{said}");
}

#[test]
fn of_several_wrong_settings_one_is_named() {
    let said = refusal(&[("RATE_LIMIT_LOGIN_REQUESTS", "abc"), ("RATE_LIMIT_REGISTER_REQUESTS", "abc")]);
    assert!(said.contains("RATE_LIMIT_LOGIN_REQUESTS"), "{said}");
    let said = refusal(&[("DOCS_ENABLED", "maybe"), ("PORT", "0")]);
    assert!(said.contains("DOCS_ENABLED") || said.contains("PORT"), "{said}");
}

#[test]
fn a_refusal_never_shows_a_secret() {
    let secret = "aHVudGVyMg==";
    assert!(!refusal(&[("JWT_SECRET", secret)]).contains(secret));
    let said = refusal(&[("DATABASE_URL", "postgres://ballast:hunter2@127.0.0.1:1/none")]);
    assert!(!said.contains("hunter2"), "{said}");
    for address in ["rediss://a:hunter2@127.0.0.1:1", "redis:///hunter2", "redis://a:hunter2@127.0.0.1:port", "hunter2"]
    {
        let said = refusal(&[("RATE_LIMIT_STORE", "redis"), ("REDIS_URL", address)]);
        assert!(said.contains("REDIS_URL") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn what_stops_the_start_is_said_in_the_format_of_the_log() {
    for environment in ["development", "production"] {
        let said = |format: &str| refusal(&[("LOCO_ENV", environment), ("LOG_FORMAT", format), ("PORT", "abc")]);
        let line: Value = serde_json::from_str(&said("json")).unwrap();
        assert_eq!((line["level"].as_str(), line["event"].as_str()), (Some("ERROR"), Some("fatal")));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z') && line["message"].is_string(), "{line}");
        assert!(said("compact").starts_with("error: "));
    }
    assert!(refusal(&[("LOCO_ENV", "production"), ("LOG_FORMAT", "paper")]).starts_with('{'));
}

#[test]
fn asked_for_its_version_it_says_its_own_and_needs_no_setting_for_it() {
    for word in ["--version", "-V"] {
        let said = ballast(Path::new("/nowhere")).args([word]).env("LOCO_ENV", "production").output().unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), format!("ballast-cli {}\n", App::app_version()));
    }
}

#[test]
fn from_boot_to_shutdown_every_line_is_one_flat_json_object() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let secret = "hunter2-in-the-query";
    for path in ["/api/v1/health", "/api/v1/nope", &format!("/api/v1/uploads?token={secret}"), "/%0a%1b[31m"] {
        let answer = server.exchange(format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Request-ID: forged-id\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    let account = format!(r#"{{"name":"Ada","email":"canary@example.org","password":"{secret}"}}"#);
    let length = account.len();
    let answer = server.exchange(
        format!("POST /api/v1/auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{account}").as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (code, log, stderr) = server.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    for line in &lines {
        let fields = line.as_object().unwrap();
        assert!(["timestamp", "level", "target", "message"].iter().all(|name| fields[*name].is_string()), "{line}");
        assert!(fields.values().all(|value| !value.is_object() && !value.is_array()), "{line}");
    }
    let text = log.join("\n");
    assert!(!text.contains(secret) && !text.contains("forged-id") && !text.contains("canary"));
    let access: Vec<&Value> = lines.iter().filter(|line| line["event"] == "request").collect();
    assert_eq!(access.len(), 5);
    for line in access {
        assert!(["request_id", "method", "path", "client_ip"].iter().all(|name| line[*name].is_string()), "{line}");
        assert!(line["status"].is_u64() && line["duration_ms"].is_number(), "{line}");
    }
    assert_eq!(lines.last().unwrap()["event"], "shutdown_complete");
    let costs: Vec<&Value> = lines.iter().filter(|line| line["event"] == "hashing_cost").collect();
    assert!(matches!(costs.as_slice(), [cost] if cost["milliseconds"].as_f64() > Some(0.0)), "{costs:?}");
}

#[test]
fn a_panic_among_many_requests_is_one_line_and_an_answer_and_the_process_lives() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_faulty(folder.path());
    let get = |path: &str, headers: &str| {
        server.exchange(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{headers}Connection: close\r\n\r\n").as_bytes())
    };
    for number in 0..500 {
        let path = ["/api/v1/health", "/api/v1/health/live", "/api/v1/nope", "/api/v1/documents"][number % 4];
        assert!(get(path, "").starts_with("HTTP/1.1 "));
    }
    let answer = get("/api/v1/health", "X-Fault: panic\r\n");
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("internal_error"), "{answer}");
    let id = answer.split("x-request-id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert!(get("/api/v1/health", "").starts_with("HTTP/1.1 200"));
    let (code, log, stderr) = server.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let events = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    assert_eq!(events("request").len(), 502);
    let panics = events("panic");
    assert_eq!((panics.len(), panics[0]["request_id"].as_str()), (1, Some(id.as_str())));
    assert!(panics[0]["location"].as_str().unwrap().contains("faults.rs"), "{}", panics[0]);
}

#[test]
fn what_happens_to_accounts_stands_in_the_log_and_a_refused_sign_in_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let post = |path: &str, body: &str| {
        let length = body.len();
        server.exchange(format!("POST /api/v1/auth{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").as_bytes())
    };
    let (good, wrong) = (r#""password":"correct horse battery""#, r#""password":"wrong wrong wrong""#);
    post("/register", &format!(r#"{{"name":"Ada","email":"canary@example.org",{good}}}"#));
    post("/login", &format!(r#"{{"email":"canary@example.org",{good}}}"#));
    for _ in 0..5 {
        post("/login", &format!(r#"{{"email":"canary@example.org",{wrong}}}"#));
    }
    let (_, log, _) = server.stop();
    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |field: &str, code: &str| lines.iter().filter(|line| line[field] == code).count();
    assert_eq!((count("event", "registered"), count("event", "signed_in")), (1, 1));
    assert_eq!((count("security_event", "sign_in_refused"), count("security_event", "limit_hit")), (4, 1));
    let accounts = lines.iter().filter(|line| line["path"] == "/api/v1/auth/login").count();
    assert_eq!(accounts, 7, "one line a request, and one for having signed in");
    assert!(lines.iter().filter(|line| line["event"] == "signed_in").all(|line| line["user_id"].is_string()));
    assert!(!log.join("\n").contains("canary"));
}

#[test]
fn the_level_that_is_asked_for_is_the_level_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ballast(folder.path());
    let output = command.env("LOG_LEVEL", "ERROR").args(["db", "migrate"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

#[test]
fn a_silent_client_holds_no_shutdown() {
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
fn headers_that_are_too_many_or_too_large_are_refused() {
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
    assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"), "others are still served");
}

#[test]
fn files_of_the_database_and_the_storage_are_closed_to_other_users() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let modes = ["process.sqlite", "process.sqlite-wal", "process.sqlite-shm", "storage", "storage/ballast"]
        .map(|name| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes.map(|mode| format!("{mode:o}")), ["600", "600", "600", "700", "600"]);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn every_connection_of_the_sqlite_pool_is_set_up_alike() {
    use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = crate::support::TestApp::start().await;
        if app.ctx.db.get_database_backend() != sea_orm::DatabaseBackend::Sqlite {
            return;
        }
        // Held open together, so that each is another connection.
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(app.ctx.db.begin().await.unwrap());
        }
        for connection in &held {
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
fn an_order_for_a_pdf_outlives_the_process_that_took_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let send = |server: &Server, method: &str, path: &str, headers: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n{body}"
        );
        let answer = server.exchange(request.as_bytes());
        serde_json::from_str::<Value>(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let account = r#"{"email":"ada@example.org","password":"correct horse battery"}"#;
    send(&server, "POST", "/auth/register", "", &account.replace('}', r#","name":"Ada"}"#));
    let signed_in = send(&server, "POST", "/auth/login", "", account);
    let bearer = format!("Authorization: Bearer {}\r\n", signed_in["access_token"].as_str().unwrap());
    let document = send(&server, "POST", "/documents", &bearer, r#"{"title":"Kept","body":"Text."}"#);
    let path = format!("/documents/{}/typesettings", document["id"].as_str().unwrap());
    let order = send(&server, "POST", &path, &bearer, "");
    assert_eq!(order["status"], "queued");
    server.child.kill().unwrap();
    server.child.wait().unwrap();

    let mut server = Server::start(folder.path());
    let shown = format!("{path}/{}", order["id"].as_str().unwrap());
    // Unless the first process was quick enough, the second one does the work and says so.
    if send(&server, "GET", &shown, &bearer, "")["status"] != "done" {
        let ended = server.wait_for("typesetting");
        assert_eq!((&ended["outcome"], &ended["job_id"]), (&"Done".into(), &order["id"]));
    }
    assert_eq!(send(&server, "GET", &shown, &bearer, "")["status"], "done");
}

#[test]
fn an_unusual_number_of_refused_sign_ins_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &[("RATE_LIMIT_LOGIN_REQUESTS", "100")]);
    for number in 0..22 {
        let body = format!(r#"{{"email":"nobody{number}@example.org","password":"wrong wrong wrong"}}"#);
        let answer = server.exchange(
            format!(
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    let (_, log, _) = server.stop();
    let lines: Vec<Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let said: Vec<_> = lines.iter().filter(|line| line["event"] == "sign_ins_refused").collect();
    assert_eq!(said.len(), 1);
    assert_eq!((&said[0]["level"], &said[0]["failures"], &said[0]["usual"]), (&json!("WARN"), &json!(21), &json!(0)));
}

/// No file may grow beyond 8 MiB: what a full disk says, without one.
#[test]
fn where_there_is_no_room_for_a_file_the_answer_says_so_and_nothing_of_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let plain = ballast(folder.path());
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 16384; exec \"$0\" \"$@\""]).arg(plain.get_program());
    limited.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = Server::start_serving(limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
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
    let answer = post("/auth/login", "application/json", "", login);
    let token = answer.split_once("\"access_token\":\"").unwrap().1.split('"').next().unwrap();
    let upload = |bytes: usize| {
        let head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
        let body = [head.as_slice(), &vec![0; bytes], b"\r\n--b--\r\n"].concat();
        post("/uploads", "multipart/form-data; boundary=b", token, &body)
    };
    let full = upload(9 << 20);
    assert!(full.starts_with("HTTP/1.1 507") && full.contains("\"code\":\"storage_full\""), "{full}");
    assert_eq!(std::fs::read_dir(folder.path().join("storage/.partial")).unwrap().count(), 0);
    assert!(upload(1 << 20).starts_with("HTTP/1.1 201"), "what has room is stored");
}
