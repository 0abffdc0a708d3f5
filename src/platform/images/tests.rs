use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};

use super::*;

/// A picture whose corners differ: red, green, blue and black, clockwise from the upper left.
fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([250, 0, 0]),
        (false, true) => Rgb([0, 250, 0]),
        (false, false) => Rgb([0, 0, 250]),
        (true, false) => Rgb([0, 0, 0]),
    })
}

fn encoded(picture: &RgbImage, kind: Kind) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, kind.format()).unwrap();
    file.into_inner()
}

/// The JPEG with a note of how to turn it, and where it was made.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"taken in Siem Reap");
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xE1];
    file.extend(u16::try_from(tiff.len() + 2).unwrap().to_be_bytes());
    file.extend(tiff);
    file.extend(&jpeg[2..]);
    file
}

fn pixels(picture: &Picture) -> RgbImage {
    image::load_from_memory_with_format(&picture.jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

#[track_caller]
fn refuses(file: &[u8], said: Kind, code: &str) {
    let error = take_in(file, said).unwrap_err();
    let found = error.fields().first().map_or(error.code(), |field| field.code);
    assert_eq!(found, code, "{error}");
}

/// A PNG that says to be so large, with no pixels at all.
fn png_of_size(width: u32, height: u32) -> Vec<u8> {
    let mut file = encoded(&corners(8, 8), Kind::Png);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn every_kind_becomes_a_jpeg_of_the_same_pixels() {
    for kind in Kind::ALL {
        let picture = take_in(&encoded(&corners(64, 32), kind), kind).unwrap();
        assert_eq!((picture.width, picture.height), (64, 32), "{kind:?}");
        let pixels = pixels(&picture);
        let [red, green, blue] = pixels.get_pixel(8, 8).0;
        assert!(red > 230 && green < 30 && blue < 30, "{kind:?}: {red} {green} {blue}");
        assert_eq!(Kind::of(&picture.jpeg), Some(Kind::Jpeg));
    }
}

#[test]
fn a_picture_is_turned_upright_and_its_notes_are_gone() {
    // Each orientation with the size and the colour of the upper left corner that a viewer shows.
    let (red, green, blue, black) = ([250, 0, 0], [0, 250, 0], [0, 0, 250], [0, 0, 0]);
    let shown = [
        (1, (64, 32), red),
        (2, (64, 32), green),
        (3, (64, 32), blue),
        (4, (64, 32), black),
        (5, (32, 64), red),
        (6, (32, 64), black),
        (7, (32, 64), blue),
        (8, (32, 64), green),
    ];
    let jpeg = encoded(&corners(64, 32), Kind::Jpeg);
    for (orientation, size, corner) in shown {
        let sent = with_exif(&jpeg, orientation);
        let picture = take_in(&sent, Kind::Jpeg).unwrap();
        assert_eq!((picture.width, picture.height), size, "{orientation}");
        let found = pixels(&picture).get_pixel(4, 4).0;
        let differs = found.iter().zip(corner).any(|(found, wanted)| found.abs_diff(wanted) > 40);
        assert!(!differs, "{orientation}: {found:?}");
        for note in [&b"Exif"[..], b"Siem Reap"] {
            assert!(!picture.jpeg.windows(note.len()).any(|part| part == note), "{orientation}");
        }
        assert_eq!(take_in(&picture.jpeg, Kind::Jpeg).unwrap().width, size.0, "it stays upright");
    }
}

#[test]
fn what_is_see_through_lies_on_paper() {
    let glass = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(&glass, 16, 16, ExtendedColorType::Rgba8).unwrap();
    let [red, green, blue] = pixels(&take_in(&file, Kind::Png).unwrap()).get_pixel(8, 8).0;
    assert!(red > 250 && green > 250 && blue > 250);
    assert_eq!(
        [(10, 0), (10, 255), (0, 128)].map(|(colour, alpha)| laid_on_paper(colour, alpha)),
        [255, 10, 127]
    );
}

#[test]
fn what_is_no_picture_or_another_kind_is_refused() {
    refuses(b"", Kind::Jpeg, "image_empty");
    refuses(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Kind::Png, "image_unknown");
    refuses(b"GIF89a\x01\0\x01\0", Kind::Png, "image_unknown");
    refuses(b"\xFF\xD8", Kind::Jpeg, "image_unknown");
    refuses(b"\xFF\xD8\xFF", Kind::Jpeg, "image_unreadable");
    refuses(b"\0\0\0\x18ftypheic", Kind::Jpeg, "image_unknown");
    let png = encoded(&corners(16, 16), Kind::Png);
    refuses(&png, Kind::Jpeg, "image_other_kind");
    refuses(&png, Kind::WebP, "image_other_kind");
    let large = vec![0xFF; FILE_BYTES_MAX + 1];
    refuses(&large, Kind::Jpeg, "image_too_large");
}

#[test]
fn what_was_cut_off_anywhere_is_refused() {
    for kind in Kind::ALL {
        let whole = encoded(&corners(48, 48), kind);
        for length in 12..whole.len() {
            refuses(&whole[..length], kind, "image_unreadable");
        }
        assert!(take_in(&whole, kind).is_ok());
    }
}

#[test]
fn a_bomb_is_refused_by_its_head() {
    for (width, height) in [(60_000, 60_000), (u32::MAX >> 1, 1), (1, 20_000), (8_192, 8_192)] {
        refuses(&png_of_size(width, height), Kind::Png, "image_too_many_pixels");
    }
    let mut jpeg = encoded(&corners(16, 16), Kind::Jpeg);
    let frame = jpeg.windows(2).position(|part| part == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    refuses(&jpeg, Kind::Jpeg, "image_too_many_pixels");
}

#[test]
fn what_is_something_else_as_well_is_refused() {
    let archive = |comment: &[u8]| {
        let mut record = b"PK\x05\x06".to_vec();
        record.extend([0; 16]);
        record.extend(u16::try_from(comment.len()).unwrap().to_le_bytes());
        record.extend(comment);
        record
    };
    for kind in Kind::ALL {
        let file = encoded(&corners(16, 16), kind);
        let others =
            [archive(b""), archive(b"hello"), b"<SCRIPT>alert(1)</SCRIPT>".to_vec(), b"<?php".to_vec()];
        for other in others {
            refuses(&[file.clone(), other].concat(), kind, "image_holds_other");
        }
        if kind != Kind::Jpeg {
            refuses(&[file.clone(), vec![0, 0]].concat(), kind, "image_holds_other");
        }
    }
    let jpeg = encoded(&corners(16, 16), Kind::Jpeg);
    let document = with_exif(&[&jpeg[..2], b"\xFF\xFE\0\x0A%PDF-1.7", &jpeg[2..]].concat(), 1);
    refuses(&document, Kind::Jpeg, "image_holds_other");
    // A telephone's second picture is passed over.
    let kept = take_in(&[jpeg.clone(), jpeg.clone()].concat(), Kind::Jpeg).unwrap();
    assert_eq!(kept, take_in(&jpeg, Kind::Jpeg).unwrap());
}
