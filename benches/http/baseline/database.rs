//! Queries of the baseline servers. Each thread has its own connection and prepared statements, so that no query waits
//! for another thread.

use std::cell::RefCell;

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::super::support::server::Outcome;

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Columns of the response to `GET /api/v1/auth/me`.
pub struct User {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub verified: bool,
}

/// Path of the database file. Opens a connection for each thread.
#[derive(Clone)]
pub struct Database(pub String);

impl Database {
    /// Checks that the database responds.
    pub fn ping(&self) -> Outcome<()> {
        self.run(|connection| connection.prepare_cached("SELECT 1")?.query_row([], |_| Ok(())))
    }

    /// Returns the user of an active session.
    pub fn user_of(&self, session: Uuid) -> Outcome<Option<User>> {
        const SQL: &str = "SELECT users.pid, name, email, email_verified_at IS NOT NULL FROM sessions \
             JOIN users ON users.id = user_id WHERE sessions.pid = ?1 AND ended_at IS NULL AND expires_at > ?2";
        let now = Utc::now().to_rfc3339();
        let user = |row: &Row<'_>| {
            let id = Uuid::from_bytes(row.get(0)?);
            Ok(User { id, name: row.get(1)?, email: row.get(2)?, verified: row.get(3)? })
        };
        self.run(|connection| {
            connection.prepare_cached(SQL)?.query_row((session.as_bytes(), now), user).optional()
        })
    }

    /// Returns the password hash of a user.
    pub fn password_hash(&self, email: &str) -> Outcome<Option<String>> {
        const SQL: &str = "SELECT password_hash FROM users WHERE email = ?1";
        self.run(|connection| connection.prepare_cached(SQL)?.query_row([email], |row| row.get(0)).optional())
    }

    fn run<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Outcome<T> {
        CONNECTION.with_borrow_mut(|slot| {
            let connection = match slot {
                Some(connection) => connection,
                empty => empty.insert(Connection::open(&self.0)?),
            };
            Ok(query(connection)?)
        })
    }
}
