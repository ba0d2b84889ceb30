//! Login and logout of browsers.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;

use super::{
    flash,
    responses::{redirect_to, with_cookie},
    return_to::{from_query, own_path},
    visitor::Visitor,
};
use crate::{
    controllers::{
        extractors::{ClientInfo, Form, device_cookie},
        params::accounts::LoginParams,
        routing::web::{WebRoutes, exempt_from_user_limit},
        state::AppState,
    },
    errors::AppResult,
    models::sessions,
};

const TEMPLATE: &str = "accounts/login.html";
/// Path of the page after a login without a return URL.
const DEFAULT_PAGE: &str = "/documents";

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/login", get(show))
        .limited("login", "/login", post(sign_in))
        .with("/logout", exempt_from_user_limit(post(sign_out)))
}

/// Form fields that are rendered again after an error. The password is never rendered.
#[derive(Serialize, Default)]
struct LoginForm<'a> {
    email: &'a str,
    next: &'a str,
}

async fn show(visitor: Visitor, uri: Uri) -> AppResult<Response> {
    let next = from_query(uri.query()).unwrap_or_default();
    if visitor.current.is_some() {
        return Ok(redirect_to(if next.is_empty() { DEFAULT_PAGE } else { &next }));
    }
    visitor.page(TEMPLATE, &LoginForm { email: "", next: &next })
}

async fn sign_in(
    visitor: Visitor,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    let previous = visitor.current.clone().map(|current| (current.session, current.user));
    let request = client.request()?;
    let opened = match form.read::<LoginParams>(&["email", "password"]) {
        Ok(params) => sessions::Model::sign_in(&state.db, &state.auth, params.credentials(), previous, &request).await,
        Err(failure) => Err(failure),
    };
    let next = own_path(form.text("next"));
    match opened {
        Ok(login) => {
            let cookie = state.cookies.keep_session(login.secret.text(), state.auth.lifetimes.absolute);
            let mut response = with_cookie(redirect_to(next.unwrap_or(DEFAULT_PAGE)), cookie);
            device_cookie::set(response.headers_mut(), state.host(), &login.device_token)?;
            Ok(response)
        }
        Err(failure) => {
            let entered = LoginForm { email: form.text("email"), next: next.unwrap_or_default() };
            visitor.render_form_error(TEMPLATE, &entered, &form, failure)
        }
    }
}

/// Ends the session of the browser, if any.
async fn sign_out(visitor: Visitor, State(state): State<AppState>, client: ClientInfo) -> AppResult<Response> {
    if let Some(current) = visitor.current {
        current.session.sign_out(&state.db, &current.user, &client.request()?).await?;
    }
    Ok(with_cookie(redirect_to(&flash::with_flash("/", "signed-out")), state.cookies.forget_session()))
}
