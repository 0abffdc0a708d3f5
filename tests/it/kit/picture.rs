//! Pictures as cameras and people send them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A picture of one colour as a file.
pub fn picture(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    encoded(&RgbImage::from_pixel(40, 24, Rgb(colour)), format)
}

/// A picture that cannot be made much smaller.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        let [first, second, third, _] = mixed.to_be_bytes();
        Rgb([first, second, third])
    });
    encoded(&picture, ImageFormat::Jpeg)
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}
