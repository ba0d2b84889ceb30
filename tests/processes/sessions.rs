//! Tests of sessions that several processes share.

use crate::support::{PASSWORD, process::Server};

#[test]
fn session_is_invalid_in_all_processes_when_one_process_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Server::start(folder.path()), Server::start(folder.path()));
    let account = format!(r#"{{"email":"ada@example.org","password":"{PASSWORD}"}}"#);
    first.send_json("POST", "/auth/register", "", &account.replace('}', r#","name":"Ada"}"#));
    for (ending, other) in [(&first, &second), (&second, &first)] {
        let (status, tokens) = ending.send_json("POST", "/auth/login", "", &account);
        assert_eq!(status, 200, "{tokens}");
        let bearer = format!("Authorization: Bearer {}\r\n", tokens["access_token"].as_str().unwrap());
        // The second request of each process uses the cached session.
        for server in [ending, other, ending, other] {
            assert_eq!(server.send_json("GET", "/auth/me", &bearer, "").0, 200);
        }
        assert_eq!(ending.send_json("POST", "/auth/logout", &bearer, "").0, 204);
        for server in [other, ending] {
            assert_eq!(server.send_json("GET", "/auth/me", &bearer, "").0, 401);
        }
    }
}
