//! Protocol between the service and the typesetting process: requests and responses as frames.
//!
//! A frame consists of a frame length, a header length, a JSON header, and raw bytes. Each length has four
//! bytes and is little-endian. The header contains the lengths of the raw parts. Both processes reject
//! frames that are too long.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::framing::MalformedFrame;
use super::framing::{MAX_HEADER_BYTES, encode_frame, split_header, take_part};
use crate::{
    error::TypesetError,
    limits, sanitize,
    types::{Conformance, Rendered, Request},
};

/// Maximum length of the frame of a request in bytes, without the four bytes of the frame length.
pub const MAX_REQUEST_BYTES: usize = MAX_HEADER_BYTES + limits::MARKDOWN_BYTES + limits::IMAGES_BYTES;
/// Maximum length of the frame of a response in bytes, without the four bytes of the frame length.
pub const MAX_RESPONSE_BYTES: usize = MAX_HEADER_BYTES + limits::PDF_BYTES;

/// Message from the typesetting process to the service.
#[derive(Debug)]
pub enum Response {
    /// The process has started and waits for its first request.
    Ready,
    /// Result of one request.
    Done(Result<Rendered, TypesetError>),
}

#[derive(Serialize, Deserialize)]
struct RequestHeader {
    document_id: Uuid,
    title: String,
    updated_at: i64,
    markdown_bytes: usize,
    images: Vec<(Uuid, usize)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResponseHeader {
    Ready,
    Rendered { pages: u32, conformance: Conformance },
    Failed(TypesetError),
}

/// Encodes a request as a whole frame.
///
/// # Errors
/// Returns an error if the Markdown or the images exceed a limit. The service then sends no frame.
pub fn encode_request(request: &Request) -> Result<Vec<u8>, TypesetError> {
    let images: usize = request.images.values().map(Vec::len).sum();
    check_limit(request.markdown.len(), limits::MARKDOWN_BYTES, "markdown_bytes", "bytes of Markdown")?;
    check_limit(images, limits::IMAGES_BYTES, "images_bytes", "bytes of images")?;
    check_limit(request.images.len(), limits::IMAGES, "images", "images")?;
    let header = RequestHeader {
        document_id: request.document_id,
        // Sends up to four times the maximum length of a title, because sanitizing may shorten the title later.
        title: sanitize::truncate(&request.title, 4 * limits::TITLE_BYTES),
        updated_at: request.updated_at,
        markdown_bytes: request.markdown.len(),
        images: request.images.iter().map(|(id, file)| (*id, file.len())).collect(),
    };
    let mut parts = vec![request.markdown.as_bytes()];
    parts.extend(request.images.values().map(Vec::as_slice));
    encode_frame(&header, &parts).map_err(|error| TypesetError::failed(&error.to_string()))
}

/// Decodes a request from the body of a frame.
///
/// # Errors
/// Returns an error if the bytes are not a request.
pub fn decode_request(body: &[u8]) -> Result<Request, MalformedFrame> {
    let (header, mut rest): (RequestHeader, _) = split_header(body)?;
    let markdown = take_part(&mut rest, header.markdown_bytes)?;
    let mut images = BTreeMap::new();
    for (id, length) in header.images {
        images.insert(id, take_part(&mut rest, length)?.to_vec());
    }
    Ok(Request {
        document_id: header.document_id,
        title: header.title,
        markdown: String::from_utf8(markdown.to_vec()).map_err(|_| MalformedFrame("text is not UTF-8"))?,
        images,
        updated_at: header.updated_at,
    })
}

/// Encodes a response as a whole frame.
///
/// # Errors
/// Returns an error if the frame is too long. The limits on documents prevent this error.
pub fn encode_response(response: &Response) -> io::Result<Vec<u8>> {
    match response {
        Response::Ready => encode_frame(&ResponseHeader::Ready, &[]),
        Response::Done(Ok(Rendered { pdf, pages, conformance })) => {
            let (pages, conformance) = (*pages, *conformance);
            encode_frame(&ResponseHeader::Rendered { pages, conformance }, &[pdf])
        }
        Response::Done(Err(error)) => encode_frame(&ResponseHeader::Failed(error.clone()), &[]),
    }
}

/// Decodes a response from the body of a frame.
///
/// # Errors
/// Returns an error if the bytes are not a response.
pub fn decode_response(body: &[u8]) -> Result<Response, MalformedFrame> {
    let (header, pdf) = split_header(body)?;
    Ok(match header {
        ResponseHeader::Ready => Response::Ready,
        ResponseHeader::Failed(error) => Response::Done(Err(error)),
        ResponseHeader::Rendered { pages, conformance } => {
            Response::Done(Ok(Rendered { pdf: pdf.to_vec(), pages, conformance }))
        }
    })
}

fn check_limit(count: usize, maximum: usize, limit: &str, units: &str) -> Result<(), TypesetError> {
    if count > maximum { Err(TypesetError::too_complex(limit, maximum, units)) } else { Ok(()) }
}
