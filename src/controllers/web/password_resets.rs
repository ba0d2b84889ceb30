//! Pages that reset a forgotten password.
//!
//! The link in an e-mail opens a page with a form. The token is not used until the user submits the form, because
//! e-mail scanners also open links.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;

use super::{flash, query_param, responses::redirect_to, visitor::Visitor};
use crate::{
    controllers::{
        extractors::{ClientInfo, Form, device_cookie},
        params::accounts::{AddressParams, ResetParams},
        routing::web::WebRoutes,
        state::AppState,
    },
    errors::AppResult,
    models::users,
    workers::send_mail,
};

const FORGOT: &str = "accounts/forgot.html";
const RESET: &str = "accounts/reset.html";

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/forgot", get(show_forgot))
        .limited("recovery", "/forgot", post(forgot))
        .with("/reset", get(show_reset))
        .limited("token", "/reset", post(reset))
}

/// Form fields that are rendered again after an error. The password is never rendered.
#[derive(Serialize, Default)]
struct ResetForm<'a> {
    token: &'a str,
    email: &'a str,
}

async fn show_forgot(visitor: Visitor) -> AppResult<Response> {
    visitor.page(FORGOT, &ResetForm::default())
}

/// Requests an e-mail with a link for a new password. The response does not reveal whether the e-mail address has an
/// account.
async fn forgot(
    visitor: Visitor,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    let request = client.request()?;
    let queued = match form.read::<AddressParams>(&["email"]) {
        Ok(params) => users::Model::request_password_reset(&state.db, &state.auth, &params.email, &request).await,
        Err(failure) => Err(failure),
    };
    match queued {
        Ok(mail) => {
            send_mail::enqueue(&state.ctx, mail).await;
            Ok(redirect_to(&flash::with_flash("/forgot", "reset-sent")))
        }
        Err(failure) => {
            let entered = ResetForm { token: "", email: form.text("email") };
            visitor.render_form_error(FORGOT, &entered, &form, failure)
        }
    }
}

async fn show_reset(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    visitor.page(RESET, &ResetForm { token: &query_param(&uri, "token"), email: "" })
}

async fn reset(visitor: Visitor, State(state): State<AppState>, client: ClientInfo, form: Form) -> AppResult<Response> {
    let request = client.request()?;
    let changed = match form.read::<ResetParams>(&["token", "password"]) {
        Ok(params) => users::Model::reset_password(&state.db, &state.auth, params.input(), &request).await,
        Err(failure) => Err(failure),
    };
    match changed {
        Ok(changed) => {
            send_mail::enqueue(&state.ctx, changed.notice).await;
            let mut response = redirect_to(&flash::with_flash("/login", "password-reset"));
            device_cookie::set(response.headers_mut(), state.host(), &changed.device_token)?;
            Ok(response)
        }
        Err(failure) => {
            let entered = ResetForm { token: form.text("token"), email: "" };
            visitor.render_form_error(RESET, &entered, &form, failure)
        }
    }
}
