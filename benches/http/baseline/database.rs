//! Queries of the baseline servers, with the same driver as Ballast: sqlx with prepared statements.

use sea_orm::sqlx::{self, Row, SqlitePool, sqlite::SqlitePoolOptions};
use uuid::Uuid;

use super::super::support::server::Outcome;

/// Number of connections, as in Ballast's default configuration.
const CONNECTIONS: u32 = 8;

/// Columns of the response to `GET /api/v1/auth/me`.
pub struct User {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub verified: bool,
}

/// Pool of connections to Ballast's database.
#[derive(Clone)]
pub struct Database(SqlitePool);

impl Database {
    pub async fn open(path: &str) -> Outcome<Self> {
        let url = format!("sqlite://{path}");
        Ok(Self(SqlitePoolOptions::new().max_connections(CONNECTIONS).connect(&url).await?))
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> Outcome<()> {
        sqlx::query("SELECT 1").fetch_one(&self.0).await?;
        Ok(())
    }

    /// Returns the user of an active session.
    pub async fn user_of(&self, session: Uuid) -> Outcome<Option<User>> {
        let query = sqlx::query(
            "SELECT users.pid, name, email, email_verified_at IS NOT NULL FROM sessions \
             JOIN users ON users.id = user_id WHERE sessions.pid = ?1 AND ended_at IS NULL AND expires_at > ?2",
        );
        let Some(row) = query.bind(session).bind(ballast::clock::now()).fetch_optional(&self.0).await? else {
            return Ok(None);
        };
        let (id, name, email, verified) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Some(User { id, name, email, verified }))
    }

    /// Returns the password hash of a user.
    pub async fn password_hash(&self, email: &str) -> Outcome<Option<String>> {
        let query = sqlx::query_scalar("SELECT password_hash FROM users WHERE email = ?1");
        Ok(query.bind(email).fetch_optional(&self.0).await?)
    }
}
