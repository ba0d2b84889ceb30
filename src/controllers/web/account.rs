//! The account page: profile, password, sessions, security log and deletion.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    flash, query_param,
    responses::{redirect_to, with_cookie},
    visitor::Member,
};
use crate::{
    clock,
    controllers::{
        extractors::{ClientInfo, CurrentUser, Form, Path, device_cookie},
        params::accounts::{PasswordParams, ProfileParams, RemovalParams},
        routing::web::{WebRoutes, exempt_from_user_limit},
        state::AppState,
    },
    errors::{AppError, AppResult},
    models::{
        pagination::{Page, PageRequest},
        security_events, sessions,
    },
    views::{
        auth::UserView,
        locale::Language,
        pages::{
            Pager,
            user_agent::{EventRow, SessionRow},
        },
    },
    workers::send_mail,
};

const TEMPLATE: &str = "account/index.html";
/// Maximum number of sessions on the page.
const SESSIONS: u64 = 50;
/// Number of security events per page of the security log.
const EVENTS: u64 = 10;

/// Returns the routes.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/account", exempt_from_user_limit(get(show)))
        .with("/account/profile", get(redirect_to_form).post(update_profile))
        .with("/account/password", exempt_from_user_limit(get(redirect_to_form).post(change_password)))
        .with("/account/removal", exempt_from_user_limit(get(redirect_to_form).post(remove)))
        .with("/account/sessions/removal", exempt_from_user_limit(post(end_all)))
        .with("/account/sessions/{id}/removal", exempt_from_user_limit(post(end)))
}

/// Content of the page.
#[derive(Serialize)]
struct Account {
    profile: UserView,
    /// Name in the profile form: the stored name or, after an error, the entered name.
    name: String,
    /// Language tag of the user. If the tag is empty, pages use the language that the browser prefers.
    language: String,
    languages: Vec<&'static str>,
    sessions: Vec<SessionRow>,
    events: Page<EventRow>,
    pager: Pager,
    /// Name of the form that has errors, or empty.
    form: &'static str,
}

async fn show(member: Member, State(state): State<AppState>, uri: Uri) -> AppResult<Response> {
    let page = query_param(&uri, "events").parse().ok().filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1);
    let account = account(&state, &member.current, page, "").await?;
    member.visitor.page(TEMPLATE, &account)
}

/// Redirects a GET request for the submit URL of a form to the page with the form. Browsers send such requests, because
/// the address bar contains the submit URL after a form error.
async fn redirect_to_form() -> Response {
    redirect_to("/account")
}

async fn update_profile(member: Member, State(state): State<AppState>, form: Form) -> AppResult<Response> {
    let updated = match form.read::<ProfileParams>(&["name", "language"]) {
        Ok(params) => {
            member.current.user.clone().update_profile(&state.db, params.into(), clock::now()).await.map(drop)
        }
        Err(failure) => Err(failure),
    };
    if let Err(failure) = updated {
        let entered = form.text("name").to_owned();
        let account = Account { name: entered, ..account(&state, &member.current, 1, "profile").await? };
        return member.visitor.render_form_error(TEMPLATE, &account, &form, failure);
    }
    Ok(redirect_to(&flash::with_flash("/account", "profile-saved")))
}

async fn change_password(
    member: Member,
    State(state): State<AppState>,
    client: ClientInfo,
    form: Form,
) -> AppResult<Response> {
    let CurrentUser { user, session } = &member.current;
    let request = client.request()?;
    let changed = match form.read::<PasswordParams>(&["current_password", "password"]) {
        Ok(params) => user.change_password(&state.db, &state.auth, session, params.change(), &request).await,
        Err(failure) => Err(failure),
    };
    match changed {
        Ok(changed) => {
            send_mail::enqueue(&state.ctx, changed.notice).await;
            let mut response = redirect_to(&flash::with_flash("/account", "password-changed"));
            device_cookie::set(response.headers_mut(), state.host(), &changed.device_token)?;
            Ok(response)
        }
        Err(failure) => render_account_error(member, &state, ("password", &form), failure).await,
    }
}

async fn remove(member: Member, State(state): State<AppState>, client: ClientInfo, form: Form) -> AppResult<Response> {
    let (user, request) = (member.current.user.clone(), client.request()?);
    let deleted = match form.read::<RemovalParams>(&["password"]) {
        Ok(RemovalParams { password }) => {
            user.delete_account(&state.db, state.storage(), &state.auth, &password, &request).await
        }
        Err(failure) => Err(failure),
    };
    match deleted {
        Ok(()) => {
            let expired = state.cookies.forget_session();
            Ok(with_cookie(redirect_to(&flash::with_flash("/", "account-removed")), expired))
        }
        Err(failure) => render_account_error(member, &state, ("removal", &form), failure).await,
    }
}

async fn end(
    member: Member,
    State(state): State<AppState>,
    client: ClientInfo,
    Path(id): Path<Uuid>,
) -> AppResult<Response> {
    let user = &member.current.user;
    let session = sessions::Model::find_for(&state.db, user, id, clock::now()).await?;
    session.end_for(&state.db, user, &client.request()?).await?;
    Ok(redirect_to(&flash::with_flash("/account", "session-ended")))
}

/// Ends all sessions, including the current session.
async fn end_all(member: Member, State(state): State<AppState>, client: ClientInfo) -> AppResult<Response> {
    sessions::Model::end_all_for(&state.db, &member.current.user, &client.request()?).await?;
    let expired = state.cookies.forget_session();
    Ok(with_cookie(redirect_to(&flash::with_flash("/login", "sessions-ended")), expired))
}

/// Renders the account page with the errors of one form on the page.
async fn render_account_error(
    member: Member,
    state: &AppState,
    (form, sent): (&'static str, &Form),
    failure: AppError,
) -> AppResult<Response> {
    let account = account(state, &member.current, 1, form).await?;
    member.visitor.render_form_error(TEMPLATE, &account, sent, failure)
}

async fn account(state: &AppState, current: &CurrentUser, page: u64, form: &'static str) -> AppResult<Account> {
    let CurrentUser { user, session } = current;
    let all = PageRequest { page: 1, size: SESSIONS };
    let sessions = sessions::Model::list_for(&state.db, user, state.auth.lifetimes, all, clock::now()).await?;
    let events = security_events::Model::list_for(&state.db, user, PageRequest { page, size: EVENTS }).await?;
    let events = events.map(EventRow::from);
    Ok(Account {
        profile: UserView::from(user),
        name: user.name.clone(),
        language: user.language.clone().unwrap_or_default(),
        languages: Language::ALL.map(Language::tag).to_vec(),
        sessions: sessions.items.into_iter().map(|other| SessionRow::of(other, session)).collect(),
        pager: Pager::numbered("events", &events, "/account", &[]),
        events,
        form,
    })
}
