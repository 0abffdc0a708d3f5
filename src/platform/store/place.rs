//! Where a clinic's data lie, and the mark that says so from outside.
//!
//! # Why a mark
//! A data directory whose volume is not mounted looks like a fresh machine, and an empty clinic in its place would turn
//! every patient away. So the first start leaves a mark beside the data directory, on the disk below it, with the
//! clinic's number, which stands in the data file too. A missing or emptied file is made anew only where nothing says
//! that there was a clinic, or when somebody says that there is to be a new one. The file also knows the root key by
//! a fingerprint: keys that do not belong to it are refused.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::engine::{Changes, Engine, EngineError};
use super::fresh::unfinished;
use super::redb_engine::{RedbEngine, RedbOptions};
use crate::platform::error::{Error, Result};
use crate::platform::folder::{folder_of, make_private};

/// Raw key under which the clinic's number and the fingerprint of its root key are kept.
const CLINIC_KEY: &[u8] = &[0, 0, 0, b'c', b'l', b'n'];
/// What the line of the mark that counts begins with.
const MARK_LINE: &str = "clinic = ";

/// As what a data directory is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Opening {
    /// As the clinic that it is; a new one only where there never was any.
    #[default]
    AsItIs,
    /// As a new clinic, although there was one.
    NewClinic,
    /// As the clinic that it is, with another root key than before.
    NewRootKey,
}

/// The paths of a clinic.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data directory.
    pub directory: PathBuf,
    /// The data file in it.
    pub file: PathBuf,
    /// The mark outside of it.
    pub mark: PathBuf,
    /// What else only a clinic leaves behind.
    pub traces: Vec<PathBuf>,
}

impl Place {
    /// Makes the data file where there is to be a new clinic, before anything else is made there.
    ///
    /// # Errors
    /// When a clinic was here and its file is missing or empty, or a new one is wanted where one is.
    pub fn settle(&self, opening: Opening) -> Result<()> {
        let place = self.file.display();
        let state = match std::fs::metadata(&self.file) {
            Ok(found) if found.len() > 0 => None,
            Ok(_) => Some("empty"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some("missing"),
            Err(error) => return Err(Error::internal(format!("{place}: {error}"))),
        };
        let Some(state) = state else {
            return match opening {
                Opening::NewClinic => Err(Error::internal(format!(
                    "{place}: there is a data file, and `--new-clinic` replaces none. Move it away first"
                ))),
                Opening::AsItIs | Opening::NewRootKey => Ok(()),
            };
        };
        // What a restore that was cut short has left is no new clinic either.
        let unfinished = unfinished(&self.file);
        let all = [&self.mark, &unfinished].into_iter().chain(&self.traces);
        let trace = all.into_iter().find(|path| path.exists());
        if let (Some(trace), Opening::AsItIs | Opening::NewRootKey) = (trace, opening) {
            return Err(Error::internal(format!(
                "{place}: the data file is {state}, but there was a clinic here: {} tells of it. If its disk is not \
                 mounted, mount it; if the file is lost, restore a backup (`das-tern backup restore`). Only if there \
                 is to be a new, empty clinic: `das-tern serve --new-clinic`",
                trace.display()
            )));
        }
        let failed = |error: io::Error| Error::internal(format!("{place}: {error}"));
        make_private(&self.directory).map_err(failed)?;
        let _lock = self.lock().map_err(|error| error.unavailable())?;
        for emptied in [&self.mark, &self.file] {
            remove(emptied).map_err(failed)?;
        }
        drop(
            RedbEngine::open(self.file.clone(), RedbOptions::default())
                .map_err(|error| error.unavailable())?,
        );
        Ok(())
    }

    /// Locks the directory for this process, whatever becomes of the files in it.
    ///
    /// # Errors
    /// When another process has it, or it cannot be written.
    pub fn lock(&self) -> Result<File, EngineError> {
        let path = self.directory.join("das-tern.lock");
        let failed = |error: io::Error| EngineError::Io(format!("{}: {error}", path.display()));
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(EngineError::InUse),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Compares the clinic in the open data file with the mark and the root key, whose fingerprint over the clinic's
    /// number `fingerprint` takes, and writes what is not there yet. `new_id` is the number of a clinic without one.
    ///
    /// # Errors
    /// When the file belongs to another clinic or was written with another root key, or cannot be written.
    pub fn identify(
        &self,
        engine: &dyn Engine,
        opening: Opening,
        new_id: Uuid,
        fingerprint: impl Fn(&[u8]) -> Result<[u8; 32]>,
    ) -> Result<()> {
        let (mark, place) = (self.mark.display(), self.file.display());
        let marked = read_mark(&self.mark).map_err(|error| Error::internal(format!("{mark}: {error}")))?;
        let known = clinic_of(engine)?;
        let id = known.map(|(id, _)| id).or(marked).unwrap_or(new_id);
        if marked.is_some_and(|marked| marked != id) {
            return Err(Error::internal(format!(
                "{place}: this data file belongs to another clinic than the mark {mark}. Is the right disk mounted? If \
                 the file is the right one, remove the mark and start again"
            )));
        }
        let own = fingerprint(id.as_bytes())?;
        if known.is_some_and(|(_, written)| written != own) && opening != Opening::NewRootKey {
            return Err(Error::internal(format!(
                "{place}: this data file was written with another root key. Put the right `root.key` back. If it is \
                 lost, `das-tern serve --new-root-key` goes on with the new one: everybody has to sign in again, and \
                 codes on their way end"
            )));
        }
        if known != Some((id, own)) {
            let value = [id.as_bytes().as_slice(), &own].concat();
            engine
                .commit(&Changes::from([(CLINIC_KEY.to_vec(), Some(value))]))
                .map_err(|error| error.unavailable())?;
        }
        if marked.is_none()
            && let Err(error) = self.write_mark(id)
        {
            tracing::warn!(
                %error, mark = %mark,
                "the mark of this clinic cannot be written: a data directory whose disk is not mounted would be taken \
                 for a new clinic. Set `store.mark` to a file that can be written, on another disk than the data"
            );
        }
        Ok(())
    }

    /// # Errors
    /// When the folder of the mark cannot be written.
    fn write_mark(&self, id: Uuid) -> io::Result<()> {
        let folder = folder_of(&self.mark);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        write!(
            file,
            "# The clinic of the data directory {}.\n# While this file is here, missing data are not replaced by an \
             empty clinic.\n{MARK_LINE}{id}\n",
            self.directory.display()
        )?;
        file.as_file().sync_all()?;
        file.persist(&self.mark)?;
        File::open(folder)?.sync_all()
    }
}

/// The clinic in a data file: its number and the fingerprint of its root key; `None` in one from before there were
/// numbers.
///
/// # Errors
/// When the file cannot be read.
pub fn clinic_of(engine: &dyn Engine) -> Result<Option<(Uuid, [u8; 32])>> {
    let read = engine.snapshot().and_then(|snapshot| snapshot.get(CLINIC_KEY));
    let Some(raw) = read.map_err(|error| error.unavailable())? else { return Ok(None) };
    parts(&raw).map(Some).ok_or_else(|| Error::internal("the clinic's number in the data file is unreadable"))
}

/// The clinic's number, when this is its entry.
pub fn clinic_of_entry(raw_key: &[u8], value: &[u8]) -> Option<Uuid> {
    if raw_key == CLINIC_KEY { parts(value).map(|(id, _)| id) } else { None }
}

/// The clinic's number and the fingerprint of its root key.
fn parts(raw: &[u8]) -> Option<(Uuid, [u8; 32])> {
    let (id, rest) = raw.split_first_chunk::<16>()?;
    Some((Uuid::from_bytes(*id), rest.try_into().ok()?))
}

fn read_mark(path: &Path) -> io::Result<Option<Uuid>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let id = text.lines().find_map(|line| line.strip_prefix(MARK_LINE)).map(str::trim);
    let id = id.and_then(|id| Uuid::parse_str(id).ok());
    id.map(Some).ok_or_else(|| io::Error::other("this is no mark of a clinic; remove it if it is not needed"))
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
