//! The data directory: whose it is, who else may look into it, and as whom we act in it.
//!
//! # Why root becomes the owner
//! Commands that are run by root beside a service would leave files behind that the service cannot open. So root acts
//! as whoever owns the directory, before a file in it is touched and before there is a second thread.
//!
//! # Why the umask
//! Files are made here by the store, the search, the keys and their libraries. The umask closes all of them at once,
//! whatever the one was that we were started with.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::{Gid, Uid, geteuid, umask};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::folder::make_private;
use super::settings::StoreSettings;

/// Where the service keeps its data when it is installed as packaged.
pub const INSTALLED: &str = "/var/lib/das-tern";
/// The user of the packaged service.
const SERVICE_USER: &str = "das-tern";
/// Everything that others may do with a file.
const OTHERS: u32 = 0o077;
/// A directory of everybody, such as /tmp.
const STICKY: u32 = 0o1000;

/// Whose a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// We are.
    Us,
    /// Somebody else, and we are root: we act as them.
    ToBecome { user: u32, group: u32 },
}

/// Prepares the directory for this process: makes it when there is none, acts as its owner from here on, and closes it
/// and what we keep in it to others. Says what was open before. Called while there is one thread.
///
/// # Errors
/// When it belongs to somebody else, is no place of its own, or cannot be used.
pub fn enter(store: &StoreSettings) -> io::Result<Vec<String>> {
    let directory = &store.directory;
    umask(Mode::from_raw_mode(OTHERS));
    let found = match fs::metadata(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(directory)?;
            fs::metadata(directory)?
        }
        found => found?,
    };
    if let Owner::ToBecome { user, group } = judge(store, &found)? {
        become_user(user, group)?;
        fs::read_dir(directory).map_err(|error| {
            io::Error::other(format!(
                "its owner (user {user}), as whom we act there, cannot reach it: {error}"
            ))
        })?;
    }
    tighten(store)
}

/// Acts as whoever owns `folder`, if we are root: what is written there is theirs. Closes to others what is made from
/// here on. Called while there is one thread.
///
/// # Errors
/// When the folder cannot be looked at, or its owner cannot be become.
pub fn act_as_owner_of(folder: &Path) -> io::Result<()> {
    umask(Mode::from_raw_mode(OTHERS));
    let found = fs::metadata(folder)?;
    if geteuid().is_root() && found.uid() != 0 {
        become_user(found.uid(), found.gid())?;
    }
    Ok(())
}

/// What keeps us from using the directory as it is; nothing is changed.
///
/// # Errors
/// The same that [`enter`] would say.
pub fn look(store: &StoreSettings) -> io::Result<()> {
    match fs::metadata(&store.directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        found => judge(store, &found?).map(|_| ()),
    }
}

fn judge(store: &StoreSettings, found: &Metadata) -> io::Result<Owner> {
    let us = geteuid().as_raw();
    if !found.is_dir() {
        return Err(io::Error::other("is not a directory"));
    }
    let is_open = found.mode() & OTHERS != 0;
    let is_shared = found.mode() & STICKY != 0;
    if is_open && (is_shared || (!store.file().exists() && holds_other_things(&store.directory))) {
        return Err(io::Error::other(
            "holds other things and is open to others: name a directory that is for this server alone, \
             one inside it for example",
        ));
    }
    match found.uid() {
        owner if owner == us => Ok(Owner::Us),
        user if us == 0 => Ok(Owner::ToBecome { user, group: found.gid() }),
        owner if is_open => Err(io::Error::other(format!(
            "belongs to another user ({owner}, we are {us}), and is open to others: chown it, \
             or name a directory inside it, which is made for this server alone"
        ))),
        _ => Ok(Owner::Us),
    }
}

/// Whether anything is in the directory besides what a fresh file system brings.
fn holds_other_things(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "lost+found"))
    })
}

/// A directory for us alone; the one of the packaged service is its user's.
fn make(directory: &Path) -> io::Result<()> {
    make_private(directory)?;
    if directory == Path::new(INSTALLED)
        && geteuid().is_root()
        && let Some((user, group)) = user_in(&fs::read_to_string("/etc/passwd")?, SERVICE_USER)
    {
        chown(directory, Some(user), Some(group))?;
    }
    Ok(())
}

/// Number and group of a user of this machine, from the text of `/etc/passwd`.
fn user_in(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let (user, group) = (fields.nth(1)?, fields.next()?);
        Some((user.parse().ok()?, group.parse().ok()?))
    })
}

/// For good: nothing of root is kept to come back to.
fn become_user(user: u32, group: u32) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    set_thread_groups(&[group])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}

/// Takes from others what they may do with the directory and with what we keep in it. Keys are left as they are: one
/// that others could read is refused where it is read.
fn tighten(store: &StoreSettings) -> io::Result<Vec<String>> {
    let us = geteuid().as_raw();
    let index = store.search_folder();
    let mut open = Vec::new();
    let mut wait = vec![store.directory.clone(), store.file(), store.snapshots(), store.uploads()];
    wait.extend(index.parent().filter(|parent| *parent != store.directory).map(Path::to_path_buf));
    while let Some(path) = wait.pop() {
        let is_root = path == store.directory;
        // The directory itself may be named by a link, what is in it is not.
        let found = if is_root { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
        let found = match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            found => found?,
        };
        if found.is_symlink() {
            continue;
        }
        if found.is_dir() && !is_root {
            wait.extend(entries(&path)?);
        }
        if found.mode() & OTHERS == 0 {
            continue;
        }
        if found.uid() != us {
            let owner = found.uid();
            return Err(io::Error::other(format!(
                "{} belongs to another user ({owner}, we are {us}), and is open to others: chown it",
                path.display()
            )));
        }
        fs::set_permissions(&path, Permissions::from_mode(found.mode() & 0o700))?;
        open.push(format!(
            "{} was open to others (mode {:04o}) and is closed now",
            path.display(),
            found.mode() & 0o7777
        ));
    }
    Ok(open)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn store(directory: PathBuf) -> StoreSettings {
        StoreSettings { directory, ..StoreSettings::default() }
    }

    #[test]
    fn what_is_open_to_others_is_closed_and_told_and_what_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path().join("data"));
        let index = store.search_folder();
        fs::create_dir_all(&index).unwrap();
        fs::write(store.file(), "rows").unwrap();
        fs::write(index.join("segment"), "words").unwrap();
        fs::write(store.directory.join("notes.txt"), "of the sysadmin").unwrap();
        for path in [&store.directory, &store.file(), &index, &index.join("segment")] {
            let mode = if path.is_dir() { 0o755 } else { 0o644 };
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        fs::set_permissions(store.directory.join("notes.txt"), Permissions::from_mode(0o644)).unwrap();
        let told = tighten(&store).unwrap();
        assert!(
            told.iter().any(|line| line.contains("das-tern.redb was open to others (mode 0644)")),
            "{told:?}"
        );
        assert_eq!((mode_of(&store.directory), mode_of(&store.file())), (0o700, 0o600));
        assert_eq!((mode_of(&index), mode_of(&index.join("segment"))), (0o700, 0o600));
        assert_eq!(mode_of(&store.directory.join("notes.txt")), 0o644);
        assert_eq!(tighten(&store).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_directory_with_other_things_in_it_is_not_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path().join("shared"));
        fs::create_dir(&store.directory).unwrap();
        fs::set_permissions(&store.directory, Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(store.directory.join("lost+found")).unwrap();
        assert!(look(&store).is_ok());
        fs::write(store.directory.join("photo.jpg"), "").unwrap();
        assert!(look(&store).unwrap_err().to_string().contains("for this server alone"));
        assert_eq!(mode_of(&store.directory), 0o755);
    }

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\ndas-tern-x:x:7:7::/:\ndas-tern:x:998:997:Das Tern:/:/x\n";
        assert_eq!(user_in(passwd, "das-tern"), Some((998, 997)));
        assert_eq!(user_in(passwd, "das"), None);
    }
}
