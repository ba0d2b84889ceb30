//! Frames on a pipe. A frame starts with the length of the body. The body consists of the length of a JSON header,
//! the header, and raw bytes.

use std::io::{self, Read};

use serde::{Serialize, de::DeserializeOwned};

/// Maximum length of a header in bytes.
pub(crate) const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Error: the content of a frame does not follow the protocol.
#[derive(Debug, thiserror::Error)]
#[error("malformed frame: {0}")]
pub struct MalformedFrame(pub(crate) &'static str);

/// Reads the body of the next frame, and blocks until the frame is complete.
///
/// Returns `None` if the pipe closes before the length of the body is complete.
///
/// # Errors
/// Returns an error if the pipe closes inside the body, or if the body is longer than `max_bytes`.
pub(crate) fn read_frame(pipe: &mut impl Read, max_bytes: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match pipe.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > max_bytes {
        return Err(too_long());
    }
    let mut body = vec![0; length];
    pipe.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Encodes a whole frame: the length of the body, the length of the header, the header, and `parts`.
///
/// # Errors
/// Returns an error if the frame is longer than `u32::MAX` bytes.
pub(crate) fn encode_frame(header: &impl Serialize, parts: &[&[u8]]) -> io::Result<Vec<u8>> {
    let header = serde_json::to_vec(header)?;
    let body = 4 + header.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = Vec::with_capacity(4 + body);
    frame.extend(u32::try_from(body).map_err(|_| too_long())?.to_le_bytes());
    frame.extend(u32::try_from(header.len()).map_err(|_| too_long())?.to_le_bytes());
    frame.extend(header);
    for part in parts {
        frame.extend_from_slice(part);
    }
    Ok(frame)
}

/// Splits the body of a frame into the header and the bytes after the header.
pub(crate) fn split_header<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8]), MalformedFrame> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(MalformedFrame("missing header length"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_HEADER_BYTES {
        return Err(MalformedFrame("header too long"));
    }
    let (header, rest) = rest.split_at_checked(length).ok_or(MalformedFrame("incomplete header"))?;
    let header = serde_json::from_slice(header).map_err(|_| MalformedFrame("invalid header"))?;
    Ok((header, rest))
}

/// Removes the next `length` bytes from `rest` and returns them.
pub(crate) fn take_part<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], MalformedFrame> {
    let (part, after) = rest.split_at_checked(length).ok_or(MalformedFrame("incomplete part"))?;
    *rest = after;
    Ok(part)
}

fn too_long() -> io::Error {
    io::Error::other("frame too long")
}
