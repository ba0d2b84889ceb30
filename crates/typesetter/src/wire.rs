//! What the service and its typesetting process say to each other, as frames on a pipe.
//!
//! A frame is its length (four bytes, little-endian), then the length of a JSON header, the
//! header, and raw bytes whose lengths the header tells. Both sides bound what they accept.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::document::{Conformance, Rendered, Request};
use crate::failure::Failure;
pub use crate::frame::Malformed;
use crate::frame::{HEADER_BYTES, frame, split, take};
use crate::{limits, text};

/// Bytes of a request's frame, at most; what follows the length.
pub const REQUEST_BYTES: usize = HEADER_BYTES + limits::MARKDOWN_BYTES + limits::IMAGES_BYTES;
/// Bytes of a reply's frame, at most; what follows the length.
pub const REPLY_BYTES: usize = HEADER_BYTES + limits::PDF_BYTES;

/// What the typesetting process says.
#[derive(Debug)]
pub enum Reply {
    /// It has started and waits for its first request.
    Ready,
    /// What came of the request.
    Done(Result<Rendered, Failure>),
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
enum ReplyHeader {
    Ready,
    Rendered { pages: u32, conformance: Conformance },
    Failed(Failure),
}

/// A request as a whole frame.
///
/// # Errors
/// The document exceeds a limit on bytes, which saves sending it.
pub fn encode_request(request: &Request) -> Result<Vec<u8>, Failure> {
    let images: usize = request.images.values().map(Vec::len).sum();
    within(request.markdown.len(), limits::MARKDOWN_BYTES, "markdown_bytes", "bytes of Markdown")?;
    within(images, limits::IMAGES_BYTES, "images_bytes", "bytes of images")?;
    within(request.images.len(), limits::IMAGES, "images", "images")?;
    let header = RequestHeader {
        document_id: request.document_id,
        // More than is shown, since cleaning makes it shorter.
        title: text::shortened(&request.title, 4 * limits::TITLE_BYTES),
        updated_at: request.updated_at,
        markdown_bytes: request.markdown.len(),
        images: request.images.iter().map(|(id, file)| (*id, file.len())).collect(),
    };
    let mut parts = vec![request.markdown.as_bytes()];
    parts.extend(request.images.values().map(Vec::as_slice));
    frame(&header, &parts).map_err(|error| Failure::failed(&error.to_string()))
}

/// A request from what followed its frame's length.
///
/// # Errors
/// The bytes are not a request.
pub fn decode_request(body: &[u8]) -> Result<Request, Malformed> {
    let (header, mut rest): (RequestHeader, _) = split(body)?;
    let markdown = take(&mut rest, header.markdown_bytes)?;
    let mut images = BTreeMap::new();
    for (id, length) in header.images {
        images.insert(id, take(&mut rest, length)?.to_vec());
    }
    Ok(Request {
        document_id: header.document_id,
        title: header.title,
        markdown: String::from_utf8(markdown.to_vec()).map_err(|_| Malformed("not UTF-8"))?,
        images,
        updated_at: header.updated_at,
    })
}

/// A reply as a whole frame.
///
/// # Errors
/// It is longer than a frame can be, which the limits rule out.
pub fn encode_reply(reply: &Reply) -> io::Result<Vec<u8>> {
    match reply {
        Reply::Ready => frame(&ReplyHeader::Ready, &[]),
        Reply::Done(Ok(Rendered { pdf, pages, conformance })) => {
            let (pages, conformance) = (*pages, *conformance);
            frame(&ReplyHeader::Rendered { pages, conformance }, &[pdf])
        }
        Reply::Done(Err(failure)) => frame(&ReplyHeader::Failed(failure.clone()), &[]),
    }
}

/// A reply from what followed its frame's length.
///
/// # Errors
/// The bytes are not a reply.
pub fn decode_reply(body: &[u8]) -> Result<Reply, Malformed> {
    let (header, pdf) = split(body)?;
    Ok(match header {
        ReplyHeader::Ready => Reply::Ready,
        ReplyHeader::Failed(failure) => Reply::Done(Err(failure)),
        ReplyHeader::Rendered { pages, conformance } => {
            Reply::Done(Ok(Rendered { pdf: pdf.to_vec(), pages, conformance }))
        }
    })
}

fn within(count: usize, most: usize, limit: &str, what: &str) -> Result<(), Failure> {
    if count > most { Err(Failure::too_complex(limit, most, what)) } else { Ok(()) }
}
