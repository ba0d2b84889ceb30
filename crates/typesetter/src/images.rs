//! Image check: decodes every image before Typst decodes the image.
//!
//! The check is necessary, because Typst rejects a whole document if one image is broken. A small file can also declare
//! billions of pixels.

use std::collections::{BTreeMap, btree_map::Entry};
use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use pulldown_cmark::Event;
use typst::foundations::Bytes;
use uuid::Uuid;

use crate::{error::TypesetError, limits, markdown};

/// Number of points per pixel. The value gives 144 pixels per inch.
const POINTS_PER_PIXEL: f64 = 0.5;
/// Maximum width of a figure in points, which is the width of the text.
const MAX_WIDTH: f64 = 453.0;
/// Maximum height of a figure in points, which is two thirds of the height of the text.
const MAX_HEIGHT: f64 = 460.0;

/// Format and size of an image that Typst can render.
pub(crate) struct ImageInfo {
    /// Name of the format: `png`, `jpg`, `gif` or `webp`.
    pub(crate) format: &'static str,
    /// Width in points, at most [`MAX_WIDTH`].
    pub(crate) width: f64,
    /// Height in points, at most [`MAX_HEIGHT`].
    pub(crate) height: f64,
}

/// Reason why a note replaces an image in the PDF.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ImageError {
    Unavailable,
    TooLarge,
}

impl ImageError {
    /// Returns the reason as text for the note.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unavailable => "not available",
            Self::TooLarge => "too large",
        }
    }
}

/// Checked images of one document.
#[derive(Default)]
pub(crate) struct Images {
    by_id: BTreeMap<Uuid, Result<(ImageInfo, Bytes), ImageError>>,
}

impl Images {
    /// Decodes each image that `events` reference and `files` contain. Decodes an image only once, even if the document
    /// references the image several times.
    ///
    /// # Errors
    /// Returns an error if all images of the document together have too many bytes or pixels.
    pub(crate) fn check(events: &[Event<'_>], files: &BTreeMap<Uuid, Vec<u8>>) -> Result<Self, TypesetError> {
        check_bytes(files)?;
        let mut images = Self::default();
        let mut pixels_left = limits::IMAGES_PIXELS;
        for id in events.iter().filter_map(markdown::image_id) {
            let Some(file) = files.get(&id) else { continue };
            if let Entry::Vacant(entry) = images.by_id.entry(id) {
                let checked = check_image(file, &mut pixels_left)?;
                entry.insert(checked.map(|info| (info, Bytes::new(file.clone()))));
            }
        }
        Ok(images)
    }

    /// Returns the image of a URL such as `upload:ID`.
    pub(crate) fn get(&self, url: &str) -> Result<&(ImageInfo, Bytes), ImageError> {
        let id = markdown::upload_id(url).ok_or(ImageError::Unavailable)?;
        let checked = self.by_id.get(&id).ok_or(ImageError::Unavailable)?;
        checked.as_ref().map_err(|error| *error)
    }
}

fn check_bytes(files: &BTreeMap<Uuid, Vec<u8>>) -> Result<(), TypesetError> {
    let bytes = files.values().map(Vec::len).fold(0, usize::saturating_add);
    if bytes > limits::IMAGES_BYTES {
        let maximum = limits::IMAGES_BYTES;
        return Err(TypesetError::too_complex("images_bytes", maximum, "bytes of images"));
    }
    Ok(())
}

/// Decodes one image, and subtracts its number of pixels from `pixels_left`.
///
/// The outer error rejects the whole document. The inner error rejects only the image.
fn check_image(file: &[u8], pixels_left: &mut u64) -> Result<Result<ImageInfo, ImageError>, TypesetError> {
    if file.len() > limits::IMAGE_BYTES {
        return Ok(Err(ImageError::TooLarge));
    }
    let Some((format, reader)) = reader(file) else {
        return Ok(Err(ImageError::Unavailable));
    };
    let Ok(decoder) = reader.into_decoder() else {
        return Ok(Err(ImageError::Unavailable));
    };
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits::IMAGE_PIXELS {
        return Ok(Err(ImageError::TooLarge));
    }
    *pixels_left = pixels_left.checked_sub(pixels).ok_or_else(too_many_pixels)?;
    Ok(decode(decoder, format).ok_or(ImageError::Unavailable))
}

fn too_many_pixels() -> TypesetError {
    let maximum = usize::try_from(limits::IMAGES_PIXELS).unwrap_or(usize::MAX);
    TypesetError::too_complex("images_pixels", maximum, "pixels in its images")
}

/// Returns the format and a reader of a PNG, JPEG, GIF or WebP file.
///
/// Returns `None` for any other file, including SVG and PDF, although Typst accepts both formats as images.
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

/// Returns the size of the figure, or `None` if the pixels are invalid.
///
/// Decodes all pixels, because a file with a valid header may contain invalid pixels.
fn decode(mut decoder: impl ImageDecoder, format: &'static str) -> Option<ImageInfo> {
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    DynamicImage::from_decoder(decoder).ok()?;
    let (width, height) = if swaps_axes(orientation) { (height, width) } else { (width, height) };
    let (width, height) = fit(f64::from(width) * POINTS_PER_PIXEL, f64::from(height) * POINTS_PER_PIXEL);
    Some(ImageInfo { format, width, height })
}

fn swaps_axes(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// Reduces a size to the maximum size of a figure, and keeps the aspect ratio. Never increases a size.
fn fit(width: f64, height: f64) -> (f64, f64) {
    let scale = (MAX_WIDTH / width).min(MAX_HEIGHT / height).min(1.0);
    (width * scale, height * scale)
}
