//! Every test that crosses a boundary, in one binary.

mod documentation;
mod env_files;
mod errors;
mod headers;
mod layers;
mod limits;
mod processes;
mod request_ids;
mod requests;
mod support;
mod typesetting;
