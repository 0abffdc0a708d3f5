//! A backup: every entry of one commit of the data file, and the keys beside it, in one file that only the holder of
//! a private key can read. That key is never on the server.
//!
//! Layout: age over zstd over pieces. A piece is a letter and its parts, each with its length before it: `F` a file of
//! the data directory by name, `R` an entry by its raw key, `E` the manifest, with the number of entries and the hash
//! of all pieces before it. Beside the backup lies its manifest in the open, with the hash of the backup itself.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use age::secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::secret::Secret;
use super::text::hex;

/// What the first piece follows.
const MAGIC: &[u8] = b"das-tern backup 1\n";
/// Of zstd: quick, and small enough.
const LEVEL: i32 = 3;
/// Longest part of a piece.
const PART_MAX: u32 = 1 << 30;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of the program that made it.
    pub program: String,
    /// When it was made.
    pub made_at: String,
    /// Schema of the data.
    pub schema: u32,
    /// The clinic's number.
    pub clinic: Option<uuid::Uuid>,
    /// Number of the commit.
    pub commit: u64,
    /// Entries: rows and index entries.
    pub entries: u64,
    /// SHA-256 of all pieces, in hexadecimal.
    pub content_hash: String,
}

/// The manifest in the open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// What is in the backup.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Bytes of the backup.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A new pair of keys: the private one and the public one.
pub fn new_keys() -> (Secret<String>, String) {
    let identity = age::x25519::Identity::generate();
    (Secret::new(identity.to_string().expose_secret().to_owned()), identity.to_public().to_string())
}

/// Whether a text is a public key.
pub fn is_public_key(text: &str) -> bool {
    text.parse::<age::x25519::Recipient>().is_ok()
}

type Encrypted = age::stream::StreamWriter<Hashed>;

/// Writes a backup.
pub struct BackupWriter {
    pieces: zstd::stream::write::Encoder<'static, Encrypted>,
    hash: Sha256,
    entries: u64,
}

impl BackupWriter {
    /// Begins a backup in `file` that the holders of the private keys of `recipients` can read.
    ///
    /// # Errors
    /// When one of them is no public key, there is none, or the file cannot be written.
    pub fn begin(file: File, recipients: &[String]) -> io::Result<Self> {
        let keys = recipients.iter().map(|text| {
            text.parse::<age::x25519::Recipient>().map_err(|why| io::Error::other(format!("`{text}`: {why}")))
        });
        let keys = keys.collect::<io::Result<Vec<_>>>()?;
        let encryptor = age::Encryptor::with_recipients(keys.iter().map(|key| key as &dyn age::Recipient))
            .map_err(io::Error::other)?;
        let encrypted = encryptor.wrap_output(Hashed::new(file))?;
        let mut pieces = zstd::stream::write::Encoder::new(encrypted, LEVEL)?;
        pieces.write_all(MAGIC)?;
        Ok(Self { pieces, hash: Sha256::new(), entries: 0 })
    }

    fn piece(&mut self, letter: u8, parts: [&[u8]; 2]) -> io::Result<()> {
        self.write(&[letter])?;
        for part in parts {
            let length = u32::try_from(part.len()).map_err(io::Error::other)?;
            self.write(&length.to_be_bytes())?;
            self.write(part)?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.pieces.write_all(bytes)
    }

    /// Adds a file of the data directory.
    ///
    /// # Errors
    /// When the backup cannot be written.
    pub fn file(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.piece(b'F', [name.as_bytes(), content])
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the backup cannot be written.
    pub fn entry(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.entries += 1;
        self.piece(b'R', [key, value])
    }

    /// Ends the backup, durably.
    ///
    /// # Errors
    /// When the backup cannot be written.
    pub fn finish(mut self, manifest: Manifest) -> io::Result<Label> {
        let content_hash = hex(&self.hash.clone().finalize());
        let manifest = Manifest { entries: self.entries, content_hash, ..manifest };
        self.piece(b'E', [&serde_json::to_vec(&manifest)?, &[]])?;
        let (bytes, sha256) = self.pieces.finish()?.finish()?.finish()?;
        Ok(Label { manifest, bytes, sha256 })
    }
}

/// A file whose bytes are counted and hashed on their way.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self { file: BufWriter::new(file), hash: Sha256::new(), bytes: 0 }
    }

    fn finish(self) -> io::Result<(u64, String)> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A piece of a backup.
#[derive(Debug)]
pub enum Piece {
    /// A file of the data directory.
    File(String, Vec<u8>),
    /// An entry.
    Entry(Vec<u8>, Vec<u8>),
}

/// Reads a backup with the private keys in `identities`, the text of an age identity file, and shows its pieces in order.
///
/// # Errors
/// When no key fits, the backup is cut off, damaged or not what its manifest says; those of `take`.
pub fn read_backup(
    backup: File,
    identities: &[u8],
    take: &mut dyn FnMut(Piece) -> io::Result<()>,
) -> io::Result<Manifest> {
    let keys = age::IdentityFile::from_buffer(identities)?;
    let keys = keys.into_identities().map_err(io::Error::other)?;
    let decryptor = age::Decryptor::new_buffered(BufReader::new(backup)).map_err(io::Error::other)?;
    let stream = decryptor.decrypt(keys.iter().map(|key| &**key as &dyn age::Identity));
    let pieces = zstd::stream::read::Decoder::new(stream.map_err(io::Error::other)?)?;
    let mut reading = Reading { pieces: BufReader::new(pieces), hash: Sha256::new() };
    let mut magic = [0; MAGIC.len()];
    reading.pieces.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(io::Error::other("this is no backup that this version of the program can read"));
    }
    let mut entries = 0_u64;
    loop {
        let before = reading.hash.clone();
        let (letter, first, second) = reading.piece()?;
        match letter {
            b'F' => {
                let name = String::from_utf8(first).map_err(io::Error::other)?;
                take(Piece::File(name, second))?;
            }
            b'R' => {
                entries += 1;
                take(Piece::Entry(first, second))?;
            }
            b'E' => {
                let manifest: Manifest = serde_json::from_slice(&first)?;
                let is_whole =
                    manifest.entries == entries && manifest.content_hash == hex(&before.finalize());
                // The end of the encrypted stream proves that nothing was cut off.
                let is_end = reading.pieces.fill_buf()?.is_empty();
                return if is_whole && is_end {
                    Ok(manifest)
                } else {
                    Err(io::Error::other("the backup is not what its manifest says"))
                };
            }
            _ => return Err(io::Error::other("the backup holds something unknown")),
        }
    }
}

struct Reading<R> {
    pieces: R,
    hash: Sha256,
}

impl<R: Read> Reading<R> {
    fn exactly<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.pieces.read_exact(&mut bytes)?;
        self.hash.update(bytes);
        Ok(bytes)
    }

    fn part(&mut self) -> io::Result<Vec<u8>> {
        let length = u32::from_be_bytes(self.exactly()?);
        if length > PART_MAX {
            return Err(io::Error::other("a part of the backup is too long"));
        }
        let mut part = Vec::new();
        (&mut self.pieces).take(u64::from(length)).read_to_end(&mut part)?;
        if part.len() as u64 != u64::from(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.hash.update(&part);
        Ok(part)
    }

    fn piece(&mut self) -> io::Result<(u8, Vec<u8>, Vec<u8>)> {
        let [letter] = self.exactly()?;
        Ok((letter, self.part()?, self.part()?))
    }
}

/// Bytes and SHA-256 of a file, as its label has them.
///
/// # Errors
/// When it cannot be read.
pub fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    loop {
        let part = file.fill_buf()?;
        if part.is_empty() {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(part);
        let length = part.len();
        bytes += length as u64;
        file.consume(length);
    }
}
