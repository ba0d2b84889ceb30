//! Who looks at a page, as their cookie says, and how they want it.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loco_rs::controller::views::engines::TeraView;
use rand::{TryRngCore, rngs::OsRng};

use super::{
    super::{
        Shared,
        auth::lifetimes,
        extractors::{Current, USER_POLICY, part},
    },
    next, notices,
};
use crate::{
    clock,
    errors::{AppError, AppResult},
    middleware::{access_log::SignedIn, csrf::CrossSite, rate_limit::enforce_for_user},
    models::sessions,
    settings::Settings,
    views::{
        content_negotiation::{prefers_page, quality},
        locale::Language,
        pages::Frame,
    },
};

/// Anybody, signed in or not.
pub struct Visitor {
    pub frame: Frame,
    pub current: Option<Current>,
    /// Whether a page is wanted; else JSON, as the API gives it.
    pub wants_page: bool,
    pub(super) engine: TeraView,
    pub(super) guard: Arc<CrossSite>,
    /// A cookie for a browser that has none yet.
    pub(super) fresh: Option<HeaderValue>,
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, ctx: &Shared) -> AppResult<Self> {
        let guard: Arc<CrossSite> = part(ctx)?;
        let current = signed_in(ctx, &guard, &parts.headers).await?;
        if let (Some(current), Some(line)) = (&current, parts.extensions.get::<SignedIn>()) {
            line.set(current.user.pid);
        }
        let chosen = current.as_ref().and_then(|current| current.user.language.as_deref());
        let language = chosen.and_then(Language::of_tag).unwrap_or_else(|| Language::accepted(&parts.headers));
        let frame = Frame {
            path: parts.uri.path().to_owned(),
            user: current.as_ref().map(|current| current.user.name.clone()),
            csrf_token: current.as_ref().and(guard.cookies.session(&parts.headers)).map(|s| guard.tokens.issue(s)),
            notice: notices::named(parts.uri.query()),
            password_least: part::<Arc<Settings>>(ctx)?.passwords.min_length,
            ..Frame::bare(language)
        };
        let wants_page = prefers_page(&parts.headers);
        let mut visitor = Self { frame, current, wants_page, engine: part(ctx)?, guard, fresh: None };
        visitor.bind_forms(&parts.headers)?;
        Ok(visitor)
    }
}

impl Visitor {
    /// Where nobody is signed in, forms are bound to a cookie of their own.
    fn bind_forms(&mut self, headers: &HeaderMap) -> AppResult<()> {
        if self.frame.csrf_token.is_some() {
            return Ok(());
        }
        let guard = &self.guard;
        let token = if let Some(secret) = guard.cookies.form(headers) {
            guard.tokens.issue(secret)
        } else {
            let mut bytes = [0; 32];
            OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
            let secret = URL_SAFE_NO_PAD.encode(bytes);
            self.fresh = guard.cookies.keep_form(&secret);
            guard.tokens.issue(&secret)
        };
        self.frame.csrf_token = Some(token);
        Ok(())
    }
}

async fn signed_in(ctx: &Shared, guard: &CrossSite, headers: &HeaderMap) -> AppResult<Option<Current>> {
    let Some(secret) = guard.cookies.session(headers) else { return Ok(None) };
    let found = sessions::Model::find_by_cookie(&ctx.db, secret, lifetimes(ctx)?, clock::now()).await?;
    Ok(found.map(|(session, user)| Current { user, session }))
}

/// Somebody who is signed in. A handler that takes it cannot run for anybody else.
pub struct Member {
    pub visitor: Visitor,
    pub current: Current,
}

impl FromRequestParts<Shared> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Shared) -> Result<Self, Response> {
        let mut visitor = Visitor::from_request_parts(parts, ctx).await.map_err(IntoResponse::into_response)?;
        let Some(current) = visitor.current.take() else { return Err(turned_away(parts)) };
        match enforce_for_user(&parts.extensions, current.user.pid, Some(USER_POLICY)).await {
            Ok(()) => Ok(Self { visitor, current }),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Who only looks is sent to sign in and then back; who sends something is told.
fn turned_away(parts: &Parts) -> Response {
    let looks = matches!(parts.method, Method::GET | Method::HEAD);
    let is_program = quality(&parts.headers, &header::ACCEPT, "application/json") > 0.0;
    if !looks || is_program {
        return AppError::unauthorized().into_response();
    }
    let here = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Redirect::to(&next::sign_in_then(here)).into_response()
}
