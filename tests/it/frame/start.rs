//! How the program starts: what it refuses, and that it says so beforehand; what it finds, and who else may read it.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_das-tern");

fn das_tern(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program, started with this umask.
fn das_tern_with_umask(umask: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", "umask \"$0\"; exec \"$@\"", umask, PROGRAM]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn all_said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// A server that is ready; the first line of its output.
fn ready(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line.is_empty() {
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        panic!("it did not start: {log}");
    }
    (child, line)
}

/// Stops a server in order and returns its log.
fn stop(mut child: Child) -> String {
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success(), "{log}");
    log
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What cannot be served, and what is said of it.
const REFUSED: &[(&str, &str)] = &[
    ("[server]\nlisten = \"localhost:3000\"", "127.0.0.1:3000` for example"),
    ("[server]\nlisten = \":3001\"", "0.0.0.0:3001` for example"),
    ("[server]\nlisten = 3000", "0.0.0.0:3000` for example"),
    (
        "[server]\nadmin_listen = \"0.0.0.0:3000\"",
        "`server.admin_listen` (0.0.0.0:3000) must be another port",
    ),
    ("[server]\nadmin_listen = \"127.0.0.1:3000\"", "must be another port"),
    ("[server]\nidle_seconds = 9223372036854775807", "`server.idle_seconds` must be from 1 to 86400"),
    ("[server]\nleave_seconds = 9223372036854775807", "`server.leave_seconds` must be from 0 to 3600"),
    ("[server]\nrequest_seconds = 0", "`server.request_seconds` must be from 1 to 3600"),
    ("[server]\nbody_limit_bytes = 10", "`server.body_limit_bytes`"),
    ("[server]\nconnections_max = 0", "`server.connections_max`"),
    ("[server]\ncors_origins = [\"https://App.Example\"]", "write `https://app.example`"),
    ("[server]\ncors_origins = [\"https://app.example:443\"]", "write `https://app.example`"),
    ("[server]\ncors_origins = [\"https://app.example/app\"]", "write `https://app.example`"),
    ("[server]\ncors_origins = [\"app.example\"]", "must be like https://app.example"),
    ("[store]\ndirectory = \"\"", "`store.directory` must name a directory"),
    ("[real_time]\nstreams_max = 0", "`real_time.streams_max` must be from 1"),
    ("[real_time]\nstreams_per_person_max = 0", "`real_time.streams_per_person_max` must be from 1"),
    ("[real_time]\nheartbeat_seconds = 75", "`real_time.heartbeat_seconds` must be below"),
    ("[auth]\nhash_queue = 0", "`auth.hash_queue` must be from 1"),
    ("[auth]\nhash_threads = 0", "`auth.hash_threads` must be from 1"),
    ("[auth]\nhash_threads = 100000", "`auth.hash_threads` must be from 1 to 256"),
    (
        "[auth]\npassword_cost = { memory_kib = 0, passes = 0 }",
        "`auth.password_cost`: `memory_kib` must be at least 8",
    ),
    ("[auth]\npassword_cost = { passes = 4000000000 }", "`auth.password_cost`: `passes` must be from 1"),
    ("[auth]\npassword_cost = { memory_kib = 4294967295 }", "`auth.password_cost.memory_kib x hash_threads`"),
    ("[auth]\nrefresh_absolute_days = 0", "`auth.refresh_absolute_days` must be from 1"),
    ("[auth]\nrefresh_idle_days = 0", "`auth.refresh_idle_days` must be from 1"),
    ("[clinic]\nname = \" \"", "`clinic.name`"),
    ("[clinic]\npublic_url = \"https://\"", "`clinic.public_url` must be like"),
    ("[clinic]\npublic_url = \"https://x.example/?a=1\"", "`clinic.public_url` must be like"),
    ("[log]\nfilter = \"inf o\"", "`log.filter`: `inf o` is no level"),
    ("[log]\nfilter = \"inof\"", "did you mean `info`?"),
    ("[log]\nfilter = \"info,das_tern=warm\"", "`log.filter`"),
    ("[push]\ncontact = \"mailto:\"", "`push.contact`"),
    ("[push]\ncontact = \"https://\"", "`push.contact`"),
    ("[mail]\nhost = \"\"\nfrom = \"clinic@example.org\"", "`mail.host`"),
    ("[mail]\nhost = \"post.example\"\nfrom = \"not an address\"", "`mail.from`"),
    ("[mail]\nhost = \"post.example\"\nfrom = \"c@example.org\"\nuser_name = \"c\"", "`mail.password`"),
    (
        "[mail]\nhost = \"post.example\"\nfrom = \"c@example.org\"\npassword = \"x\"\nencryption = \"none\"",
        "`mail.encryption` is none",
    ),
    ("[mail]\nhost = \"post.example\"", "[mail]: missing field `from`"),
    ("[sms]\nurl = \"https://\"\nbody = '{\"to\": \"{to}\", \"text\": \"{text}\"}'", "`sms.url`"),
    (
        "[push]\ncontact = \"mailto:c@example.org\"\nprivate_key = \"AAAA\"",
        "the key for push messages is not",
    ),
    ("[fcm]\nservice_account = \"{}\"", "the service account of FCM"),
];

#[test]
fn what_the_server_would_refuse_is_refused_by_the_check_in_the_same_words() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("das-tern.toml");
    let data = format!("store.directory={}", folder.path().join("data").display());
    for (settings, expected) in REFUSED {
        fs::write(&file, settings).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        // Beside the row that is about it, the directory is one that must not be made.
        let place = if settings.starts_with("[store]") { "log.format=text" } else { data.as_str() };
        let arguments = ["--config", text(&file), "--set", place];
        let check = das_tern(&["config", "check"]).args(arguments).output().unwrap();
        let serve = das_tern(&["serve"]).args(arguments).output().unwrap();
        let (check, serve) =
            ((check.status.code(), all_said(&check)), (serve.status.code(), all_said(&serve)));
        assert!(check.1.contains(expected), "{settings}\n{}", check.1);
        assert_eq!(check, serve, "{settings}");
        assert_eq!(check.0, Some(1), "{settings}");
    }
    assert!(!folder.path().join("data").exists(), "a configuration that is refused makes nothing");
    let named =
        all_said(&das_tern(&["serve", "--listen", "localhost:3000", "--set", &data]).output().unwrap());
    assert!(named.contains("command line: `server.listen`: must be an address and a port"), "{named}");
}

#[test]
fn mistakes_of_form_and_of_value_are_told_together() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("das-tern.toml");
    fs::write(&file, "[server]\nlistn = \"x\"\n[mail]\nhost = \"post.example\"\n[auth]\nhash_queue = 0\n")
        .unwrap();
    let credentials = folder.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("mail.pasword"), "hush").unwrap();
    let mut command =
        das_tern(&["config", "check", "--config", text(&file), "--credentials", text(&credentials)]);
    command.env("DAS_TERN_CLINIC__NAME", OsStr::from_bytes(b"caf\xe9")).env("DAS_TERN_PORT", "3001");
    let said = all_said(&command.output().unwrap());
    for expected in [
        "did you mean `listen`?",
        "DAS_TERN_CLINIC__NAME: its value is not text in UTF-8",
        "DAS_TERN_PORT: must be DAS_TERN_SECTION__KEY",
        "no secret `mail.pasword`, did you mean `mail.password`?",
        "[mail]: missing field `from`",
        "`auth.hash_queue`",
    ] {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    let said = all_said(&das_tern(&["config", "check", "--credentials", text(&file)]).output().unwrap());
    assert!(said.contains("the credentials cannot be read"), "{said}");
}

#[tokio::test]
async fn variables_of_a_service_of_that_name_are_ignored_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let links = [
        ("DAS_TERN_PORT", "tcp://10.0.0.7:3000"),
        ("DAS_TERN_SERVICE_HOST", "10.0.0.7"),
        ("DAS_TERN_PORT_3000_TCP_ADDR", "10.0.0.7"),
    ];
    let checked = das_tern(&["config", "check"]).envs(links).output().unwrap();
    let said = all_said(&checked);
    assert!(
        checked.status.success() && said.contains("DAS_TERN_PORT is a variable of another program"),
        "{said}"
    );
    let mut command = das_tern(&["serve", "--listen", "127.0.0.1:0"]);
    command.envs(links).env("STATE_DIRECTORY", folder.path().join("state"));
    let (child, _) = ready(command);
    let log = stop(child);
    assert_eq!(log.matches("a variable of another program is ignored").count(), 3, "{log}");
    assert!(
        folder.path().join("state/das-tern.redb").exists(),
        "systemd's state directory is the data directory"
    );
}

#[test]
fn a_reader_that_goes_away_ends_a_command_without_a_word() {
    for arguments in [&["openapi"][..], &["config", "show"], &["mail", "preview"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = das_tern(arguments).stdout(writer).spawn().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""), "{arguments:?}");
    }
    // A result that cannot be kept is no success.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = das_tern(&["openapi"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(all_said(&output).contains("the result cannot be written"));
}

/// Everything below a directory, itself included.
fn everything(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            found.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

fn assert_closed_to_others(directory: &Path) {
    let found = everything(directory);
    assert!(found.iter().any(|path| path.ends_with("das-tern.redb")), "{found:?}");
    for path in found {
        let mode = fs::metadata(&path).unwrap().mode() & 0o7777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

fn create_admin(umask: &str, data: &Path) -> Output {
    let arguments = [
        "admin",
        "create",
        "--name",
        "Chan",
        "--email",
        "c@example.com",
        "--password-stdin",
        "--data",
        text(data),
    ];
    let mut child = das_tern_with_umask(umask, &arguments).stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "kampot-pepper-8").unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn nobody_else_can_read_the_data_however_it_was_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("served");
    // Made by somebody with a usual umask, as a mount point is.
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--set",
        "push.contact=mailto:c@example.org",
        "--data",
        text(&data),
    ];
    let (child, _) = ready(das_tern_with_umask("000", &serve));
    let log = stop(child);
    assert!(log.contains("was open to others (mode 0755)"), "{log}");
    assert_closed_to_others(&data);

    // What an older server left open is closed, and said.
    fs::set_permissions(data.join("das-tern.redb"), Permissions::from_mode(0o644)).unwrap();
    let (child, _) = ready(das_tern_with_umask("022", &serve));
    let log = stop(child);
    assert!(log.contains("das-tern.redb was open to others (mode 0644)"), "{log}");
    assert_closed_to_others(&data);

    let data = folder.path().join("made by admin create");
    assert!(create_admin("000", &data).status.success());
    assert_closed_to_others(&data);

    let data = folder.path().join("made by an import");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/medicines.csv");
    let import = das_tern_with_umask("000", &["catalog", "import", text(&list), "--data", text(&data)])
        .output()
        .unwrap();
    assert!(import.status.success(), "{}", all_said(&import));
    assert_closed_to_others(&data);
}

#[tokio::test]
async fn a_demo_clinic_that_was_kept_is_opened_again() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("clinic");
    let demo = ["demo", "--json", "--port", "0", "--patients", "12", "--dir", text(&data)];
    let (child, first) = ready(das_tern_with_umask("000", &demo));
    stop(child);
    assert_closed_to_others(&data);
    let (child, second) = ready(das_tern_with_umask("000", &demo));
    let [first, second] =
        [first, second].map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap());
    assert_eq!(first["accounts"], second["accounts"]);
    let metrics = format!("{}/metrics", second["adminUrl"].as_str().unwrap());
    let metrics = crate::kit::http().get(metrics).send().await.unwrap();
    assert_eq!(metrics.status(), 200);
    stop(child);
    // One whose making was interrupted is not taken for a clinic.
    fs::remove_file(data.join("demo.json")).unwrap();
    let output = das_tern(&demo).output().unwrap();
    assert!(!output.status.success() && all_said(&output).contains("no finished demo clinic"));
}

#[test]
fn a_demo_whose_port_is_taken_says_so_before_it_makes_a_clinic() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("clinic");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = das_tern(&["demo", "--port", &port, "--dir", text(&data)]).output().unwrap();
    let said = all_said(&output);
    assert!(!output.status.success() && said.contains("Name another port"), "{said}");
    assert!(!said.contains("Preparing a clinic") && !data.exists(), "{said}");
}

#[test]
fn what_root_does_leaves_everything_to_the_owner_of_the_data() {
    const NOBODY: u32 = 65_534;
    let folder = TempDir::new().unwrap();
    if fs::metadata(folder.path()).unwrap().uid() != 0 {
        eprintln!(
            "!!!! SKIPPED: not root: that commands act as the owner of the data is NOT tried here !!!!"
        );
        return;
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    let made = create_admin("022", &data);
    assert!(made.status.success(), "{}", all_said(&made));
    for path in everything(&data) {
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), (NOBODY, NOBODY), "{}", path.display());
    }
    let doctor = das_tern(&["doctor", "--data", text(&data)]).output().unwrap();
    assert!(doctor.status.success(), "{}", all_said(&doctor));

    // What is somebody else's and open is refused to others than root, and nothing is made in it.
    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::set_permissions(&foreign, Permissions::from_mode(0o777)).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", text(&foreign)];
    match das_tern(&serve).uid(NOBODY).current_dir("/").output() {
        Ok(refused) => {
            let said = all_said(&refused);
            assert!(
                !refused.status.success() && said.contains("belongs to another user (0, we are 65534)"),
                "{said}"
            );
        }
        Err(error) => eprintln!("!!!! SKIPPED: nobody cannot run {PROGRAM} here: {error} !!!!"),
    }
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 0);
}
