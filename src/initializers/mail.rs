//! Tells Loco how mail is sent: not at all outside production, unless a server is named.

use std::sync::Arc;

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
    config::Config,
    environment::Environment,
};

use crate::mailers::Post;

/// Says once, at the start, that no mail leaves this process.
pub struct MailOff;

#[async_trait]
impl Initializer for MailOff {
    fn name(&self) -> String {
        "mail-off".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        if ctx.shared_store.get::<Arc<Post>>().is_some_and(|post| !post.is_open()) {
            tracing::warn!(
                event = "mail_off",
                "MAILER_ENABLED is false: nobody gets a mail, and no forgotten password is replaced"
            );
        }
        Ok(())
    }
}

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
