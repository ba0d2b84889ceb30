//! Configures Loco's mailer. If SMTP is disabled, e-mails are logged in development and test, and not sent in
//! production.

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
    config::Config,
    environment::Environment,
};

use crate::{services::Services, settings::is_production};

/// Logs a warning at boot if e-mail is disabled.
pub struct MailOffWarning;

#[async_trait]
impl Initializer for MailOffWarning {
    fn name(&self) -> String {
        "mail-off".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        if !Services::of(ctx).mail.transport.is_enabled() {
            tracing::warn!(
                event = "mail_off",
                "MAILER_ENABLED is false: no e-mails are sent, and users cannot reset a forgotten password"
            );
        }
        Ok(())
    }
}

/// Returns the configuration with adapted mailer settings. Selects the stub mailer, which only logs e-mails, if SMTP is
/// disabled outside production.
#[must_use]
pub fn configure(mut config: Config, environment: &Environment) -> Config {
    let Some(mailer) = &mut config.mailer else { return config };
    let Some(smtp) = &mut mailer.smtp else { return config };
    mailer.stub = !smtp.enable && !is_production(environment);
    // Skips authentication if the user name is empty, because Loco would send the empty name.
    smtp.auth = smtp.auth.take().filter(|auth| !auth.user.is_empty());
    config
}
