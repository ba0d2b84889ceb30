//! Extracts values of the path and of the query. Rejects invalid values with 400.
#![expect(clippy::disallowed_types, reason = "wraps axum's extractors, so that their errors have the error format")]

use axum::{
    extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery},
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    errors::{AppError, AppResult},
    models::pagination::{DEFAULT_SIZE, MAX_SIZE, PageRequest},
};

/// Maximum page number: the largest integer that every JSON parser represents exactly (RFC 8259 section 6). The
/// row offset of this page fits into the 64-bit integers of every supported database.
const MAX_PAGE: u64 = (1 << 53) - 1;

/// Values of the path.
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

/// Query parameters of a list: `?page=1&page_size=20`.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Pages {
    /// Page number, from 1.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, default = 1)]
    page: Option<u64>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    page_size: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Pages {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        let AxumQuery(pages) = AxumQuery::<Self>::from_request_parts(parts, state).await.map_err(|_| invalid_page())?;
        let request = pages.request();
        let is_valid = (1..=MAX_SIZE).contains(&request.size) && (1..=MAX_PAGE).contains(&request.page);
        if is_valid { Ok(pages) } else { Err(invalid_page()) }
    }
}

impl Pages {
    /// Returns the requested page. Missing values get defaults.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        PageRequest { page: self.page.unwrap_or(1), size: self.page_size.unwrap_or(DEFAULT_SIZE) }
    }
}

fn invalid_page() -> AppError {
    AppError::bad_request("`page` must be 1 or more, and `page_size` must be from 1 to 100.")
}
