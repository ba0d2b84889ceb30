//! Demo data for development: `cargo loco db seed`.

use std::{fs, path::Path};

use loco_rs::{Error, Result, app::AppContext};
use migration::{Migrator, MigratorTrait};

use super::operator_error;
use crate::{
    clock,
    models::{
        documents::{self, DocumentText},
        users::{self, registration::NewUser},
    },
    services::Services,
    settings::is_production,
};

/// User of the demo data. Production must not have this user, because the password is public.
const DEMO_USER: NewUser<'static> =
    NewUser { name: "Demo User", email: "demo@example.com", password: "correct horse battery" };

/// Creates a user with one document for each Markdown file in `folder`. Applies pending migrations first. If the user
/// exists, creates nothing.
///
/// # Errors
/// Returns an error in production, and if a file or the database cannot be used.
pub async fn seed(ctx: &AppContext, folder: &Path) -> Result<()> {
    if is_production(&ctx.environment) {
        return Err(Error::string("demo data has a public password, so it is for development only"));
    }
    let texts = texts(folder)?;
    Migrator::up(&ctx.db, None).await?;
    let services = Services::of(ctx);
    let created = users::Model::create_verified(&services.db, &services.auth, DEMO_USER, clock::now()).await;
    let Some(user) = created.map_err(|error| operator_error("the demo data cannot be stored", &error))? else {
        tracing::info!(email = DEMO_USER.email, "demo user exists already, nothing changed");
        return Ok(());
    };
    let (documents, quota) = (texts.len(), services.settings.storage.upload_quota_bytes);
    for text in texts {
        let created = documents::Model::create_for(&services.db, &user, text, quota, clock::now()).await;
        created.map_err(|error| operator_error("the demo data cannot be stored", &error))?;
    }
    tracing::info!(email = DEMO_USER.email, password = DEMO_USER.password, documents, "demo user created");
    Ok(())
}

/// Reads the Markdown files in a folder, sorted by file name. The first heading of a file is the title of its document.
fn texts(folder: &Path) -> Result<Vec<DocumentText>> {
    let unreadable = |error| Error::Message(format!("{}: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths.into_iter().map(|path| Ok(document(&fs::read_to_string(path).map_err(unreadable)?))).collect()
}

fn document(text: &str) -> DocumentText {
    // Ignores a byte order mark, which some editors add.
    let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let heading = body.lines().find_map(|line| line.strip_prefix("# "));
    DocumentText { title: heading.unwrap_or("Demo document").to_owned(), body: body.to_owned() }
}
