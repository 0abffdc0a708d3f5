//! The first admin, made on the server itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use das_tern::app::{App, Parts};
use das_tern::config::Sources;
use das_tern::platform::clock::{Clock, SystemClock};
use serde_json::json;
use tempfile::TempDir;

use super::second_factor::set_up;
use super::{access, login};
use crate::kit::{PASSWORD, TestServer};

/// Runs `das-tern admin create` with a password on standard input; its exit code and what it said.
fn create(data: &Path, arguments: &[&str], password: &str) -> (i32, String) {
    admin(&[&["create", "--password-stdin"], arguments].concat(), data, password)
}

/// Runs `das-tern admin`; its exit code and what it said.
fn admin(arguments: &[&str], data: &Path, password: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_das-tern"))
        .arg("admin")
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses before it reads has closed its input.
    let _ = writeln!(command.stdin.take().unwrap(), "{password}");
    let output = command.wait_with_output().unwrap();
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_first_admin_is_made_on_the_stopped_server() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("clinic");
    let (code, said) = create(&data, &["--name", " ", "--email", "not-an-email"], "123");
    assert_eq!(code, 1, "{said}");
    for field in ["fullName", "email", "password"] {
        assert!(said.contains(field), "{said}");
    }
    let (code, said) = create(&data, &["--name", "Chan", "--email", "chan@example.com"], "kampot-pepper-8");
    assert_eq!(code, 0, "{said}");
    let (code, said) = create(&data, &["--name", "Chan", "--email", "chan@example.com"], "kampot-pepper-8");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("already registered"), "{said}");

    let flags = [("store.directory", data.to_str().unwrap()), ("server.listen", "127.0.0.1:0")];
    let flags = flags.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let sources = Sources { flags, ..Sources::default() };
    let settings = sources.load().unwrap();
    let root_key = sources.root_key(&settings.store.directory).unwrap();
    let app = App::start(Parts::of_system(settings, root_key).unwrap()).await.unwrap();
    let login = crate::kit::http()
        .post(format!("http://{}/api/auth/login", app.address()))
        .json(&json!({"identifier": "chan@example.com", "password": "kampot-pepper-8"}))
        .send()
        .await
        .unwrap();
    assert_eq!(login.status().as_u16(), 200);
    let tokens: serde_json::Value = login.json().await.unwrap();
    assert_eq!((&tokens["user"]["role"], &tokens["user"]["status"]), (&json!("ADMIN"), &json!("ACTIVE")));

    // While the server runs, the file is its own.
    let there = data.clone();
    let refused =
        tokio::task::spawn_blocking(move || create(&there, &["--name", "B", "--phone", "012345678"], "x"));
    let (code, said) = refused.await.unwrap();
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("Stop it first"), "{said}");
    app.stop().await.unwrap();
}

#[test]
fn a_refused_first_admin_leaves_no_clinic_behind() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("clinic");
    let (code, said) = create(&data, &["--name", "Sok", "--email", "no address"], "angkor wat at dawn");
    assert!(code == 1 && said.contains("email"), "{code} {said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    let (code, said) = create(&data, &["--name", "Sok", "--email", "sok@clinic.example"], "short");
    assert!(code == 1 && said.contains("password"), "{code} {said}");
    assert!(!data.exists());
    let (code, said) =
        create(&data, &["--name", "Sok", "--email", "sok@clinic.example"], "angkor wat at dawn");
    assert_eq!(code, 0, "{said}");
}

#[tokio::test]
async fn whoever_lost_their_second_factor_is_let_in_again_on_the_server_itself() {
    let server = TestServer::start().await;
    let sok = server.doctor("sok").await;
    set_up(&server, &sok).await;
    login(&server.stranger(), "sok@example.com", PASSWORD).await.expect(401).code("mfa_required");
    let folder = server.into_folder().await;
    let reset = |who: &str| admin(&["reset-second-factor", who], folder.path(), "");
    let (code, said) = reset("nobody@example.com");
    assert!(code == 1 && said.contains("no such"), "{code} {said}");
    let (code, said) = reset("sok@example.com");
    assert!(code == 0 && said.contains(&sok.id().to_string()), "{code} {said}");
    let (code, said) = reset("sok@example.com");
    assert!(code == 1 && said.contains("no second factor"), "{code} {said}");

    // The command lived by the clock of this computer.
    let file = std::fs::read(folder.path().join("das-tern.redb")).unwrap();
    let server = TestServer::start_on(&file, SystemClock.now()).await;
    let tokens = login(&server.stranger(), "sok@example.com", PASSWORD).await.ok();
    let sok = server.known("sok").await.with_token(Some(access(&tokens)));
    let told = sok.get("/notifications").await.ok();
    assert_eq!(told["items"][0]["title"], "The clinic took your second factor away");
    let audit = server.admin().await.get("/audit/all").await.ok();
    let records = audit["items"].as_array().unwrap();
    let reset = records.iter().find(|record| record["action"] == "auth.reset_second_factor").unwrap();
    assert_eq!(reset["resourceId"], sok.id().to_string());
    server.finish().await;
}
