//! Texts as pictures that a telephone reads.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use qrcode::QrCode;
use qrcode::render::svg;

use super::error::{Error, Result};

/// The text as a QR code: an SVG in a `data:` URI, base64.
///
/// # Errors
/// When the text is longer than a picture holds, some 2,900 bytes.
pub fn picture(text: &str) -> Result<String> {
    let drawn = QrCode::new(text).map_err(|error| Error::internal(format!("QR code: {error}")))?;
    let image = drawn.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(image)))
}
