//! Test of a sample document that contains every kind of block.

use uuid::{Uuid, uuid};

use super::{FONTS, images::png, page_content, request, typeset};
use crate::{Conformance, Request, image_references, render};

const SAMPLE: &str = include_str!("../../tests/sample.md");
const IMAGE: Uuid = uuid!("0190b5a2-7c1e-7d3a-9f00-000000000001");

fn sample() -> Request {
    let mut request = request(SAMPLE);
    request.title = "A Year at the Weir".to_owned();
    request.images.insert(IMAGE, png(90, 42));
    request
}

#[test]
fn sample_is_archival_and_accessible_with_the_same_bytes_each_time() {
    let first = render(&sample(), &FONTS).expect("typeset");
    assert_eq!(first.conformance, Conformance::ArchivalAccessible);
    assert_eq!(first.pages, 2);
    assert!(first.pdf.starts_with(b"%PDF-1.7"));
    assert!(first == render(&sample(), &FONTS).expect("typeset"), "the bytes differ");
}

#[test]
fn sample_contains_title_running_head_image_and_footnotes() {
    let content = page_content(&sample());
    assert!(content.text.starts_with("A Year at the Weir"));
    assert_eq!(content.text.matches("A Year at the Weir").count(), 2, "title and running head");
    assert!(content.text.contains("1 / 2") && content.text.contains("2 / 2"));
    assert!(content.text.contains("Figure 1: The weir below the mill"));
    assert!(content.text.contains("Analysed by the laboratory"));
    assert_eq!(content.images, 1);
}

#[test]
fn title_is_not_repeated_when_the_text_begins_with_it() {
    let content = page_content(&request("# A title\n\nText."));
    assert_eq!(content.text.matches("A title").count(), 1);
    let content = page_content(&request("Text.\n\n# A title"));
    assert_eq!(content.text.matches("A title").count(), 2);
}

#[test]
fn empty_document_has_one_page() {
    let rendered = render(&Request::default(), &FONTS).expect("typeset");
    assert_eq!(rendered.pages, 1);
    assert_eq!(rendered.conformance, Conformance::ArchivalAccessible);
}

#[test]
fn pdf_has_no_conformance_when_no_font_contains_a_character() {
    let rendered = typeset("漢字").expect("typeset");
    assert_eq!(rendered.conformance, Conformance::None);
}

#[test]
fn document_is_typeset_when_its_date_is_out_of_range() {
    for updated_at in [i64::MIN, -1, 0, i64::MAX] {
        let request = Request { updated_at, ..request("Text.") };
        assert!(render(&request, &FONTS).is_ok(), "{updated_at}");
    }
}

#[test]
fn fonts_contain_six_faces() {
    assert_eq!(FONTS.count(), 6);
}

#[test]
fn image_references_returns_each_upload_once_and_no_other_url() {
    assert_eq!(image_references(SAMPLE), [IMAGE]);
    let other = "![a](upload:x) ![b](https://x.example/y.png) [c](upload:0190b5a2-7c1e-7d3a-9f00-000000000001) \
        `![d](upload:0190b5a2-7c1e-7d3a-9f00-000000000001)`";
    assert!(image_references(other).is_empty());
}
