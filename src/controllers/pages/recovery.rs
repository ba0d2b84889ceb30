//! What is done by mail: an address is confirmed, a forgotten password replaced.
//!
//! Opening a mailed link only shows a form: programs that look into mail open links, too.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;

use super::{answers::see, notices, page_routes::PageRoutes, queried, visitor::Visitor};
use crate::{
    clock,
    controllers::{
        Shared,
        auth::device::Device,
        extractors::{Client, Form},
        recovery::{
            Asking, ask_to_reset, ask_to_verify,
            params::{AddressParams, ResetParams, TokenParams},
            replace_password,
        },
    },
    errors::{AppError, AppResult},
    models::{
        request_context::RequestContext,
        users::{self, password::Choice},
    },
};

const VERIFY: &str = "accounts/verify.html";
const FORGOT: &str = "accounts/forgot.html";
const RESET: &str = "accounts/reset.html";

/// The routes with their limits: those of the API's own.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/verify", get(show_verify))
        .limited("token", "/verify", post(verify))
        .limited("recovery", "/resend", post(resend))
        .with("/forgot", get(show_forgot))
        .limited("recovery", "/forgot", post(forgot))
        .with("/reset", get(show_reset))
        .limited("token", "/reset", post(reset))
}

/// What the forms hold.
#[derive(Serialize, Default)]
struct Entered<'a> {
    token: &'a str,
    email: &'a str,
}

async fn show_verify(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    visitor.page(VERIFY, &Entered { token: &queried(&uri, "token"), email: "" })
}

async fn verify(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    form: Form,
) -> AppResult<Response> {
    let verified = match form.read::<TokenParams>(&["token"]) {
        Ok(params) => users::Model::verify(&ctx.db, &params.token, RequestContext::of(&client, clock::now())?).await,
        Err(failure) => Err(failure),
    };
    match verified {
        Ok(_) => Ok(see(&notices::at(if visitor.current.is_some() { "/account" } else { "/login" }, "verified"))),
        Err(failure) => visitor.form_again(VERIFY, &Entered { token: "", email: "" }, &form, failure),
    }
}

/// Says the same whether or not the address has an account, as the API does.
async fn resend(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    form: Form,
) -> AppResult<Response> {
    let asked = match form.read::<AddressParams>(&["email"]) {
        Ok(params) => ask_to_verify(&ctx, Asking { client: &client, device: device.as_deref() }, &params.email).await,
        Err(failure) => Err(failure),
    };
    told(visitor, VERIFY, &form, asked, &notices::at("/verify", "verification-sent"))
}

async fn show_forgot(visitor: Visitor) -> AppResult<Response> {
    visitor.page(FORGOT, &Entered::default())
}

/// Says the same whether or not the address has an account, as the API does.
async fn forgot(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    form: Form,
) -> AppResult<Response> {
    let asked = match form.read::<AddressParams>(&["email"]) {
        Ok(params) => ask_to_reset(&ctx, Asking { client: &client, device: device.as_deref() }, &params.email).await,
        Err(failure) => Err(failure),
    };
    told(visitor, FORGOT, &form, asked, &notices::at("/forgot", "reset-sent"))
}

async fn show_reset(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    visitor.page(RESET, &Entered { token: &queried(&uri, "token"), email: "" })
}

async fn reset(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    form: Form,
) -> AppResult<Response> {
    let replaced = match form.read::<ResetParams>(&["token", "password"]) {
        Ok(params) => {
            let choice = Choice { token: &params.token, password: &params.password };
            replace_password(&ctx, &client, device.as_deref(), choice).await
        }
        Err(failure) => Err(failure),
    };
    match replaced {
        Ok(_) => Ok(see(&notices::at("/login", "password-reset"))),
        Err(failure) => visitor.form_again(RESET, &Entered { token: form.text("token"), email: "" }, &form, failure),
    }
}

fn told(visitor: Visitor, template: &str, form: &Form, asked: Result<(), AppError>, then: &str) -> AppResult<Response> {
    match asked {
        Ok(()) => Ok(see(then)),
        Err(failure) => visitor.form_again(template, &Entered { token: "", email: form.text("email") }, form, failure),
    }
}
