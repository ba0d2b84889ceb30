//! The visitor of a web page: the user of the session cookie, if any, and the layout of the page.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use loco_rs::controller::views::engines::TeraView;

use super::{flash, return_to};
use crate::{
    clock,
    controllers::{
        extractors::{CurrentUser, USER_POLICY},
        state::AppState,
    },
    crypto::secret_token::SecretToken,
    errors::{AppError, AppResult},
    middleware::{access_log::LoggedUser, rate_limit::enforce_for_user},
    models::sessions,
    views::{
        content_negotiation::{prefers_page, quality},
        locale::Language,
        pages::PageLayout,
    },
};

/// A visitor with or without a session.
pub struct Visitor {
    pub layout: PageLayout,
    pub current: Option<CurrentUser>,
    /// Whether the client prefers HTML. A client that does not prefer HTML gets JSON, as from the API.
    pub wants_page: bool,
    pub(super) templates: TeraView,
    /// New CSRF cookie, if the browser has neither a session nor a CSRF cookie.
    pub(super) new_csrf_cookie: Option<HeaderValue>,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> AppResult<Self> {
        let current = current_user(state, &parts.headers).await?;
        if let (Some(current), Some(logged)) = (&current, parts.extensions.get::<LoggedUser>()) {
            logged.set(current.user.pid);
        }
        let chosen = current.as_ref().and_then(|current| current.user.language.as_deref());
        let language = chosen.and_then(Language::of_tag).unwrap_or_else(|| Language::accepted(&parts.headers));
        let (csrf_token, new_csrf_cookie) = csrf_token(state, &parts.headers, current.is_some())?;
        let layout = PageLayout {
            path: parts.uri.path().to_owned(),
            user: current.as_ref().map(|current| current.user.name.clone()),
            csrf_token: Some(csrf_token),
            notice: flash::flash_from_query(parts.uri.query()),
            password_least: state.settings.passwords.min_length,
            ..PageLayout::bare(language)
        };
        let wants_page = prefers_page(&parts.headers);
        Ok(Self { layout, current, wants_page, templates: state.templates.clone(), new_csrf_cookie })
    }
}

/// Returns the CSRF token for the forms of the page. The token is bound to the session cookie or, without a session, to
/// the CSRF cookie. If neither a session nor a CSRF cookie exists, also returns a new CSRF cookie.
fn csrf_token(state: &AppState, headers: &HeaderMap, has_session: bool) -> AppResult<(String, Option<HeaderValue>)> {
    if let Some(secret) = state.cookies.session(headers).filter(|_| has_session) {
        return Ok((state.csrf_tokens.issue(secret), None));
    }
    if let Some(secret) = state.cookies.form(headers) {
        return Ok((state.csrf_tokens.issue(secret), None));
    }
    let secret = SecretToken::generate()?;
    Ok((state.csrf_tokens.issue(secret.text()), state.cookies.keep_form(secret.text())))
}

async fn current_user(state: &AppState, headers: &HeaderMap) -> AppResult<Option<CurrentUser>> {
    let Some(secret) = state.cookies.session(headers) else { return Ok(None) };
    let found = sessions::Model::find_by_cookie(&state.db, &state.auth, secret, clock::now()).await?;
    Ok(found.map(|(session, user)| CurrentUser { user, session }))
}

/// Visitor with a session. A client without a session is redirected to the login page or gets 401.
pub struct Member {
    pub visitor: Visitor,
    pub current: CurrentUser,
}

impl FromRequestParts<AppState> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let mut visitor = Visitor::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let Some(current) = visitor.current.take() else { return Err(redirect_to_login(parts)) };
        match enforce_for_user(&parts.extensions, current.user.pid, Some(USER_POLICY)).await {
            Ok(()) => Ok(Self { visitor, current }),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Redirects a GET or HEAD request to the login page with a return URL. Returns 401 instead if the request has another
/// method or accepts JSON.
fn redirect_to_login(parts: &Parts) -> Response {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let is_program = quality(&parts.headers, &header::ACCEPT, "application/json") > 0.0;
    if !reads || is_program {
        return AppError::unauthorized().into_response();
    }
    let here = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Redirect::to(&return_to::sign_in_then(here)).into_response()
}
