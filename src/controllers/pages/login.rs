//! Signing in with a browser, and out again.

use axum::{
    extract::State,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{
    answers::see,
    next::{of_query, own_path},
    notices,
    page_routes::{PageRoutes, exempt_from_user_limit},
    visitor::Visitor,
};
use crate::{
    clock,
    controllers::{
        Shared,
        auth::{
            attempt::{Attempt, Passed},
            device::{self, Device},
            lifetimes,
            params::LoginParams,
        },
        extractors::{Client, Form, hasher},
    },
    errors::AppResult,
    models::{request_context::Client as Asking, sessions, users},
};

const TEMPLATE: &str = "accounts/login.html";
/// Where people go who came to sign in.
const INSIDE: &str = "/documents";

/// The routes with their limits: those of the API's own.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/login", get(show))
        .limited("login", "/login", post(sign_in))
        .with("/logout", exempt_from_user_limit(post(sign_out)))
}

/// What was entered, but for the password.
#[derive(Serialize, Default)]
struct Entered<'a> {
    email: &'a str,
    next: &'a str,
}

async fn show(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    let next = of_query(uri.query()).unwrap_or_default();
    if visitor.current.is_some() {
        return Ok(see(if next.is_empty() { INSIDE } else { &next }));
    }
    visitor.page(TEMPLATE, &Entered { email: "", next: &next })
}

async fn sign_in(
    visitor: Visitor,
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    form: Form,
) -> AppResult<Response> {
    let passed = match form.read::<LoginParams>(&["email", "password"]) {
        Ok(params) => attempt(&ctx, &client, device.as_deref(), &params).await,
        Err(failure) => Err(failure),
    };
    let next = own_path(form.text("next"));
    match passed {
        Ok(Passed { user, mark }) => {
            let cookie = open(&ctx, &visitor, &user, &client).await?;
            let mut response = with_cookie(see(next.unwrap_or(INSIDE)), cookie);
            device::keep(&ctx, response.headers_mut(), &mark)?;
            Ok(response)
        }
        Err(failure) => {
            let entered = Entered { email: form.text("email"), next: next.unwrap_or_default() };
            visitor.form_again(TEMPLATE, &entered, &form, failure)
        }
    }
}

/// What the API does with the same words, up to the session.
async fn attempt(ctx: &Shared, client: &Asking, device: Option<&str>, params: &LoginParams) -> AppResult<Passed> {
    let (hasher, lifetimes, now) = (hasher(ctx, client)?, lifetimes(ctx)?, clock::now());
    let LoginParams { email, password } = params;
    Attempt { email, password, client, device, hasher: &hasher, lifetimes, now }.pass(ctx).await
}

/// A new session, never one that the browser brought along: that one ends.
async fn open(ctx: &Shared, visitor: &Visitor, user: &users::Model, client: &Asking) -> AppResult<Option<HeaderValue>> {
    let (lifetimes, now) = (lifetimes(ctx)?, clock::now());
    let secret = sessions::Model::open_in_browser(&ctx.db, user, client, lifetimes, now).await?;
    if let Some(current) = visitor.current.clone() {
        current.session.sign_out(&ctx.db, &current.user, client, now).await?;
    }
    Ok(visitor.guard.cookies.keep_session(&secret.into_text(), lifetimes.absolute))
}

/// Ends the session; where there is none, that is as good.
async fn sign_out(visitor: Visitor, State(ctx): State<Shared>, Client(client): Client) -> AppResult<Response> {
    let forgotten = visitor.guard.cookies.forget_session();
    if let Some(current) = visitor.current {
        current.session.sign_out(&ctx.db, &current.user, &client, clock::now()).await?;
    }
    Ok(with_cookie(see(&notices::at("/", "signed-out")), forgotten))
}

/// An answer with a cookie.
pub fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response.into_response()
}
