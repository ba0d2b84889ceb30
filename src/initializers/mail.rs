//! Tells Loco how mail is sent: not at all outside production, unless a server is named.

use loco_rs::{config::Config, environment::Environment};

/// Puts what the settings mean into Loco's block.
#[must_use]
pub fn configure(mut config: Config, environment: &Environment) -> Config {
    let Some(mailer) = &mut config.mailer else { return config };
    let Some(smtp) = &mut mailer.smtp else { return config };
    mailer.stub = !smtp.enable && !matches!(environment, Environment::Production);
    // A server that asks for nobody's name is not to be told an empty one.
    smtp.auth = smtp.auth.take().filter(|auth| !auth.user.is_empty());
    config
}
