//! Values in the path and the query; a bad one is 400.
#![expect(clippy::disallowed_types, reason = "this is where axum's own extractors get our errors")]

use axum::{
    extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery},
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    errors::{AppError, AppResult},
    models::pagination::{DEFAULT_SIZE, MAX_SIZE, PageRequest},
};

/// What JSON's numbers are exact to everywhere (RFC 8259 section 6); the offset too is one that every
/// database can count to.
const MOST_PAGES: u64 = (1 << 53) - 1;

/// Values in the path.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        let value = AxumPath::from_request_parts(parts, state).await;
        value
            .map(|AxumPath(value)| Self(value))
            .map_err(|_| AppError::bad_request("The ID in the path must be a UUID."))
    }
}

/// `?page=1&page_size=20`.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Pages {
    /// Which page, from 1 on.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, default = 1)]
    page: Option<u64>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    page_size: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Pages {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        let AxumQuery(pages) = AxumQuery::<Self>::from_request_parts(parts, state).await.map_err(|_| bad())?;
        let asked = pages.request();
        let sound = (1..=MAX_SIZE).contains(&asked.size) && (1..=MOST_PAGES).contains(&asked.page);
        if sound { Ok(pages) } else { Err(bad()) }
    }
}

impl Pages {
    /// Which page, with the defaults in place.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        PageRequest { page: self.page.unwrap_or(1), size: self.page_size.unwrap_or(DEFAULT_SIZE) }
    }
}

fn bad() -> AppError {
    AppError::bad_request("`page` must be 1 or more, and `page_size` must be from 1 to 100.")
}
