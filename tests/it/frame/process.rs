//! The program as a clinic runs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn das_tern() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_das-tern"));
    command.env_clear();
    command
}

#[tokio::test]
async fn it_says_when_it_is_ready_and_stops_in_order_when_told() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for round in 0..2 {
        let mut child = das_tern()
            .args(["serve", "--listen", "127.0.0.1:0", "--set", "log.format=json", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Das Tern is ready on ").unwrap_or_else(|| panic!("{line}"));
        let get = |path: &str| crate::kit::http().get(format!("{url}{path}")).send();
        assert_eq!(get("/readyz").await.unwrap().status(), 200, "round {round}");
        let missing = get("/api/users?search=secret").await.unwrap();
        assert_eq!(missing.status(), 401);
        assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(child.wait().unwrap().success(), "{log}");
        // Every line is JSON with what is needed to find a request again, and without what it asked.
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
        let request = lines.iter().find(|line| line["route"] == "/users").unwrap_or_else(|| panic!("{log}"));
        assert_eq!((&request["status"], &request["method"]), (&401.into(), &"GET".into()));
        assert!(request["request.id"].is_string());
        assert!(!log.contains("secret") && !log.contains("127.0.0.1:0"), "{log}");
    }
}

#[test]
fn the_service_manager_hears_that_it_is_ready_lives_and_stops() {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    let mut child = das_tern()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "30000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let hear = || {
        let mut word = [0; 64];
        let length = manager.recv(&mut word).unwrap();
        String::from_utf8(word[..length].to_vec()).unwrap()
    };
    assert_eq!(hear(), "EXTEND_TIMEOUT_USEC=3600000000");
    assert_eq!(hear(), "READY=1");
    assert_eq!((hear().as_str(), hear().as_str()), ("WATCHDOG=1", "WATCHDOG=1"));
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    while hear() != "STOPPING=1" {}
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_wrong_configuration_is_explained_before_anything_starts() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("das-tern.toml");
    std::fs::write(&file, "[serve]\nlisten = \"127.0.0.1:0\"\n[limits]\nper_persn = 1\n").unwrap();
    for command in [&["config", "check"][..], &["serve"]] {
        let output = das_tern().args(command).arg("--config").arg(&file).output().unwrap();
        assert!(!output.status.success());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains("did you mean `server`?") && error.contains("did you mean `per_person`?"),
            "{error}"
        );
    }
    let output = das_tern().args(["config", "check"]).output().unwrap();
    assert!(output.status.success());
    let shown = das_tern().args(["config", "show", "--set", "server.listen=127.0.0.1:81"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("127.0.0.1:81"));
}

#[test]
fn the_demonstration_prepares_its_clinic() {
    let mut child = das_tern()
        .args(["demo", "--patients", "12", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    child.wait().unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}{log}"));
    assert!(said["url"].is_string() && said["adminUrl"].is_string(), "{said}");
    assert_ne!(said["url"], said["adminUrl"], "/metrics has a listener of its own");
}
