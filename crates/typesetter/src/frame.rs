//! One message on a pipe: a length, a header, raw bytes.

use std::io::{self, Read};

use serde::{Serialize, de::DeserializeOwned};

/// Bytes of a header, at most.
pub(crate) const HEADER_BYTES: usize = 64 * 1024;

/// The bytes are not what the other side would have written.
#[derive(Debug, thiserror::Error)]
#[error("malformed frame: {0}")]
pub struct Malformed(pub(crate) &'static str);

/// Reads what follows a frame's length, blocking. `None`: the other side has hung up.
///
/// # Errors
/// The pipe broke within a frame, or the frame is longer than `most` bytes.
pub(crate) fn read_frame(pipe: &mut impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match pipe.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::Error::other("frame too long"));
    }
    let mut body = vec![0; length];
    pipe.read_exact(&mut body)?;
    Ok(Some(body))
}

/// A whole frame: its length, the header with its own, the parts.
pub(crate) fn frame(header: &impl Serialize, parts: &[&[u8]]) -> io::Result<Vec<u8>> {
    let header = serde_json::to_vec(header)?;
    let body = 4 + header.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let too_long = |_| io::Error::other("frame too long");
    let mut frame = Vec::with_capacity(4 + body);
    frame.extend(u32::try_from(body).map_err(too_long)?.to_le_bytes());
    frame.extend(u32::try_from(header.len()).map_err(too_long)?.to_le_bytes());
    frame.extend(header);
    for part in parts {
        frame.extend_from_slice(part);
    }
    Ok(frame)
}

/// The header, and the bytes after it.
pub(crate) fn split<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8]), Malformed> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(Malformed("no header"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > HEADER_BYTES {
        return Err(Malformed("long header"));
    }
    let (header, rest) = rest.split_at_checked(length).ok_or(Malformed("short header"))?;
    let header = serde_json::from_slice(header).map_err(|_| Malformed("not a header"))?;
    Ok((header, rest))
}

/// The next `length` bytes.
pub(crate) fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (part, after) = rest.split_at_checked(length).ok_or(Malformed("short part"))?;
    *rest = after;
    Ok(part)
}
