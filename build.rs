//! Makes the table of the files of the web pages: each with its hash and its compressed forms, so that serving one is
//! handing out bytes that lie in the program.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What the build of the pages left, and is embedded.
const FILES: &str = "assets/ui/dist";
/// Says of what the others were made; nobody asks for it over HTTP.
const INPUTS: &str = "INPUTS";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FILES}");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut names: Vec<String> = fs::read_dir(FILES)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != INPUTS)
        .collect();
    names.sort();
    let mut table = String::from("[\n");
    for name in names {
        let bytes = fs::read(Path::new(FILES).join(&name))?;
        let packed = !name.ends_with(".woff2") && !name.ends_with(".png");
        let path = out.join(&name);
        fs::write(&path, &bytes)?;
        let mut forms = [String::from("None"), String::from("None")];
        if packed {
            for (form, (ending, packed)) in
                forms.iter_mut().zip([("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)])
            {
                let path = out.join(format!("{name}.{ending}"));
                fs::write(&path, &packed)?;
                *form = format!("Some(include_bytes!({:?}))", path.display().to_string());
            }
        }
        let hash: String = Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let [br, gzip] = forms;
        let _ = writeln!(
            table,
            "File {{ name: {name:?}, hash: {hash:?}, plain: include_bytes!({:?}), br: {br}, gzip: {gzip} }},",
            path.display().to_string()
        );
    }
    table.push(']');
    fs::write(out.join("ui.rs"), table)
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}
