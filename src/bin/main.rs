//! Hands over to Loco's command line, or to the typesetter when called as its child.

use std::process::ExitCode;

use ballast::{app::App, initializers::logging};
use loco_rs::{
    Error, cli,
    environment::{Environment, resolve_from_env},
};
use migration::{DbErr, Migrator};

fn main() -> ExitCode {
    // Before anything else is set up: the child takes no configuration and starts no threads of ours.
    if std::env::args_os().nth(1).is_some_and(|command| command == ballast::TYPESET_WORKER) {
        return typesetter::worker::main();
    }
    serve()
}

#[tokio::main]
async fn serve() -> ExitCode {
    let outcome = cli::main::<App, Migrator>().await;
    let code = match &outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let json = matches!(Environment::from(resolve_from_env()), Environment::Production);
            logging::fatal(&reason(error), json);
            ExitCode::FAILURE
        }
    };
    logging::flush();
    code
}

/// Why the process could not start or go on. Loco connects to the database before any code of ours
/// runs, so its error is given its variable here.
fn reason(error: &Error) -> String {
    match error {
        Error::DB(cause @ (DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => {
            format!("DATABASE_URL: the database cannot be reached ({cause}): start it or correct its address")
        }
        Error::WithBacktrace { inner, .. } => reason(inner),
        other => other.to_string(),
    }
}
