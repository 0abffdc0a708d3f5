//! Pictures that strangers send, taken in: what is kept is drawn anew from the decoded pixels, so that nothing else of
//! the file survives, neither where a photograph was made nor what hides behind its last byte.
//!
//! # Why one kind is kept
//! JPEG shows every photograph and is read everywhere. What is see-through lies on white paper then.
//!
//! # What it may take
//! Width and height stand in the head of a file, so a picture that would not fit into memory is refused before it is
//! decoded. A picture is in memory at most twice, while it is turned upright. It takes a while: call it where nothing
//! else waits, for one picture at a time.

mod whole;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use self::whole::{Ending, ending_of, holds_other};
use super::error::{Error, FieldError, Result};

/// Largest file that is taken in, and that is kept.
pub const FILE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Most pixels of a picture: what the cameras of telephones make of their light.
pub const PIXELS_MAX: u64 = 16 * 1024 * 1024;
/// Longest side, in pixels.
pub const SIDE_MAX: u32 = 16 * 1024;
/// Most memory of the decoded pixels: PNG has up to eight bytes for each.
const DECODED_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// How well a picture is kept; the next one is tried when it gets too large.
const QUALITIES: [u8; 3] = [90, 75, 60];
/// What is see-through is laid on this.
const PAPER: u8 = 255;

/// A kind of file that is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG (ISO/IEC 10918).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// WebP (RFC 9649).
    WebP,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        }
    }

    const fn format(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::WebP => ImageFormat::WebP,
        }
    }

    /// The kind that the first bytes of a file say.
    fn of(file: &[u8]) -> Option<Self> {
        if file.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if file.starts_with(b"\x89PNG\r\n\x1A\n") {
            Some(Self::Png)
        } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }
}

/// A picture as it is kept: a JPEG without anything but pixels, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub jpeg: Vec<u8>,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// What is wrong with the file.
fn refused(code: &'static str) -> Error {
    Error::invalid("body", code)
}

/// Takes in a file that was sent as one of kind `said`.
///
/// # Errors
/// `image_empty`, `image_unknown`, `image_other_kind`, `image_unreadable` also for what was cut off, `image_holds_other`,
/// `image_too_many_pixels`, `image_too_detailed`; `image_too_large`.
pub fn take_in(file: &[u8], said: Kind) -> Result<Picture> {
    if file.len() > FILE_BYTES_MAX {
        return Err(too_large());
    }
    if file.is_empty() {
        return Err(refused("image_empty"));
    }
    let found = Kind::of(file).ok_or_else(|| refused("image_unknown"))?;
    if found != said {
        let fault = FieldError::new("body", "image_other_kind");
        return Err(Error::invalid_fields(vec![fault.with("said", said.name()).with("found", found.name())]));
    }
    if holds_other(file) || ending_of(file, found) == Ending::GoesOn {
        return Err(refused("image_holds_other"));
    }
    if ending_of(file, found) == Ending::CutOff {
        return Err(refused("image_unreadable"));
    }
    let upright = decode(file, found)?;
    draw(&on_paper(upright))
}

/// The file is larger than any that is taken in.
pub fn too_large() -> Error {
    Error::too_large("image_too_large").with("max", FILE_BYTES_MAX / 1024 / 1024)
}

fn decode(file: &[u8], kind: Kind) -> Result<DynamicImage> {
    let unreadable = |error| refused("image_unreadable").context(error);
    let mut reader = ImageReader::with_format(Cursor::new(file), kind.format());
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| match error {
        image::ImageError::Limits(_) => too_many_pixels(),
        other => unreadable(other),
    })?;
    let (width, height) = decoder.dimensions();
    let is_large = u64::from(width).saturating_mul(u64::from(height)) > PIXELS_MAX
        || decoder.total_bytes() > DECODED_BYTES_MAX;
    if is_large || width > SIDE_MAX || height > SIDE_MAX {
        return Err(too_many_pixels());
    }
    // What cannot be read of the notes about a picture does not turn it.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        image::ImageError::Limits(_) => too_many_pixels(),
        other => unreadable(other),
    })?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_many_pixels() -> Error {
    let fault = FieldError::new("body", "image_too_many_pixels").with("max", PIXELS_MAX / 1024 / 1024);
    Error::invalid_fields(vec![fault.with("side", SIDE_MAX)])
}

/// The picture without anything see-through.
fn on_paper(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let seen_through = picture.into_rgba8();
    RgbImage::from_fn(seen_through.width(), seen_through.height(), |x, y| {
        let [red, green, blue, alpha] = seen_through.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| laid_on_paper(colour, alpha)))
    })
}

fn laid_on_paper(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha, paper) = (u32::from(colour), u32::from(alpha), u32::from(PAPER));
    let mixed = (colour * alpha + paper * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(PAPER)
}

fn draw(picture: &RgbImage) -> Result<Picture> {
    let (width, height) = picture.dimensions();
    for quality in QUALITIES {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality)
            .encode_image(picture)
            .map_err(|error| Error::internal(format!("a picture could not be drawn: {error}")))?;
        if jpeg.len() <= FILE_BYTES_MAX {
            return Ok(Picture { jpeg, width, height });
        }
    }
    Err(refused("image_too_detailed"))
}

#[cfg(test)]
mod tests;
