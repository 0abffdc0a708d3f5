//! A clinic whose data are not where they were is never taken for a new one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::kit::http;

/// A folder with the data directory `data`, the mark beside it.
pub struct Clinic {
    folder: TempDir,
}

/// A server that runs.
pub struct Running {
    child: Child,
    /// Kept open, so that it can go on writing.
    said: BufReader<ChildStdout>,
    url: String,
    http: reqwest::Client,
}

impl Clinic {
    /// A clinic that was opened once.
    pub async fn open() -> Self {
        let clinic = Self { folder: TempDir::new().unwrap() };
        clinic.serve(&[]).unwrap().stop();
        clinic
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("data/das-tern.redb")
    }

    /// Starts the server; what it complains of when it does not start.
    pub fn serve(&self, more: &[&str]) -> Result<Running, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_das-tern"))
            .args(["serve", "--listen", "127.0.0.1:0", "--no-rate-limit"])
            .args(["--set", "medicines.shipped_list=false", "--data"])
            .arg(self.path("data"))
            .args(more)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        if let Some(at) = line.find("http://") {
            return Ok(Running { child, said, url: line[at..].trim().to_owned(), http: http() });
        }
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert!(!child.wait().unwrap().success());
        Err(complaint)
    }

    pub fn refusal(&self, more: &[&str]) -> String {
        match self.serve(more) {
            Err(complaint) => complaint,
            Ok(running) => {
                running.stop();
                panic!("it started");
            }
        }
    }
}

impl Running {
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap();
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn status(&self, path: &str) -> u16 {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap().status().as_u16()
    }

    /// What it says when it is asked whether it is ready, which it is.
    pub async fn ready(&self) -> String {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert_eq!(status, 200, "{said}");
        said
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says once more that it is ready, and goes on at the address that it names.
    pub fn hear_that_it_is_ready(&mut self) {
        let mut line = String::new();
        assert!(self.said.read_line(&mut line).unwrap() > 0, "it ended");
        let at = line.find("http://").unwrap_or_else(|| panic!("{line}"));
        line[at..].trim().clone_into(&mut self.url);
    }

    /// What becomes of signing in with a wrong password.
    pub async fn sign_in(&self, name: &str) -> u16 {
        let typed = json!({ "identifier": name, "password": "not the one" });
        let asked = self.http.post(format!("{}/api/auth/login", self.url)).json(&typed).send();
        asked.await.unwrap().status().as_u16()
    }

    /// Something that has to be written down before it is answered.
    pub async fn write(&self) -> u16 {
        self.sign_in("nobody@example.org").await
    }
}

fn names(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_that_vanished_or_was_emptied_is_not_replaced_by_an_empty_clinic() {
    let clinic = Clinic::open().await;
    assert!(clinic.path("data.clinic").is_file(), "the mark lies outside of the data directory");
    let whole = std::fs::read(clinic.file()).unwrap();

    std::fs::remove_file(clinic.file()).unwrap();
    let complaint = clinic.refusal(&[]);
    assert!(
        complaint.contains("the data file is missing") && complaint.contains("backup restore"),
        "{complaint}"
    );
    assert!(!clinic.file().exists(), "nothing was made in its place");

    File::create(clinic.file()).unwrap();
    assert!(clinic.refusal(&[]).contains("the data file is empty"));
    assert_eq!(std::fs::metadata(clinic.file()).unwrap().len(), 0);

    // Also without the mark: the keys beside it tell.
    std::fs::remove_file(clinic.path("data.clinic")).unwrap();
    assert!(clinic.refusal(&[]).contains("root.key"));

    std::fs::write(clinic.file(), &whole[..whole.len() / 2]).unwrap();
    let complaint = clinic.refusal(&[]);
    assert!(complaint.contains("damaged"), "{complaint}");

    std::fs::write(clinic.file(), whole).unwrap();
    clinic.serve(&[]).unwrap().stop();
    assert!(clinic.path("data.clinic").is_file(), "the mark is written again");
    assert!(clinic.refusal(&["--new-clinic"]).contains("replaces none"));
}

#[tokio::test]
async fn a_disk_that_is_not_mounted_is_noticed_and_a_new_clinic_is_begun_only_on_request() {
    let clinic = Clinic::open().await;
    // What the mount point looks like without its disk.
    std::fs::rename(clinic.path("data"), clinic.path("disk")).unwrap();
    std::fs::create_dir(clinic.path("data")).unwrap();
    let complaint = clinic.refusal(&[]);
    assert!(complaint.contains("If its disk is not mounted, mount it"), "{complaint}");
    assert_eq!(names(&clinic.path("data")), Vec::<String>::new(), "no keys either");

    clinic.serve(&["--new-clinic"]).unwrap().stop();
    clinic.serve(&[]).unwrap().stop();

    // The disk with the old clinic comes back: it is not the clinic of the mark.
    std::fs::remove_dir_all(clinic.path("data")).unwrap();
    std::fs::rename(clinic.path("disk"), clinic.path("data")).unwrap();
    let complaint = clinic.refusal(&[]);
    assert!(complaint.contains("belongs to another clinic than the mark"), "{complaint}");
    std::fs::remove_file(clinic.path("data.clinic")).unwrap();
    clinic.serve(&[]).unwrap().stop();
}

#[tokio::test]
async fn keys_that_do_not_belong_to_the_data_are_refused() {
    let clinic = Clinic::open().await;
    let key = clinic.path("data/root.key");
    let own = std::fs::read(&key).unwrap();
    std::fs::write(&key, [9; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let complaint = clinic.refusal(&[]);
    assert!(complaint.contains("another root key") && complaint.contains("--new-root-key"), "{complaint}");
    std::fs::write(&key, own).unwrap();
    clinic.serve(&[]).unwrap().stop();
    std::fs::write(&key, [9; 32]).unwrap();
    clinic.serve(&["--new-root-key"]).unwrap().stop();
    clinic.serve(&[]).unwrap().stop();
}

#[tokio::test]
async fn a_running_server_notices_that_its_file_was_taken_away_and_keeps_a_second_one_out() {
    let clinic = Clinic::open().await;
    let running = clinic.serve(&[]).unwrap();
    running.ready().await;
    assert_eq!(running.write().await, 401);
    let away = clinic.path("away.redb");
    std::fs::rename(clinic.file(), &away).unwrap();
    assert_eq!(running.status("/readyz").await, 503);
    assert_eq!(running.write().await, 503, "what nobody finds again is not acknowledged");
    assert_eq!(running.status("/livez").await, 200);
    let second = clinic.refusal(&["--new-clinic"]);
    assert!(second.contains("another process"), "{second}");
    assert!(!clinic.file().exists());
    std::fs::rename(&away, clinic.file()).unwrap();
    // For a second the disk is left alone after a failure.
    let mut tries = 0;
    while running.write().await == 503 {
        tries += 1;
        assert!(tries < 100_000, "it never writes again");
    }
    // The jobs say that they cannot work until they have looked again.
    while running.status("/readyz").await != 200 {
        tries += 1;
        assert!(tries < 100_000, "it never is ready again");
    }
    running.stop();
}

#[tokio::test]
async fn two_first_starts_and_an_interrupted_one_make_one_clinic() {
    let clinic = Clinic { folder: TempDir::new().unwrap() };
    // As a power cut in the first moment leaves it.
    std::fs::DirBuilder::new().mode(0o700).create(clinic.path("data")).unwrap();
    std::fs::write(clinic.path("data/das-tern.redb.new"), "half").unwrap();
    clinic.serve(&[]).unwrap().stop();
    assert_eq!(names(&clinic.path("data")), ["das-tern.lock", "das-tern.redb", "root.key"]);
    let mode = |name: &str| std::fs::metadata(clinic.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data/das-tern.redb"), 0o600);
    assert_eq!(mode("data.clinic"), 0o600);
}

#[tokio::test]
async fn a_limit_of_the_file_size_is_a_full_disk_and_does_not_end_the_server() {
    let clinic = Clinic { folder: TempDir::new().unwrap() };
    let mut child = Command::new("bash")
        .arg("-c")
        .arg("ulimit -f 1300; exec \"$@\"")
        .args([
            "limited",
            env!("CARGO_BIN_EXE_das-tern"),
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--no-rate-limit",
        ])
        .args(["--set", "medicines.shipped_list=false", "--data"])
        .arg(clinic.path("data"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let url = line[line.find("http://").unwrap()..].trim().to_owned();
    let running = Running { child, said, url, http: http() };
    let client = http();
    let mut refused = false;
    // How much a new file holds before it grows is not the same each time.
    for n in 0..2_000 {
        let typed = json!({
            "email": format!("person{n}@example.org"), "password": "correct horse battery", "fullName": "x".repeat(60),
        });
        let url = format!("{}/api/auth/register/family", running.url);
        refused = client.post(url).json(&typed).send().await.unwrap().status() == 503;
        if refused {
            break;
        }
    }
    assert!(refused, "the limit was never reached");
    assert_eq!(running.status("/livez").await, 200);
    assert_eq!(running.status("/readyz").await, 503);
    running.stop();
}
