//! Extractors of request data. All rejections use the error response format.

mod body;
mod client;
mod current_user;
pub mod device_cookie;
mod form;
mod headers;
mod json;
mod missing_fields;
pub mod multipart;
mod path_query;
mod preferred_wait;
mod sent_name;
pub mod validators;

pub use body::is_body_timeout;
pub use client::ClientInfo;
pub use current_user::{CurrentUser, USER_POLICY};
pub use form::Form;
pub use json::{Json, UnvalidatedJson, check, ensure};
pub use path_query::{Pages, Path};
pub use preferred_wait::PreferredWait;
