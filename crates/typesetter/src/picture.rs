//! Looks at an author's images before the engine does: one broken file would fail the whole
//! document, and a small file can hold gigapixels.

use std::collections::{BTreeMap, btree_map::Entry};
use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use pulldown_cmark::Event;
use typst::foundations::Bytes;
use uuid::Uuid;

use crate::failure::Failure;
use crate::{limits, markdown};

/// Points per pixel: 144 pixels to the inch, sharp enough for print.
const SCALE: f64 = 0.5;
/// Points a figure may be wide and high: the width of the text, two thirds of its height.
const WIDEST: f64 = 453.0;
const HIGHEST: f64 = 460.0;

/// An image that can be shown.
pub(crate) struct Picture {
    /// `png`, `jpg`, `gif` or `webp`.
    pub(crate) format: &'static str,
    /// Size in points, at most that of the text.
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Why an image cannot be shown, as a part of a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Absent {
    Unavailable,
    TooLarge,
}

impl Absent {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unavailable => "not available",
            Self::TooLarge => "too large",
        }
    }
}

/// The images that a document places.
#[derive(Default)]
pub(crate) struct Pictures {
    by_id: BTreeMap<Uuid, Result<(Picture, Bytes), Absent>>,
}

impl Pictures {
    /// Decodes each image that `events` name, once.
    ///
    /// # Errors
    /// All together are too many bytes or pixels.
    pub(crate) fn examine(events: &[Event<'_>], files: &BTreeMap<Uuid, Vec<u8>>) -> Result<Self, Failure> {
        check_bytes(files)?;
        let mut pictures = Self::default();
        let mut pixels_left = limits::IMAGES_PIXELS;
        for id in events.iter().filter_map(markdown::image_id) {
            let Some(file) = files.get(&id) else { continue };
            if let Entry::Vacant(place) = pictures.by_id.entry(id) {
                let seen = examine(file, &mut pixels_left)?;
                place.insert(seen.map(|picture| (picture, Bytes::new(file.clone()))));
            }
        }
        Ok(pictures)
    }

    /// The image behind an address such as `upload:ID`.
    pub(crate) fn get(&self, address: &str) -> Result<&(Picture, Bytes), Absent> {
        let id = markdown::upload_id(address).ok_or(Absent::Unavailable)?;
        let seen = self.by_id.get(&id).ok_or(Absent::Unavailable)?;
        seen.as_ref().map_err(|absent| *absent)
    }
}

fn check_bytes(files: &BTreeMap<Uuid, Vec<u8>>) -> Result<(), Failure> {
    let all = files.values().map(Vec::len).fold(0, usize::saturating_add);
    if all > limits::IMAGES_BYTES {
        let most = limits::IMAGES_BYTES;
        return Err(Failure::too_complex("images_bytes", most, "bytes of images"));
    }
    Ok(())
}

/// The outer error refuses the document, the inner only the image.
fn examine(file: &[u8], pixels_left: &mut u64) -> Result<Result<Picture, Absent>, Failure> {
    if file.len() > limits::IMAGE_BYTES {
        return Ok(Err(Absent::TooLarge));
    }
    let Some((format, reader)) = reader(file) else {
        return Ok(Err(Absent::Unavailable));
    };
    let Ok(decoder) = reader.into_decoder() else {
        return Ok(Err(Absent::Unavailable));
    };
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits::IMAGE_PIXELS {
        return Ok(Err(Absent::TooLarge));
    }
    *pixels_left = pixels_left.checked_sub(pixels).ok_or_else(too_many_pixels)?;
    Ok(decode(decoder, format).ok_or(Absent::Unavailable))
}

fn too_many_pixels() -> Failure {
    let most = usize::try_from(limits::IMAGES_PIXELS).unwrap_or(usize::MAX);
    Failure::too_complex("images_pixels", most, "pixels in its images")
}

/// SVG and PDF are images to the engine as well; naming the format keeps them out.
fn reader(file: &[u8]) -> Option<(&'static str, ImageReader<Cursor<&[u8]>>)> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let name = match reader.format()? {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Gif => "gif",
        ImageFormat::WebP => "webp",
        _ => return None,
    };
    Some((name, reader))
}

/// Decodes all of it, as the engine will: a good header says nothing about the rest.
fn decode(mut decoder: impl ImageDecoder, format: &'static str) -> Option<Picture> {
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    DynamicImage::from_decoder(decoder).ok()?;
    let (width, height) = if is_sideways(turned) { (height, width) } else { (width, height) };
    let (width, height) = fitted(f64::from(width) * SCALE, f64::from(height) * SCALE);
    Some(Picture { format, width, height })
}

fn is_sideways(turned: Orientation) -> bool {
    matches!(
        turned,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// Shrinks to the largest figure, keeping the shape; never enlarges.
fn fitted(width: f64, height: f64) -> (f64, f64) {
    let scale = (WIDEST / width).min(HIGHEST / height).min(1.0);
    (width * scale, height * scale)
}
