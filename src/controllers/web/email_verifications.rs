//! Pages that confirm an e-mail address.
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
        extractors::{ClientInfo, Form},
        params::accounts::{AddressParams, TokenParams},
        routing::web::WebRoutes,
        state::AppState,
    },
    errors::AppResult,
    models::users,
    workers::send_mail,
};

const TEMPLATE: &str = "accounts/verify.html";

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default().with("/verify", get(show)).limited("token", "/verify", post(verify)).limited(
        "recovery",
        "/resend",
        post(resend),
    )
}

#[derive(Serialize, Default)]
struct VerificationForm<'a> {
    token: &'a str,
    email: &'a str,
}

async fn show(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    visitor.page(TEMPLATE, &VerificationForm { token: &query_param(&uri, "token"), email: "" })
}

async fn verify(
    visitor: Visitor,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    let request = client.request()?;
    let verified = match form.read::<TokenParams>(&["token"]) {
        Ok(params) => users::Model::verify_email(&state.db, &params.token, &request).await,
        Err(failure) => Err(failure),
    };
    match verified {
        Ok(_) => {
            let page = if visitor.current.is_some() { "/account" } else { "/login" };
            Ok(redirect_to(&flash::with_flash(page, "verified")))
        }
        // Renders the page without the token, so that the page contains the form that requests another e-mail.
        Err(failure) => visitor.render_form_error(TEMPLATE, &VerificationForm::default(), &form, failure),
    }
}

/// Requests another confirmation e-mail. The response does not reveal whether the e-mail address has an account.
async fn resend(
    visitor: Visitor,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    let request = client.request()?;
    let queued = match form.read::<AddressParams>(&["email"]) {
        Ok(params) => users::Model::request_verification(&state.db, &state.auth, &params.email, &request).await,
        Err(failure) => Err(failure),
    };
    match queued {
        Ok(mail) => {
            send_mail::enqueue(&state.ctx, mail).await;
            Ok(redirect_to(&flash::with_flash("/verify", "verification-sent")))
        }
        Err(failure) => {
            let entered = VerificationForm { token: "", email: form.text("email") };
            visitor.render_form_error(TEMPLATE, &entered, &form, failure)
        }
    }
}
