//! Tests of images: a valid image is rendered, and a note replaces an invalid image. Limits apply to bytes and pixels.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use uuid::Uuid;

use super::{FONTS, page_content, request};
use crate::{Conformance, Request, render};

/// Returns a PNG image with one colour.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(width, height, image::Rgb([90, 120, 160]));
    image.write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

/// Returns a small PNG file with a header that declares the given size.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(1, 1);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&file[12..29]);
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    file
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

/// Returns a document that contains the image twice: in a separate paragraph and within text.
fn with_image(file: Option<Vec<u8>>) -> Request {
    let id = Uuid::from_u128(7);
    let mut request = request(&format!("![single](upload:{id})\n\nHere: ![small](upload:{id})"));
    request.images.extend(file.map(|file| (id, file)));
    request
}

#[test]
fn each_format_is_rendered_as_a_figure_and_within_text() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let request = with_image(Some(encoded(8, 4, format)));
        let content = page_content(&request);
        assert_eq!(content.images, 2, "{format:?}");
        assert!(content.text.contains("Figure 1: single"), "{format:?}");
        let rendered = render(&request, &FONTS).expect("typeset");
        assert_eq!(rendered.conformance, Conformance::ArchivalAccessible, "{format:?}");
    }
}

#[test]
fn image_becomes_a_note_when_missing_broken_or_of_another_format() {
    let truncated = png(50, 50)[..60].to_vec();
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>"#.to_vec();
    let pdf = b"%PDF-1.4 nothing".to_vec();
    for file in [None, Some(Vec::new()), Some(truncated), Some(svg), Some(pdf)] {
        let content = page_content(&with_image(file));
        assert_eq!(content.images, 0);
        assert!(content.text.contains("[image: single, not available]"), "{}", content.text);
        assert!(content.text.contains("[image: small, not available]"), "{}", content.text);
    }
}

#[test]
fn image_becomes_a_note_without_decoding_when_too_large() {
    let mut heavy = png(1, 1);
    heavy.resize(crate::limits::IMAGE_BYTES + 1, 0);
    for file in [bomb(50_000, 50_000), bomb(6_000, 4_001), heavy] {
        let content = page_content(&with_image(Some(file)));
        assert_eq!(content.images, 0);
        assert!(content.text.contains("[image: single, too large]"), "{}", content.text);
    }
}

#[test]
fn image_fits_the_page_when_its_aspect_ratio_is_extreme() {
    for (width, height) in [(1, 3000), (3000, 1)] {
        let rendered = render(&with_image(Some(png(width, height))), &FONTS).expect("typeset");
        assert_eq!(rendered.pages, 1, "{width}x{height}");
    }
}
