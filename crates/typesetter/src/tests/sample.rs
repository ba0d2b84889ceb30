//! A document with one of everything.

use uuid::{Uuid, uuid};

use super::{FONTS, images::png, request, see, typeset};
use crate::{Conformance, Request, image_references, render};

const SAMPLE: &str = include_str!("../../tests/sample.md");
const PICTURE: Uuid = uuid!("0190b5a2-7c1e-7d3a-9f00-000000000001");

fn sample() -> Request {
    let mut request = request(SAMPLE);
    request.title = "A Year at the Weir".to_owned();
    request.images.insert(PICTURE, png(90, 42));
    request
}

#[test]
fn the_sample_is_archival_accessible_and_the_same_each_time() {
    let first = render(&sample(), &FONTS).expect("typeset");
    assert_eq!(first.conformance, Conformance::ArchivalAccessible);
    assert_eq!(first.pages, 2);
    assert!(first.pdf.starts_with(b"%PDF-1.7"));
    assert!(first == render(&sample(), &FONTS).expect("typeset"), "not the same bytes");
}

#[test]
fn the_sample_shows_its_title_running_head_picture_and_notes() {
    let seen = see(&sample());
    assert!(seen.text.starts_with("A Year at the Weir"));
    assert_eq!(seen.text.matches("A Year at the Weir").count(), 2, "title and running head");
    assert!(seen.text.contains("1 / 2") && seen.text.contains("2 / 2"));
    assert!(seen.text.contains("Figure 1: The weir below the mill"));
    assert!(seen.text.contains("Analysed by the laboratory"));
    assert_eq!(seen.images, 1);
}

#[test]
fn a_title_that_the_text_begins_with_is_not_repeated() {
    let seen = see(&request("# A title\n\nText."));
    assert_eq!(seen.text.matches("A title").count(), 1);
    let seen = see(&request("Text.\n\n# A title"));
    assert_eq!(seen.text.matches("A title").count(), 2);
}

#[test]
fn a_document_without_a_word_or_a_title_is_still_a_page() {
    let rendered = render(&Request::default(), &FONTS).expect("typeset");
    assert_eq!(rendered.pages, 1);
    assert_eq!(rendered.conformance, Conformance::ArchivalAccessible);
}

#[test]
fn a_character_that_no_font_has_costs_the_conformance_only() {
    let rendered = typeset("漢字").expect("typeset");
    assert_eq!(rendered.conformance, Conformance::None);
}

#[test]
fn a_date_that_no_calendar_has_is_left_out() {
    for updated_at in [i64::MIN, -1, 0, i64::MAX] {
        let request = Request { updated_at, ..request("Text.") };
        assert!(render(&request, &FONTS).is_ok(), "{updated_at}");
    }
}

#[test]
fn all_six_faces_are_there() {
    assert_eq!(FONTS.count(), 6);
}

#[test]
fn image_references_name_each_upload_once_and_nothing_else() {
    assert_eq!(image_references(SAMPLE), [PICTURE]);
    let other = "![a](upload:x) ![b](https://x.example/y.png) [c](upload:0190b5a2-7c1e-7d3a-9f00-000000000001) \
        `![d](upload:0190b5a2-7c1e-7d3a-9f00-000000000001)`";
    assert!(image_references(other).is_empty());
}
