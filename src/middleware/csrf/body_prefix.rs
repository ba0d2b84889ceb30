//! Reads the first bytes of a body and passes the whole body on.

use axum::{
    body::{Body, Bytes},
    extract::Request,
};
use futures_util::{StreamExt, stream};

/// Maximum number of bytes that are read to find the CSRF token. A prefix is enough, because the token is the first
/// field of every form of this site.
const PREFIX_BYTES: usize = 16 * 1024;

/// Returns the unchanged request and the first bytes of its body.
pub async fn read(request: Request) -> (Request, Vec<u8>) {
    let (parts, body) = request.into_parts();
    let (mut rest, mut chunks, mut prefix) = (body.into_data_stream(), Vec::new(), Vec::new());
    while prefix.len() < PREFIX_BYTES {
        let Some(chunk) = rest.next().await else { break };
        let failed = chunk.is_err();
        prefix.extend_from_slice(chunk.as_ref().map_or(&[], Bytes::as_ref));
        chunks.push(chunk);
        // Reading ends without an error here, because the handler gets the error at the same position of the body.
        if failed {
            break;
        }
    }
    (Request::from_parts(parts, Body::from_stream(stream::iter(chunks).chain(rest))), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn body_is_passed_on_whole_for_any_length() {
        for size in [0, 1, PREFIX_BYTES, 10 * PREFIX_BYTES] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            let chunks: Vec<_> = bytes.chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
            let (request, prefix) = read(Request::new(Body::from_stream(stream::iter(chunks)))).await;
            assert!(
                bytes.starts_with(&prefix)
                    && prefix.len() >= size.min(PREFIX_BYTES)
                    && prefix.len() < PREFIX_BYTES + 1000
            );
            assert_eq!(axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap(), bytes);
        }
    }
}
