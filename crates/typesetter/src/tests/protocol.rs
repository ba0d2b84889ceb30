//! Tests of the protocol: each process decodes frames from the other process, and rejects malformed frames.

use uuid::Uuid;

use super::request;
use crate::{
    Conformance, Rendered, TypesetError,
    ipc::{
        framing::read_frame,
        protocol::{Response, decode_request, decode_response, encode_request, encode_response},
    },
};

/// Returns the body of a frame.
fn body(frame: &[u8]) -> Vec<u8> {
    read_frame(&mut &frame[..], frame.len()).expect("the frame is complete").expect("the pipe is open")
}

#[test]
fn request_is_decoded_as_it_was_encoded() {
    let mut request = request("# Ä\n\u{0}");
    request.document_id = Uuid::from_u128(3);
    request.images.insert(Uuid::from_u128(1), vec![0, 255, 1]);
    request.images.insert(Uuid::from_u128(2), Vec::new());
    let frame = encode_request(&request).expect("encoded");
    assert_eq!(decode_request(&body(&frame)).expect("decoded"), request);
}

#[test]
fn response_is_decoded_as_it_was_encoded() {
    let rendered = Rendered { pdf: vec![1, 2, 3], pages: 4, conformance: Conformance::None };
    let error = TypesetError::too_complex("pages", 5, "pages");
    for result in [Ok(rendered), Err(error)] {
        let frame = encode_response(&Response::Done(result.clone())).expect("encoded");
        let Response::Done(decoded) = decode_response(&body(&frame)).expect("decoded") else {
            panic!("the response contains no result")
        };
        assert_eq!(decoded, result);
    }
}

#[test]
fn frame_is_rejected_when_incomplete_or_too_long() {
    let frame = encode_request(&request("text")).expect("encoded");
    assert!(read_frame(&mut &frame[..frame.len() - 1], frame.len()).is_err());
    assert!(read_frame(&mut &frame[..], 3).is_err());
    assert!(read_frame(&mut &[][..], 3).expect("a closed pipe is not an error").is_none());
    let body = body(&frame);
    for end in 0..body.len() {
        assert!(decode_request(&body[..end]).is_err(), "{end} bytes of {}", body.len());
    }
}

#[test]
fn header_is_rejected_when_its_length_or_content_is_wrong() {
    for body in [&b"\xff\xff\xff\xff{}"[..], b"\x02\0\0\0{}", b"\x00\0\0\0", b"\x02\0\0\0[]"] {
        assert!(decode_request(body).is_err());
        assert!(decode_response(body).is_err());
    }
}
