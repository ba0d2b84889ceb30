//! The two processes understand each other, and refuse what neither would say.

use uuid::Uuid;

use super::request;
use crate::frame::read_frame;
use crate::wire::{Reply, decode_reply, decode_request, encode_reply, encode_request};
use crate::{Conformance, Failure, Rendered};

/// What follows the frame's length.
fn body(frame: &[u8]) -> Vec<u8> {
    read_frame(&mut &frame[..], frame.len()).expect("a frame").expect("not the end")
}

#[test]
fn a_request_arrives_as_it_was_sent() {
    let mut request = request("# Ä\n\u{0}");
    request.document_id = Uuid::from_u128(3);
    request.images.insert(Uuid::from_u128(1), vec![0, 255, 1]);
    request.images.insert(Uuid::from_u128(2), Vec::new());
    let frame = encode_request(&request).expect("encoded");
    assert_eq!(decode_request(&body(&frame)).expect("decoded"), request);
}

#[test]
fn a_reply_arrives_as_it_was_sent() {
    let rendered = Rendered { pdf: vec![1, 2, 3], pages: 4, conformance: Conformance::None };
    let failure = Failure::too_complex("pages", 5, "pages");
    for answer in [Ok(rendered), Err(failure)] {
        let frame = encode_reply(&Reply::Done(answer.clone())).expect("encoded");
        let Reply::Done(arrived) = decode_reply(&body(&frame)).expect("decoded") else { panic!("not an answer") };
        assert_eq!(arrived, answer);
    }
}

#[test]
fn a_frame_that_is_cut_short_or_too_long_is_refused() {
    let frame = encode_request(&request("text")).expect("encoded");
    assert!(read_frame(&mut &frame[..frame.len() - 1], frame.len()).is_err());
    assert!(read_frame(&mut &frame[..], 3).is_err());
    assert!(read_frame(&mut &[][..], 3).expect("the end is no error").is_none());
    let body = body(&frame);
    for end in 0..body.len() {
        assert!(decode_request(&body[..end]).is_err(), "{end} bytes of {}", body.len());
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused() {
    for body in [&b"\xff\xff\xff\xff{}"[..], b"\x02\0\0\0{}", b"\x00\0\0\0", b"\x02\0\0\0[]"] {
        assert!(decode_request(body).is_err());
        assert!(decode_reply(body).is_err());
    }
}
