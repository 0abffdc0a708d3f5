//! Backups: made from a stopped and from a running clinic, read by nobody without the key, restored whole.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::kit::{das_tern, text};
use super::place::Clinic;
use crate::doses::kit::{daily, prescribe};
use crate::kit::{TestServer, picture};

/// A pair of keys: the file with the private one, and the public one.
fn keys(folder: &Path, name: &str) -> (PathBuf, String) {
    let file = folder.join(name);
    let (code, said) = das_tern(&["backup", "key", text(&file)]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let public = said.lines().next().unwrap().strip_prefix("public key: ").unwrap().to_owned();
    (file, public)
}

fn backup_in(folder: &Path) -> PathBuf {
    let mut found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.extension().is_some_and(|ending| ending == "backup")).unwrap()
}

#[tokio::test]
async fn a_backup_is_read_by_the_holder_of_the_key_alone_and_restored_whole() {
    let server = TestServer::start().await;
    let patient = server.patient("bopha").await;
    prescribe(&server, &patient, daily("mnex")).await;
    let data = server.into_folder().await;
    std::fs::write(data.path().join("root.key"), [7; 32]).unwrap();
    let folder = TempDir::new().unwrap();
    let (key, public) = keys(folder.path(), "key.txt");
    let (other_key, _) = keys(folder.path(), "other.txt");
    let to = folder.path().join("backups");

    let (code, said) = das_tern(&["backup", "create", "--data", text(data.path()), "--to", text(&to)]);
    assert!(code == 1 && said.contains("nobody could read the backup"), "{said}");
    let create = ["backup", "create", "--data", text(data.path()), "--to", text(&to), "--recipient", &public];
    let (code, said) = das_tern(&create);
    assert_eq!(code, 0, "{said}");
    let backup = backup_in(&to);
    let bytes = std::fs::read(&backup).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"bopha"), "no name can be read in it");
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);

    assert_eq!(das_tern(&["backup", "verify", text(&backup)]).0, 0);
    let (code, said) = das_tern(&["backup", "verify", text(&backup), "--identity", text(&key)]);
    assert!(code == 0 && said.contains("no faults"), "{said}");
    assert_eq!(das_tern(&["backup", "verify", text(&backup), "--identity", text(&other_key)]).0, 1);
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 2, "the backup and its label, nothing else");

    let new = folder.path().join("new");
    let restore = ["backup", "restore", text(&backup), "--data", text(&new), "--identity"];
    let (code, _) = das_tern(&[&restore[..], &[text(&other_key)]].concat());
    assert_eq!(code, 1);
    assert!(!new.join("das-tern.redb").exists() && !new.join("das-tern.redb.unfinished").exists());
    let (code, said) = das_tern(&[&restore[..], &[text(&key)]].concat());
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::read(new.join("root.key")).unwrap(), [7; 32]);
    assert_eq!(std::fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o700);
    let (code, said) = das_tern(&["doctor", "--data", text(&new)]);
    assert!(code == 0 && said.contains("no faults"), "{said}");
    let (code, said) = das_tern(&[&restore[..], &[text(&key)]].concat());
    assert!(code == 1 && said.contains("a backup replaces none"), "{said}");

    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&backup, &changed).unwrap();
    let (code, said) = das_tern(&["backup", "verify", text(&backup)]);
    assert!(code == 3 && said.contains("not what was written"), "{said}");
    std::fs::write(&backup, &bytes[..middle]).unwrap();
    let cut = folder.path().join("cut");
    let cut = ["backup", "restore", text(&backup), "--data", text(&cut), "--identity", text(&key)];
    assert_eq!(das_tern(&cut).0, 1, "what is cut off is no backup");
}

#[tokio::test]
async fn a_running_server_is_backed_up_and_its_copy_starts_in_another_place() {
    let clinic = Clinic::open().await;
    let running = clinic.serve(&[]).unwrap();
    let (key, public) = keys(&clinic.path(""), "key.txt");
    let (data, to) = (clinic.path("data"), clinic.path("backups"));
    for _ in 0..3 {
        assert_eq!(running.write().await, 401);
    }
    let (code, said) =
        das_tern(&["backup", "create", "--data", text(&data), "--to", text(&to), "--recipient", &public]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(running.write().await, 401, "the server was not disturbed");
    running.stop();
    let backup = backup_in(&to);
    let (code, said) = das_tern(&["backup", "verify", text(&backup), "--identity", text(&key)]);
    assert!(code == 0 && said.contains("no faults"), "{said}");
    // The machine is lost with its disk: the mark is still there, and it is the same clinic.
    std::fs::remove_dir_all(&data).unwrap();
    assert!(clinic.refusal(&[]).contains("backup restore"));
    let restore = ["backup", "restore", text(&backup), "--data", text(&data), "--identity", text(&key)];
    let (code, said) = das_tern(&restore);
    assert_eq!(code, 0, "{said}");
    clinic.serve(&[]).unwrap().stop();
}

#[tokio::test]
async fn what_was_interrupted_is_swept_and_what_is_being_made_is_not() {
    let data = TestServer::start().await.into_folder().await;
    let folder = TempDir::new().unwrap();
    let (_, public) = keys(folder.path(), "key.txt");
    let place = |name: &str| folder.path().join(format!(".das-tern-unfinished-{name}"));
    std::fs::write(place("left"), "half a backup").unwrap();
    std::fs::create_dir(place("trial")).unwrap();
    std::fs::write(place("trial").join("trial.redb"), "half a clinic").unwrap();
    let made = File::create(place("made")).unwrap();
    made.lock().unwrap();
    let create = [
        "backup",
        "create",
        "--data",
        text(data.path()),
        "--to",
        text(folder.path()),
        "--recipient",
        &public,
    ];
    let (code, said) = das_tern(&create);
    assert_eq!(code, 0, "{said}");
    assert!(!place("left").exists() && !place("trial").exists());
    assert!(place("made").exists(), "somebody is at it");
    drop(made);
}

#[test]
fn a_key_is_made_in_the_working_directory_too() {
    let folder = TempDir::new().unwrap();
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_das-tern"))
        .args(["backup", "key", "clinic-backup.key"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stdout);
    assert!(made.status.success() && said.contains("public key: age1"), "{said}");
    assert!(folder.path().join("clinic-backup.key").is_file());
}

#[tokio::test]
async fn what_root_does_belongs_to_the_owner_of_the_data() {
    const NOBODY: u32 = 65_534;
    let data = TestServer::start().await.into_folder().await;
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let folder = TempDir::new().unwrap();
    open(folder.path());
    let restored = folder.path().join("restored");
    std::fs::create_dir(&restored).unwrap();
    std::fs::set_permissions(&restored, std::fs::Permissions::from_mode(0o700)).unwrap();
    if chown(&restored, Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("!!!! SKIPPED: we are not root, so what root leaves behind is NOT looked at !!!!");
        return;
    }
    std::fs::write(data.path().join("root.key"), [7; 32]).unwrap();
    let (key, public) = keys(folder.path(), "key.txt");
    let to = folder.path().join("backups");
    let done = |arguments: &[&str]| {
        let (code, said) = das_tern(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
    };
    done(&["backup", "create", "--data", text(data.path()), "--to", text(&to), "--recipient", &public]);
    let backup = backup_in(&to);
    done(&["backup", "restore", text(&backup), "--data", text(&restored), "--identity", text(&key)]);
    done(&["compact", "--data", text(&restored)]);
    done(&["salvage", text(&data.path().join("das-tern.redb")), text(&restored.join("salvaged.redb"))]);
    for entry in std::fs::read_dir(&restored).unwrap() {
        let entry = entry.unwrap();
        let found = entry.metadata().unwrap();
        assert_eq!((found.uid(), found.mode() & 0o077), (NOBODY, 0), "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_backup_holds_what_people_sent() {
    let server = TestServer::start().await;
    let patient = server.patient("bopha").await;
    let path = format!("/users/{}/photo", patient.id());
    let file = picture(image::ImageFormat::Png, [250, 0, 0]);
    patient.call(reqwest::Method::PUT, &path).body("image/png", file).await.ok();
    let data = server.into_folder().await;
    std::fs::write(data.path().join("root.key"), [7; 32]).unwrap();
    let sent = std::fs::read_dir(data.path().join("uploads")).unwrap().next().unwrap().unwrap();
    let folder = TempDir::new().unwrap();
    let (key, public) = keys(folder.path(), "key.txt");
    let to = folder.path().join("backups");
    let create = ["backup", "create", "--data", text(data.path()), "--to", text(&to), "--recipient", &public];
    assert_eq!(das_tern(&create).0, 0);
    let backup = backup_in(&to);
    let (code, said) = das_tern(&["backup", "verify", text(&backup), "--identity", text(&key)]);
    assert!(code == 0 && said.contains("no faults"), "{said}");
    let new = folder.path().join("new");
    let restore = ["backup", "restore", text(&backup), "--data", text(&new), "--identity", text(&key)];
    assert_eq!(das_tern(&restore).0, 0);
    let restored = new.join("uploads").join(sent.file_name());
    assert_eq!(std::fs::read(&restored).unwrap(), std::fs::read(sent.path()).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&restored), mode(&new.join("uploads"))), (0o600, 0o700));
}
