//! Looks at the beginning of a body that then goes on whole.

use axum::{
    body::{Body, Bytes},
    extract::Request,
};
use futures_util::{StreamExt, stream};

/// Bytes that are looked at: our forms have their token first.
const BEGINNING: usize = 16 * 1024;

/// The request as it was, and the first bytes of its body.
pub async fn beginning(request: Request) -> (Request, Vec<u8>) {
    let (parts, body) = request.into_parts();
    let (mut rest, mut read, mut seen) = (body.into_data_stream(), Vec::new(), Vec::new());
    while seen.len() < BEGINNING {
        let Some(chunk) = rest.next().await else { break };
        let failed = chunk.is_err();
        seen.extend_from_slice(chunk.as_ref().map_or(&[], Bytes::as_ref));
        read.push(chunk);
        // Whoever reads the body meets the failure where it happened.
        if failed {
            break;
        }
    }
    (Request::from_parts(parts, Body::from_stream(stream::iter(read).chain(rest))), seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_goes_on_whole_whatever_its_length() {
        for size in [0, 1, BEGINNING, 10 * BEGINNING] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            let chunks: Vec<_> = bytes.chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
            let (request, seen) = beginning(Request::new(Body::from_stream(stream::iter(chunks)))).await;
            assert!(bytes.starts_with(&seen) && seen.len() >= size.min(BEGINNING) && seen.len() < BEGINNING + 1000);
            assert_eq!(axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap(), bytes);
        }
    }
}
