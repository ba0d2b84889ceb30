//! Table of security events. Triggers make the table append-only.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Triggers for PostgreSQL.
///
/// If a user is deleted, a trigger clears `user_id`, `address` and `user_agent` in the rows of the user. A row may be
/// deleted after one year. A row without a user may be deleted after 30 days.
const POSTGRES: &str = "
CREATE FUNCTION security_events_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.created_at < now() - interval '365 days'
            OR (OLD.user_id IS NULL AND OLD.created_at < now() - interval '30 days')
        THEN RETURN OLD; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.user_id IS NOT NULL AND NEW.user_id IS NULL
            AND NEW.address IN (OLD.address, '') AND NEW.user_agent IN (OLD.user_agent, '')
            AND (NEW.id, NEW.pid, NEW.kind, NEW.created_at) = (OLD.id, OLD.pid, OLD.kind, OLD.created_at)
            AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'security_events is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER security_events_keep BEFORE UPDATE OR DELETE ON security_events
    FOR EACH ROW EXECUTE FUNCTION security_events_keep();
CREATE TRIGGER security_events_keep_all BEFORE TRUNCATE ON security_events
    FOR EACH STATEMENT EXECUTE FUNCTION security_events_keep();
CREATE FUNCTION security_events_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE security_events SET user_id = NULL, address = '', user_agent = '' WHERE user_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER security_events_forget BEFORE DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION security_events_forget()";

/// Triggers for SQLite with the same effect as the PostgreSQL triggers.
///
/// A further trigger rejects `INSERT OR REPLACE` of an existing row, because this statement deletes the row without
/// running the delete trigger.
const SQLITE: &str = "
CREATE TRIGGER security_events_keep_row BEFORE UPDATE ON security_events
WHEN NOT (
    OLD.user_id IS NOT NULL AND NEW.user_id IS NULL
    AND NEW.address IN (OLD.address, '') AND NEW.user_agent IN (OLD.user_agent, '')
    AND NEW.id IS OLD.id AND NEW.pid IS OLD.pid AND NEW.kind IS OLD.kind
    AND NEW.created_at IS OLD.created_at AND NEW.request_id IS OLD.request_id
)
BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;
CREATE TRIGGER security_events_keep BEFORE DELETE ON security_events
WHEN coalesce(
    julianday(OLD.created_at) < julianday('now', CASE WHEN OLD.user_id IS NULL THEN '-30 days' ELSE '-365 days' END), 0
) = 0
BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;
CREATE TRIGGER security_events_keep_place BEFORE INSERT ON security_events
WHEN EXISTS (SELECT 1 FROM security_events WHERE id = NEW.id OR pid = NEW.pid)
BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;
CREATE TRIGGER security_events_forget BEFORE DELETE ON users
BEGIN UPDATE security_events SET user_id = NULL, address = '', user_agent = '' WHERE user_id = OLD.id; END";

const POSTGRES_DOWN: &str = "
DROP TRIGGER security_events_forget ON users;
DROP TABLE security_events;
DROP FUNCTION security_events_keep;
DROP FUNCTION security_events_forget";

const SQLITE_DOWN: &str = "
DROP TRIGGER security_events_forget;
DROP TABLE security_events";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // Uses one transaction, because an aborted migration must change nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(table()).await?;
        // Indexes for the events of a user, newest first, and for the purge of old events.
        let own = Index::create().name("idx_security_events_user_id_id").col("user_id").col("id").to_owned();
        let old = Index::create().name("idx_security_events_created_at").col("created_at").to_owned();
        for mut index in [own, old] {
            m.create_index(index.table("security_events").to_owned()).await?;
        }
        m.get_connection().execute_unprepared(of(m, POSTGRES, SQLITE)).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.get_connection().execute_unprepared(of(m, POSTGRES_DOWN, SQLITE_DOWN)).await?;
        Ok(())
    }
}

fn of(m: &SchemaManager, postgres: &'static str, sqlite: &'static str) -> &'static str {
    if m.get_database_backend() == DbBackend::Postgres { postgres } else { sqlite }
}

fn table() -> TableCreateStatement {
    Table::create()
        .table("security_events")
        .col(big_integer("id").auto_increment().primary_key())
        .col(uuid_uniq("pid"))
        .col(string("kind"))
        // `NULL` if the account was deleted, or if the request used an e-mail address without an account.
        .col(big_integer_null("user_id"))
        .col(uuid_null("request_id"))
        .col(string("address"))
        .col(string("user_agent"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_security_events_user_id")
                .from("security_events", "user_id")
                .to("users", "id")
                .on_delete(ForeignKeyAction::SetNull),
        )
        .to_owned()
}
