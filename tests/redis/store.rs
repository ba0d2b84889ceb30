//! Tests of the Redis store on a real server with the clock of the server.

use std::time::{Duration, Instant};

use redis::AsyncCommands;
use sliding_window::{LimitRequest, Store};

use super::{CONNECT_TIMEOUT, connected, decide, decide_all, named, policy, secret};
use crate::support::redis::url;

async fn keys(url: &str) -> redis::aio::MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn store_admits_the_limit_and_rejects_with_a_retry_time() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let login = policy(5, 60);
    for left in (0..5).rev() {
        let status = decide(&store, &login, "a").await.unwrap().status;
        assert_eq!(status.remaining(), left);
        assert!(status.reset() <= Duration::from_mins(1));
    }
    let rejection = decide(&store, &login, "a").await.unwrap_err();
    assert!((1..=60).contains(&rejection.retry_after()), "{rejection:?}");
    assert!(decide(&store, &login, "b").await.is_ok());
}

#[tokio::test]
async fn key_expires_one_window_after_the_last_admission() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let slow = named(Box::leak(format!("slow-{}", uuid::Uuid::now_v7()).into_boxed_str()), 1, 60);
    decide(&store, &slow, "a").await.unwrap();
    assert!(decide(&store, &slow, "a").await.is_err());
    let mut server = keys(&url).await;
    let found: Vec<String> = server.keys(format!("*{}*", slow.name())).await.unwrap();
    assert_eq!(found.len(), 1);
    let left: i64 = server.pttl(&found[0]).await.unwrap();
    assert!((1..=60_001).contains(&left), "{left} ms");
}

#[tokio::test]
async fn request_is_admitted_after_the_window_and_the_key_expires() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let quick = named(Box::leak(format!("quick-{}", uuid::Uuid::now_v7()).into_boxed_str()), 1, 1);
    let mut server = keys(&url).await;
    for _ in 0..2 {
        assert!(decide(&store, &quick, "a").await.is_ok());
        // Waits without a call of the store, because Redis must expire the key without such a call.
        while !server.keys::<_, Vec<String>>(format!("*{}*", quick.name())).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn rejection_by_one_policy_charges_no_policy() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let (address, account) = (named("login", 5, 60), named("login_account", 1, 3600));
    assert!(decide_all(&store, &[(&address, "x"), (&account, "y")]).await.is_ok());
    for _ in 0..10 {
        let rejection = decide_all(&store, &[(&address, "x"), (&account, "y")]).await.unwrap_err();
        assert_eq!(rejection.policy().name(), "login_account");
    }
    assert_eq!(decide(&store, &address, "x").await.unwrap().status.remaining(), 3);
}

#[tokio::test]
async fn rejection_reports_the_longest_retry_time_of_several_policies() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let limits = [named("login", 1, 60), named("day", 1, 86_400), named("hour", 1, 3600)];
    let requests: Vec<_> = limits.iter().map(|policy| (policy, "x")).collect();
    assert_eq!(decide_all(&store, &requests).await.unwrap().len(), 3);
    assert_eq!(decide_all(&store, &requests).await.unwrap_err().policy().name(), "day");
}

#[tokio::test]
async fn repeated_key_in_one_request_never_exceeds_the_limit() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let login = policy(3, 60);
    let twice = [(&login, "x"), (&login, "x")];
    assert!(decide_all(&store, &twice).await.is_ok());
    assert!(decide_all(&store, &twice).await.is_err());
    assert_eq!(decide(&store, &login, "x").await.unwrap().status.remaining(), 0);
}

#[tokio::test]
async fn refund_removes_one_admission_once_and_clear_removes_all() {
    let Some(url) = url() else { return };
    let (secret, login) = (secret(), policy(2, 60));
    let store = connected(&url, &secret, CONNECT_TIMEOUT).await;
    let first = decide(&store, &login, "a").await.unwrap();
    decide(&store, &login, "a").await.unwrap();
    assert!(decide(&store, &login, "a").await.is_err());
    // Refunds an admission. Another store with an equal secret must then admit one request.
    assert!(store.refund(first.receipt).await.unwrap());
    let other = connected(&url, &secret, CONNECT_TIMEOUT).await;
    assert!(decide(&other, &login, "a").await.is_ok());
    assert!(decide(&store, &login, "a").await.is_err());
    assert!(other.clear(LimitRequest { policy: &login, key: "a" }).await.unwrap());
    assert!(!other.clear(LimitRequest { policy: &login, key: "a" }).await.unwrap());
    assert_eq!(decide(&store, &login, "a").await.unwrap().status.remaining(), 1);
}

#[tokio::test]
async fn key_names_contain_no_personal_data_and_share_one_slot() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let unique = named(Box::leak(format!("names-{}", uuid::Uuid::now_v7()).into_boxed_str()), 9, 60);
    for key in ["ada@example.org", "203.0.113.7"] {
        decide(&store, &unique, key).await.unwrap();
    }
    let found: Vec<String> = keys(&url).await.keys(format!("*{}*", unique.name())).await.unwrap();
    assert_eq!(found.len(), 2);
    for name in found {
        assert!(!name.contains("ada") && !name.contains("203.0"), "{name}");
        // Redis Cluster hashes only the text in braces to select a slot.
        assert!(name.starts_with("{ballast-limits}:"), "{name}");
    }
}

#[tokio::test]
async fn script_is_loaded_again_after_a_script_flush() {
    let Some(url) = url() else { return };
    let store = connected(&url, &secret(), CONNECT_TIMEOUT).await;
    let login = policy(5, 60);
    decide(&store, &login, "a").await.unwrap();
    redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut keys(&url).await).await.unwrap();
    assert_eq!(decide(&store, &login, "a").await.unwrap().status.remaining(), 3);
}

#[tokio::test]
async fn lost_keys_permit_at_most_one_more_window() {
    let Some(url) = url() else { return };
    let secret = secret();
    let stores = [connected(&url, &secret, CONNECT_TIMEOUT).await, connected(&url, &secret, CONNECT_TIMEOUT).await];
    let login = named(Box::leak(format!("forgotten-{}", uuid::Uuid::now_v7()).into_boxed_str()), 5, 60);
    let mut admitted = 0;
    for round in 0..40 {
        admitted += u32::from(decide(&stores[round % 2], &login, "a").await.is_ok());
        if round == 19 {
            // Deletes only the keys of this test. `FLUSHALL` would also delete the keys of other tests.
            let mut server = keys(&url).await;
            let found: Vec<String> = server.keys(format!("*{}*", login.name())).await.unwrap();
            assert_eq!(server.del::<_, u32>(found).await.unwrap(), 1);
            redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut server).await.unwrap();
        }
    }
    assert_eq!(admitted, 10);
}

#[tokio::test]
async fn error_reply_is_returned_as_an_error() {
    let Some(url) = url() else { return };
    let secret = secret();
    let store = connected(&url, &secret, CONNECT_TIMEOUT).await;
    let login = named(Box::leak(format!("wrong-{}", uuid::Uuid::now_v7()).into_boxed_str()), 5, 60);
    decide(&store, &login, "a").await.unwrap();
    let mut server = keys(&url).await;
    let found: Vec<String> = server.keys(format!("*{}*", login.name())).await.unwrap();
    let () = server.del(&found[0]).await.unwrap();
    // Stores a value of another type than the script expects.
    let () = server.set(&found[0], "text").await.unwrap();
    assert!(store.decide(&[LimitRequest { policy: &login, key: "a" }], Instant::now()).await.is_err());
    let () = server.del(&found[0]).await.unwrap();
    // The store discards the connection after the error, and establishes a new connection.
    assert!(store.wait_until_connected(CONNECT_TIMEOUT).await);
    assert!(decide(&store, &login, "a").await.is_ok());
}
