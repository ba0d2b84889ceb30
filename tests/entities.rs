//! Tests that entities match their tables: names and nullability of columns.

use std::{collections::BTreeMap, fs, path::Path};

use migration::{Migrator, MigratorTrait};
use regex::Regex;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::support::database::TestDatabase;

/// Whether each column is nullable, by the name of the column.
type Columns = BTreeMap<String, bool>;

/// Returns the table name and the fields of an entity.
fn fields(source: &str) -> (String, Columns) {
    let table = Regex::new(r#"table_name = "(\w+)""#).unwrap().captures(source).unwrap()[1].to_owned();
    let model = source.split("pub struct Model {").nth(1).unwrap().split("\n}").next().unwrap();
    let field = Regex::new(r"(?m)^    pub (\w+): (Option<)?").unwrap();
    (table, field.captures_iter(model).map(|found| (found[1].to_owned(), found.get(2).is_some())).collect())
}

async fn columns(db: &DatabaseConnection, table: &str) -> Columns {
    let backend = db.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => format!(
            "SELECT column_name AS name, (is_nullable = 'YES') AS nullable FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}'"
        ),
        _ => format!("SELECT name, (\"notnull\" = 0 AND pk = 0) AS nullable FROM pragma_table_info('{table}')"),
    };
    let rows = db.query_all_raw(Statement::from_string(backend, query)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "name").unwrap(), row.try_get("", "nullable").unwrap())).collect()
}

/// Returns the names of columns that differ between the entity and the table.
///
/// The entity may omit nullable columns.
fn differences(fields: &Columns, columns: &Columns) -> Vec<String> {
    let wrong = fields.iter().filter(|(name, nullable)| columns.get(*name) != Some(*nullable)).map(|(name, _)| name);
    let missing =
        columns.iter().filter(|(name, nullable)| !**nullable && !fields.contains_key(*name)).map(|(name, _)| name);
    wrong.chain(missing).cloned().collect()
}

#[tokio::test]
async fn entities_match_their_tables() {
    let folder = tempfile::tempdir().unwrap();
    let config = <ballast::app::App as loco_rs::app::Hooks>::load_config(&loco_rs::environment::Environment::Test);
    let database = TestDatabase::create(&config.await.unwrap().database.uri, folder.path()).await;
    let db = Database::connect(&database.uri).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let mut tables = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/models/_entities")).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("mod.rs") || path.ends_with("prelude.rs") {
            continue;
        }
        let (table, fields) = fields(&fs::read_to_string(&path).unwrap());
        assert_eq!(differences(&fields, &columns(&db, &table).await), [""; 0], "{table}");
        tables += 1;
    }
    assert!(tables >= 10, "only {tables} were found");
}

#[test]
fn differences_are_found_for_changed_columns() {
    let columns = |list: &[(&str, bool)]| list.iter().map(|(name, nullable)| ((*name).to_owned(), *nullable)).collect();
    let table = columns(&[("id", false), ("note", true), ("size", false)]);
    assert_eq!(differences(&columns(&[("id", false), ("size", false)]), &table), [""; 0]);
    assert_eq!(
        differences(&columns(&[("id", false), ("note", false), ("gone", true)]), &table),
        ["gone", "note", "size"]
    );
}
