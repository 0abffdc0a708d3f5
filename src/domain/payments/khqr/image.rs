//! The picture of a code, with the quiet zone of four modules that readers need to find it.

use std::io::Write as _;

use flate2::Compression;
use flate2::Crc as Crc32;
use flate2::write::ZlibEncoder;
use qrcode::render::svg as vector;
use qrcode::{Color, EcLevel, QrCode};

use crate::platform::error::{Error, Result};

/// Modules of white around the picture.
const QUIET: usize = 4;
/// Pixels to a module of the PNG.
const SCALE: usize = 8;
/// Survives 15 % of damage, as the official pictures.
const CORRECTION: EcLevel = EcLevel::M;

fn drawn(text: &str) -> Result<QrCode> {
    QrCode::with_error_correction_level(text, CORRECTION)
        .map_err(|error| Error::internal(format!("a KHQR cannot be drawn: {error}")))
}

/// The picture as SVG, which printers and browsers scale without loss.
///
/// # Errors
/// When the text is longer than a picture holds.
pub fn svg(text: &str) -> Result<String> {
    Ok(drawn(text)?.render::<vector::Color<'_>>().quiet_zone(true).min_dimensions(240, 240).build())
}

/// The picture as PNG, black and white, eight pixels to a module.
///
/// # Errors
/// When the text is longer than a picture holds.
pub fn png(text: &str) -> Result<Vec<u8>> {
    let code = drawn(text)?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let colors = code.to_colors();
    let is_dark = |across: usize, down: usize| {
        let at = |pixel: usize| (pixel / SCALE).checked_sub(QUIET).filter(|at| *at < modules);
        let Some((across, down)) = at(across).zip(at(down)) else { return false };
        colors.get(down * modules + across) == Some(&Color::Dark)
    };
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for down in 0..side {
        // The row's filter: none.
        let mut row = vec![0u8];
        row.extend((0..side).step_by(8).map(|first| {
            (first..first + 8).fold(0u8, |byte, across| (byte << 1) | u8::from(!is_dark(across, down)))
        }));
        packed.write_all(&row).map_err(unwritable)?;
    }
    let packed = packed.finish().map_err(unwritable)?;
    let side = u32::try_from(side).map_err(unwritable)?.to_be_bytes();
    // One bit of grey for each pixel, no interlacing.
    let header = [side.as_slice(), side.as_slice(), &[1, 0, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", packed), (b"IEND", Vec::new())] {
        chunk(&mut file, kind, &body)?;
    }
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) -> Result<()> {
    let mut sum = Crc32::new();
    sum.update(kind);
    sum.update(body);
    file.extend(u32::try_from(body.len()).map_err(unwritable)?.to_be_bytes());
    file.extend(kind);
    file.extend(body);
    file.extend(sum.sum().to_be_bytes());
    Ok(())
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a picture cannot be written: {error}"))
}
