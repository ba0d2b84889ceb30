//! Registration page.

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;

use super::{flash, responses::redirect_to, visitor::Visitor};
use crate::{
    controllers::{
        extractors::{ClientInfo, Form},
        params::accounts::RegisterParams,
        routing::web::WebRoutes,
        state::AppState,
    },
    errors::AppResult,
    models::{mails::QueuedMail, users},
    workers::send_mail,
};

const TEMPLATE: &str = "accounts/register.html";

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default().with("/register", get(show)).limited("register", "/register", post(register))
}

/// Form fields that are rendered again after an error. The password is never rendered.
#[derive(Serialize, Default)]
struct RegistrationForm<'a> {
    name: &'a str,
    email: &'a str,
}

async fn show(visitor: Visitor) -> AppResult<Response> {
    visitor.page(TEMPLATE, &RegistrationForm::default())
}

/// Registers a user. The response does not reveal whether the e-mail address already has an account.
async fn register(
    visitor: Visitor,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    match register_from(&state, &client, &form).await {
        Ok(mail) => {
            send_mail::enqueue(&state.ctx, mail).await;
            Ok(redirect_to(&flash::with_flash("/login", "registered")))
        }
        Err(failure) => {
            let entered = RegistrationForm { name: form.text("name"), email: form.text("email") };
            visitor.render_form_error(TEMPLATE, &entered, &form, failure)
        }
    }
}

async fn register_from(state: &AppState, client: &ClientInfo, form: &Form) -> AppResult<QueuedMail> {
    let params = form.parse_unvalidated::<RegisterParams>(&["name", "email", "password"])?;
    users::Model::register(&state.db, &state.auth, params.validated(&state.auth)?, &client.request()?).await
}
