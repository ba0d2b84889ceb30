//! Opening an account.

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;

use super::{answers::see, notices, page_routes::PageRoutes, visitor::Visitor};
use crate::{
    controllers::{
        Shared,
        auth::{open_account, params::RegisterParams},
        extractors::{Client, Form},
    },
    errors::AppResult,
};

const TEMPLATE: &str = "accounts/register.html";

/// The routes with their limits: those of the API's own.
pub fn routes() -> PageRoutes {
    PageRoutes::default().with("/register", get(show)).limited("register", "/register", post(register))
}

/// What was entered, but for the password.
#[derive(Serialize, Default)]
struct Entered<'a> {
    name: &'a str,
    email: &'a str,
}

async fn show(visitor: Visitor) -> AppResult<Response> {
    visitor.page(TEMPLATE, &Entered::default())
}

/// Says the same whether or not the address has an account, as the API does.
async fn register(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    form: Form,
) -> AppResult<Response> {
    let opened = match form.unchecked::<RegisterParams>(&["name", "email", "password"]) {
        Ok(params) => open_account(&ctx, &client, &params).await,
        Err(failure) => Err(failure),
    };
    match opened {
        Ok(()) => Ok(see(&notices::at("/login", "registered"))),
        Err(failure) => {
            let entered = Entered { name: form.text("name"), email: form.text("email") };
            visitor.form_again(TEMPLATE, &entered, &form, failure)
        }
    }
}
