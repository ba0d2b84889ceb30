//! Images: shown if they can be, a note if not, and never more than a machine can hold.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use uuid::Uuid;

use super::{FONTS, request, see};
use crate::{Conformance, Request, render};

/// A PNG of one colour.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(width, height, image::Rgb([90, 120, 160]));
    image.write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

/// A PNG that says it is this large and holds almost nothing.
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

/// A document that places this file twice: on its own and among words.
fn with_image(file: Option<Vec<u8>>) -> Request {
    let id = Uuid::from_u128(7);
    let mut request = request(&format!("![alone](upload:{id})\n\nHere: ![small](upload:{id})"));
    request.images.extend(file.map(|file| (id, file)));
    request
}

#[test]
fn each_format_is_shown_as_a_figure_and_among_words() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let request = with_image(Some(encoded(8, 4, format)));
        let seen = see(&request);
        assert_eq!(seen.images, 2, "{format:?}");
        assert!(seen.text.contains("Figure 1: alone"), "{format:?}");
        let rendered = render(&request, &FONTS).expect("typeset");
        assert_eq!(rendered.conformance, Conformance::ArchivalAccessible, "{format:?}");
    }
}

#[test]
fn an_image_that_is_missing_broken_or_of_another_kind_is_a_note() {
    let truncated = png(50, 50)[..60].to_vec();
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>"#.to_vec();
    let pdf = b"%PDF-1.4 nothing".to_vec();
    for file in [None, Some(Vec::new()), Some(truncated), Some(svg), Some(pdf)] {
        let seen = see(&with_image(file));
        assert_eq!(seen.images, 0);
        assert!(seen.text.contains("[image: alone, not available]"), "{}", seen.text);
        assert!(seen.text.contains("[image: small, not available]"), "{}", seen.text);
    }
}

#[test]
fn an_image_with_too_many_pixels_or_bytes_is_a_note_and_not_decoded() {
    let mut heavy = png(1, 1);
    heavy.resize(crate::limits::IMAGE_BYTES + 1, 0);
    for file in [bomb(50_000, 50_000), bomb(6_000, 4_001), heavy] {
        let seen = see(&with_image(Some(file)));
        assert_eq!(seen.images, 0);
        assert!(seen.text.contains("[image: alone, too large]"), "{}", seen.text);
    }
}

#[test]
fn an_extreme_shape_still_fits_the_page() {
    for (width, height) in [(1, 3000), (3000, 1)] {
        let rendered = render(&with_image(Some(png(width, height))), &FONTS).expect("typeset");
        assert_eq!(rendered.pages, 1, "{width}x{height}");
    }
}
