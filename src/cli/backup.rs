//! `das-tern backup`: makes, checks and restores encrypted copies of the whole clinic.
//!
//! # Why the command reads the file itself
//! It works whether or not a server runs, also when that server is in trouble. The pages of one commit prove each other
//! from its root on: a reading during which none was found changed is that commit, whole. When a running server has
//! put a page to a new use meanwhile, the reading is thrown away and begins anew.

mod uploads;

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use self::uploads::{add_uploads, name_of_upload, put_upload, uploads_in};
use super::offline::{Trouble, enter, in_use, look_into};
use super::unfinished::{UNFINISHED, hold, sweep};
use super::{ConfigurationArguments, doctor, say};
use crate::domain::damage;
use crate::platform::backup::{
    BackupWriter, Label, Manifest, Piece, fingerprint, is_public_key, new_keys, read_backup,
};
use crate::platform::clock::{Clock as _, SystemClock};
use crate::platform::folder::{folder_of, make_private};
use crate::platform::secret_file;
use crate::platform::settings::{Settings, StoreSettings};
use crate::platform::store::{
    EngineError, FreshFile, PageFault, Place, clinic_of_entry, commit_of_entry, require_room,
    schema_of_entry, survey,
};

/// How often the file is read anew because it changed on the way.
const READINGS_MAX: usize = 50;
/// Files of the data directory that a clinic cannot do without.
const KEYS: [&str; 2] = ["root.key", "push.key"];

/// What to do with backups.
#[derive(Debug, Args)]
pub struct BackupArguments {
    #[command(subcommand)]
    command: BackupCommand,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Make a pair of keys: the private one into a file, the public one for the configuration
    Key(KeyArguments),
    /// Write a backup of the clinic; the server may run
    Create(CreateArguments),
    /// Check a backup: with the private key everything in it, as `doctor` does
    Verify(VerifyArguments),
    /// Put a backup into an empty data directory, while no server runs
    Restore(RestoreArguments),
}

#[derive(Debug, Args)]
struct KeyArguments {
    /// The file for the private key. Keep it off the server
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// The folder for the backup; by default `backup.directory`
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// The public key of who may read it; may be repeated; by default `backup.recipients`
    #[arg(long = "recipient", value_name = "AGE1...")]
    recipients: Vec<String>,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file with the private key
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RestoreArguments {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file with the private key
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the command: exit code 0 when done and well, 1 when not done, 3 when there are faults, 4 when a server has the
/// file open.
pub(super) fn run(
    configuration: &ConfigurationArguments,
    arguments: &BackupArguments,
) -> Result<(), Trouble> {
    match &arguments.command {
        BackupCommand::Key(arguments) => make_key(&arguments.file),
        BackupCommand::Create(arguments) => {
            create(&settings(configuration, arguments.data.as_deref())?, arguments)
        }
        BackupCommand::Verify(arguments) => verify(arguments),
        BackupCommand::Restore(arguments) => {
            restore(&settings(configuration, arguments.data.as_deref())?.store, arguments)
        }
    }
}

fn settings(configuration: &ConfigurationArguments, data: Option<&Path>) -> Result<Settings, Trouble> {
    let flags = data.iter().map(|data| ("store.directory".to_owned(), data.display().to_string()));
    let sources = configuration.sources(flags.collect());
    sources.and_then(|sources| sources.load()).map_err(|error| Trouble::Failed(error.to_string()))
}

fn at(path: &Path) -> impl Fn(io::Error) -> Trouble + '_ {
    move |error| Trouble::Failed(format!("{}: {error}", path.display()))
}

fn make_key(path: &Path) -> Result<(), Trouble> {
    let (private, public) = new_keys();
    secret_file::create(path, format!("# public key: {public}\n{}\n", private.reveal()).as_bytes())
        .map_err(at(path))?;
    say(&format!("public key: {public}"));
    say(&format!(
        "Put it into `backup.recipients`. Without the private key in {} no backup can be read: keep it in two places, \
         none of them this server.",
        path.display()
    ));
    Ok(())
}

fn create(settings: &Settings, arguments: &CreateArguments) -> Result<(), Trouble> {
    let failed = |why: String| Trouble::Failed(why);
    let recipients =
        if arguments.recipients.is_empty() { &settings.backup.recipients } else { &arguments.recipients };
    if recipients.is_empty() {
        return Err(failed(
            "nobody could read the backup: `backup.recipients` is empty. `das-tern backup key FILE` makes a pair of keys"
                .to_owned(),
        ));
    }
    if let Some(wrong) = recipients.iter().find(|text| !is_public_key(text)) {
        return Err(failed(format!("`{wrong}` is no public key, which begins with `age1`")));
    }
    let Some(folder) = arguments.to.as_ref().or(settings.backup.directory.as_ref()) else {
        return Err(failed("say where the backup goes: `--to DIR`, or `backup.directory`".to_owned()));
    };
    make_private(folder).map_err(at(folder))?;
    sweep(folder);
    let (place, uploads) = (settings.store.place(), settings.store.uploads());
    let source = open_own(&place.file).map_err(at(&place.file))?;
    let bytes = source.metadata().map_err(at(&place.file))?.len();
    let pictures = uploads_in(&uploads).map_err(at(&uploads))?;
    let pictures = pictures.iter().filter_map(|(_, path)| path.metadata().ok()).map(|found| found.len());
    // Compressed the data are smaller than a third; pictures are compressed already.
    let needed = pictures.fold(bytes / 3, u64::saturating_add);
    require_room(folder, needed, "a backup").map_err(|error| failed(error.to_string()))?;
    let made_at = SystemClock.now().to_utc();
    let path = folder.join(format!("das-tern-{}.backup", made_at.format("%Y%m%dT%H%M%SZ")));
    let made_at = made_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut before = Vec::new();
    for _ in 0..READINGS_MAX {
        match write_once((&place, &uploads), &source, folder, &path, recipients, &made_at)? {
            Ok(label) => {
                write_label(&path, &label).map_err(at(&path))?;
                say(&format!(
                    "{}: {} entries of commit {}, {:.1} MB",
                    path.display(),
                    label.manifest.entries,
                    label.manifest.commit,
                    doctor::megabytes(label.bytes)
                ));
                return Ok(());
            }
            Err(faults) if faults == before => {
                for fault in &faults {
                    say(&format!("fault: {}", damage::in_words(fault)));
                }
                say("The data file is damaged: no backup was made. Keep the older ones.");
                return Err(Trouble::Faults);
            }
            Err(faults) => before = faults,
        }
    }
    Err(failed("the server writes faster than the file can be read; try again at a quieter time".to_owned()))
}

/// One reading of the file: the label of the backup, or the pages that were not as they should be.
fn write_once(
    (place, uploads): (&Place, &Path),
    source: &File,
    folder: &Path,
    path: &Path,
    recipients: &[String],
    made_at: &str,
) -> Result<Result<Label, Vec<PageFault>>, Trouble> {
    // Temporary files are made with mode 0600, and are gone when they are dropped.
    let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(at(folder))?;
    unfinished.as_file().try_lock().map_err(|error| at(folder)(error.into()))?;
    let output = unfinished.as_file().try_clone().map_err(at(folder))?;
    let mut writer = BackupWriter::begin(output, recipients).map_err(at(path))?;
    for name in KEYS {
        let key = place.directory.join(name);
        match read_own(&key) {
            Ok(content) => writer.file(name, &content).map_err(at(path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&key)(error)),
        }
    }
    let mut manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: made_at.to_owned(),
        schema: 1,
        clinic: None,
        commit: 0,
        entries: 0,
        content_hash: String::new(),
    };
    let found = survey(source, &mut |found| {
        if let Some(schema) = schema_of_entry(found.key, found.value) {
            manifest.schema = schema;
        }
        manifest.clinic = manifest.clinic.or_else(|| clinic_of_entry(found.key, found.value));
        manifest.commit = commit_of_entry(found.key, found.value).unwrap_or(manifest.commit);
        writer.entry(found.key, found.value).map_err(|error| EngineError::Io(error.to_string()))
    });
    let found = found.map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))?;
    if !found.faults.is_empty() {
        return Ok(Err(found.faults));
    }
    add_uploads(&mut writer, uploads)?;
    let label = writer.finish(manifest).map_err(at(path))?;
    unfinished.persist_noclobber(path).map_err(|error| at(path)(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(Ok(label))
}

/// Opens a file of the data directory, which is no link to somewhere else: root reads what its owner cannot.
fn open_own(path: &Path) -> io::Result<File> {
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    File::options().read(true).custom_flags(no_link).open(path)
}

/// What stands in a file of the data directory.
fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open_own(path)?.read_to_end(&mut content)?;
    Ok(content)
}

fn label_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

fn write_label(path: &Path, label: &Label) -> io::Result<()> {
    secret_file::create(&label_path(path), format!("{}\n", serde_json::to_string_pretty(label)?).as_bytes())
}

fn verify(arguments: &VerifyArguments) -> Result<(), Trouble> {
    let path = &arguments.file;
    let label = label_path(path);
    let text = std::fs::read(&label).map_err(at(&label))?;
    let label: Label = serde_json::from_slice(&text).map_err(|error| at(&label)(error.into()))?;
    let (bytes, sha256) = fingerprint(path).map_err(at(path))?;
    if (bytes, &sha256) != (label.bytes, &label.sha256) {
        say(&format!(
            "{}: the backup is not what was written: {bytes} bytes, SHA-256 {sha256}",
            path.display()
        ));
        return Err(Trouble::Faults);
    }
    let Some(identity) = &arguments.identity else {
        say(&format!(
            "{}: the backup is as it was written, of {}. With `--identity` its content is checked too",
            path.display(),
            label.manifest.made_at
        ));
        return Ok(());
    };
    let sealed = Sealed::open(path, identity)?;
    let folder = folder_of(path);
    sweep(folder);
    let trial = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder).map_err(at(folder))?;
    let _held = hold(trial.path()).map_err(at(folder))?;
    let file = trial.path().join("trial.redb");
    let manifest =
        unpack(path, sealed, &file, &mut |name, content| name_of_upload(name, &content).map(drop))?;
    if manifest != label.manifest {
        say(&format!("{}: its manifest and the one beside it differ", path.display()));
        return Err(Trouble::Faults);
    }
    doctor::examine_and_tell(look_into(file)?)
}

/// A backup and the private keys for it, opened as whoever called us.
struct Sealed {
    backup: File,
    identities: Vec<u8>,
}

impl Sealed {
    fn open(path: &Path, identity: &Path) -> Result<Self, Trouble> {
        let identities = std::fs::read(identity).map_err(at(identity))?;
        Ok(Self { backup: File::open(path).map_err(at(path))?, identities })
    }
}

/// Writes the entries of a backup into a new file and hands its other files over.
fn unpack(
    path: &Path,
    sealed: Sealed,
    file: &Path,
    keep: &mut dyn FnMut(&str, Vec<u8>) -> io::Result<()>,
) -> Result<Manifest, Trouble> {
    let failed = |error: EngineError| Trouble::Failed(format!("{}: {error}", file.display()));
    let mut fresh = FreshFile::create(file).map_err(failed)?;
    let Sealed { backup, identities } = sealed;
    let manifest = read_backup(backup, &identities, &mut |piece| match piece {
        Piece::File(name, content) => keep(&name, content),
        Piece::Entry(key, value) => fresh.put(&key, &value).map_err(io::Error::other),
    })
    .map_err(at(path))?;
    fresh.finish().map_err(failed)?;
    Ok(manifest)
}

fn restore(store: &StoreSettings, arguments: &RestoreArguments) -> Result<(), Trouble> {
    let place = store.place();
    let (path, directory) = (&arguments.file, &place.directory);
    let sealed = Sealed::open(path, &arguments.identity)?;
    let bytes = sealed.backup.metadata().map_err(at(path))?.len();
    if std::fs::metadata(&place.file).is_ok_and(|found| found.len() > 0) {
        return Err(Trouble::Failed(format!(
            "{}: there is a data file, and a backup replaces none. Move it away first, and keep it",
            place.file.display()
        )));
    }
    enter(store)?;
    let _lock = place.lock().map_err(|error| match error {
        EngineError::InUse => in_use(&place.file),
        other => Trouble::Failed(other.to_string()),
    })?;
    require_room(directory, bytes.saturating_mul(4), "the restored data")
        .map_err(|error| Trouble::Failed(error.to_string()))?;
    // An emptied file is no clinic.
    match std::fs::remove_file(&place.file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&place.file)(error)),
        _ => {}
    }
    let mut keys = Vec::new();
    let uploads = store.uploads();
    let manifest = unpack(path, sealed, &place.file, &mut |name, content| {
        if KEYS.contains(&name) {
            keys.push((directory.join(name), content));
        } else if let Some(name) = name_of_upload(name, &content)? {
            put_upload(&uploads, name, &content)?;
        }
        Ok(())
    })?;
    for (key, content) in keys {
        keep_key(&key, &content)?;
    }
    say(&format!(
        "{}: restored as of {}, commit {}",
        place.file.display(),
        manifest.made_at,
        manifest.commit
    ));
    Ok(())
}

/// Puts a key into its place; one that is there stays.
fn keep_key(path: &Path, content: &[u8]) -> Result<(), Trouble> {
    match std::fs::read(path) {
        Ok(there) if there == content => Ok(()),
        Ok(_) => {
            say(&format!("{}: this key is another than the backup's, and stays", path.display()));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            secret_file::create(path, content).map_err(at(path))
        }
        Err(error) => Err(at(path)(error)),
    }
}
