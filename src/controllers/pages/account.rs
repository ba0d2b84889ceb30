//! The account of whoever is signed in: who they are, where they are signed in, what has happened.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    answers::see,
    login::with_cookie,
    notices,
    page_routes::{PageRoutes, exempt_from_user_limit},
    queried,
    visitor::Member,
};
use crate::{
    clock,
    controllers::{
        Shared,
        account::{
            params::{PasswordParams, RemovalParams},
            remove_account, replace_password,
        },
        auth::{lifetimes, params::ProfileParams},
        extractors::{Client, Current, Form, Path},
    },
    errors::{AppError, AppResult},
    models::{
        pagination::{Page, PageRequest},
        request_context::RequestContext,
        security_events, sessions,
        users::password::Change,
    },
    views::{
        auth::UserView,
        locale::Language,
        pages::{
            Pager,
            user_agent::{Happening, Place},
        },
    },
};

const TEMPLATE: &str = "account/index.html";
/// Sessions that are shown.
const SESSIONS: u64 = 50;
/// Events of a page.
const EVENTS: u64 = 10;

/// The routes.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/account", exempt_from_user_limit(get(show)))
        .with("/account/profile", get(back).post(describe))
        .with("/account/password", exempt_from_user_limit(get(back).post(change_password)))
        .with("/account/removal", exempt_from_user_limit(get(back).post(remove)))
        .with("/account/sessions/removal", exempt_from_user_limit(post(end_all)))
        .with("/account/sessions/{id}/removal", exempt_from_user_limit(post(end)))
}

/// The account's page.
#[derive(Serialize)]
struct Account {
    profile: UserView,
    /// The name as it is, or as it was entered.
    name: String,
    /// The chosen language; empty for the browser's.
    language: String,
    languages: Vec<&'static str>,
    sessions: Vec<Place>,
    events: Page<Happening>,
    /// The pages of events beside this one.
    beside: Pager,
    /// Which form is shown again.
    form: &'static str,
}

async fn show(member: Member, State(ctx): State<Shared>, uri: Uri) -> AppResult<Response> {
    let page = queried(&uri, "events").parse().ok().filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1);
    let account = account(&ctx, &member.current, page, "").await?;
    member.visitor.page(TEMPLATE, &account)
}

/// Whoever asks for a form's address finds the form.
async fn back() -> Response {
    see("/account")
}

async fn describe(member: Member, State(ctx): State<Shared>, form: Form) -> AppResult<Response> {
    let described = match form.read::<ProfileParams>(&["name", "language"]) {
        Ok(params) => member.current.user.clone().describe(&ctx.db, params.into(), clock::now()).await.map(drop),
        Err(failure) => Err(failure),
    };
    if let Err(failure) = described {
        let entered = form.text("name").to_owned();
        let account = Account { name: entered, ..account(&ctx, &member.current, 1, "profile").await? };
        return member.visitor.form_again(TEMPLATE, &account, &form, failure);
    }
    Ok(see(&notices::at("/account", "profile-saved")))
}

/// Every other session ends.
async fn change_password(
    member: Member,
    State(ctx): State<Shared>,
    Client(client): Client,
    form: Form,
) -> AppResult<Response> {
    let changed = match form.read::<PasswordParams>(&["current_password", "password"]) {
        Ok(PasswordParams { current_password, password }) => {
            let change = Change { current: &current_password, new: &password };
            replace_password(&ctx, &member.current, &client, change).await
        }
        Err(failure) => Err(failure),
    };
    done(member, &ctx, ("password", &form), changed, "password-changed").await
}

/// Removes the account and everything that is its owner's.
async fn remove(member: Member, State(ctx): State<Shared>, Client(client): Client, form: Form) -> AppResult<Response> {
    let removed = match form.read::<RemovalParams>(&["password"]) {
        Ok(params) => remove_account(&ctx, member.current.clone(), &client, &params.password).await,
        Err(failure) => Err(failure),
    };
    if removed.is_ok() {
        let forgotten = member.visitor.guard.cookies.forget_session();
        return Ok(with_cookie(see(&notices::at("/", "account-removed")), forgotten));
    }
    done(member, &ctx, ("removal", &form), removed, "").await
}

async fn end(
    member: Member,
    State(ctx): State<Shared>,
    Client(client): Client,
    Path(id): Path<Uuid>,
) -> AppResult<Response> {
    let user = &member.current.user;
    let session = sessions::Model::find_for(&ctx.db, user, id, clock::now()).await?;
    session.end_for(&ctx.db, user, RequestContext::of(&client, clock::now())?).await?;
    Ok(see(&notices::at("/account", "session-ended")))
}

/// Signs out everywhere, here included.
async fn end_all(member: Member, State(ctx): State<Shared>, Client(client): Client) -> AppResult<Response> {
    let at = RequestContext::of(&client, clock::now())?;
    sessions::Model::end_all_for(&ctx.db, &member.current.user, at).await?;
    let forgotten = member.visitor.guard.cookies.forget_session();
    Ok(with_cookie(see(&notices::at("/login", "sessions-ended")), forgotten))
}

/// Back to the page, or the page with the form again.
async fn done(
    member: Member,
    ctx: &Shared,
    (form, sent): (&'static str, &Form),
    outcome: Result<(), AppError>,
    notice: &'static str,
) -> AppResult<Response> {
    match outcome {
        Ok(()) => Ok(see(&notices::at("/account", notice))),
        Err(failure) => {
            let account = account(ctx, &member.current, 1, form).await?;
            member.visitor.form_again(TEMPLATE, &account, sent, failure)
        }
    }
}

async fn account(ctx: &Shared, current: &Current, page: u64, form: &'static str) -> AppResult<Account> {
    let Current { user, session } = current;
    let all = PageRequest { page: 1, size: SESSIONS };
    let sessions = sessions::Model::list_for(&ctx.db, user, lifetimes(ctx)?, all, clock::now()).await?;
    let events = security_events::Model::list_for(&ctx.db, user, PageRequest { page, size: EVENTS }).await?;
    let events = events.map(Happening::from);
    Ok(Account {
        profile: UserView::from(user),
        name: user.name.clone(),
        language: user.language.clone().unwrap_or_default(),
        languages: Language::ALL.map(Language::tag).to_vec(),
        sessions: sessions.items.into_iter().map(|other| Place::of(other, session)).collect(),
        beside: Pager::numbered("events", &events, "/account", &[]),
        events,
        form,
    })
}
