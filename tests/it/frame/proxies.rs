//! The program behind the proxies whose configuration we ship, attacked by a client that forges its address.
//!
//! Only TLS and the ports are replaced. Where a proxy is not installed its test says so and proves nothing;
//! `tests/run` installs nginx.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "mekong-sunrise-42";
const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 4));
const HONEST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 5));

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A proxy, if it is installed.
fn installed(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("!!!! SKIPPED: {name} is not installed, its configuration is NOT tried here !!!!");
    }
    found
}

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/proxy").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Replaces what must be there.
fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "`{old}` is missing in:\n{text}");
    text.replace(old, new)
}

/// The server with one admin, and where it listens.
fn clinic(folder: &Path, header: &str) -> (Running, SocketAddr) {
    let file = folder.join("das-tern.toml");
    let settings = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1/32\"]\nclient_address_header = \"{header}\"\n\
         [store]\ndirectory = \"{}\"\n[auth]\npassword_cost = {{ memory_kib = 8, passes = 1 }}\n\
         [medicines]\nshipped_list = false\n",
        folder.join("data").display()
    );
    std::fs::write(&file, settings).unwrap();
    let das_tern = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_das-tern"));
        command.env_clear().args(arguments).arg("--config").arg(&file).stdout(Stdio::piped());
        command
    };
    std::fs::create_dir(folder.join("data")).unwrap();
    let who = ["admin", "create", "--name", "Admin", "--email", "admin@example.com", "--password-stdin"];
    let mut made = das_tern(&who).stdin(Stdio::piped()).spawn().unwrap();
    writeln!(made.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(made.wait().unwrap().success());
    let mut child = das_tern(&["serve"]).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("Das Tern is ready on http://").unwrap_or_else(|| panic!("{line}"));
    (Running(child), address.parse().unwrap())
}

/// An address on which nobody listens now. Each test has a loopback address of its own, so that no other one takes
/// the port before the proxy does.
fn free_address(last: u8) -> SocketAddr {
    std::net::TcpListener::bind((Ipv4Addr::new(127, 0, 9, last), 0)).unwrap().local_addr().unwrap()
}

async fn until_it_answers(address: SocketAddr) {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    let coming = async {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), coming).await.expect("the proxy does not listen");
}

async fn nginx(program: &Path, folder: &Path, site: &str, last: u8) -> (Running, SocketAddr) {
    let address = free_address(last);
    let site: String =
        site.lines().filter(|line| !line.contains("ssl_certificate")).collect::<Vec<_>>().join("\n");
    std::fs::write(
        folder.join("site.conf"),
        replaced(&site, "listen 443 ssl;", &format!("listen {address};")),
    )
    .unwrap();
    let here = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places: String = kinds.map(|kind| format!("{kind}_temp_path {here}/{kind}; ")).concat();
    let whole = format!(
        "daemon off; master_process off; pid {here}/pid; error_log {here}/error.log;\n\
         events {{ worker_connections 64; }}\nhttp {{ access_log off; {places} include {here}/site.conf; }}\n"
    );
    std::fs::write(folder.join("nginx.conf"), whole).unwrap();
    let child = Command::new(program)
        .args(["-e", "stderr", "-c"])
        .arg(folder.join("nginx.conf"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    until_it_answers(address).await;
    (running, address)
}

async fn caddy(program: &Path, folder: &Path, site: &str, last: u8) -> (Running, SocketAddr) {
    let address = free_address(last);
    let site = replaced(site, "clinic.example {", &format!("http://{address} {{\n\tbind {}", address.ip()));
    std::fs::write(folder.join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{site}")).unwrap();
    let child = Command::new(program)
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(folder.join("Caddyfile"))
        .env("HOME", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    until_it_answers(address).await;
    (running, address)
}

fn client_at(address: IpAddr) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().local_address(address).build().unwrap()
}

async fn sign_in(
    client: &reqwest::Client,
    proxy: SocketAddr,
    who: &str,
    said: &[(&str, Vec<u8>)],
) -> (u16, Value) {
    let mut request = client
        .post(format!("http://{proxy}/api/auth/login"))
        .json(&json!({"identifier": who, "password": PASSWORD}));
    for (name, value) in said {
        request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}"));
    (status, body)
}

/// What a client may claim: another address each time, also in forms that are hard to read.
fn forged(number: usize) -> Vec<(&'static str, Vec<u8>)> {
    let ip = format!("198.51.100.{number}");
    let standard = match number % 4 {
        0 => format!("for={ip}").into_bytes(),
        1 => format!("for=\"{ip}").into_bytes(),
        2 => format!("for=\"[2001:db8::{number}]:80\";proto=https").into_bytes(),
        _ => b"\xff".to_vec(),
    };
    let list = match number % 5 {
        0 => ip.clone().into_bytes(),
        1 => format!("{ip},").into_bytes(),
        2 => [b"\xff, ", ip.as_bytes()].concat(),
        3 => format!("{ip}%eth0, unknown").into_bytes(),
        _ => format!("{ip}:80, 127.0.0.1").into_bytes(),
    };
    vec![("forwarded", standard), ("x-forwarded-for", list), ("x-real-ip", ip.into_bytes())]
}

/// Sixty sign-ins with forged addresses have the limit of one address, and shut nobody else out; what is written
/// down are the true addresses.
async fn attack(proxy: SocketAddr) {
    let attacker = client_at(ATTACKER);
    let mut counts = std::collections::BTreeMap::<u16, u32>::new();
    for number in 0..60 {
        let who = format!("nobody{number}@example.com");
        let (status, _) = sign_in(&attacker, proxy, &who, &forged(number)).await;
        *counts.entry(status).or_default() += 1;
    }
    assert_eq!(counts, [(401, 20), (429, 40)].into());
    let honest = client_at(HONEST);
    let (status, signed_in) = sign_in(&honest, proxy, "admin@example.com", &forged(61)).await;
    assert_eq!(status, 200, "{signed_in}");
    let token = signed_in["accessToken"].as_str().unwrap();
    let read = async |path: &str| {
        let request = honest.get(format!("http://{proxy}/api{path}")).bearer_auth(token);
        request.send().await.unwrap().text().await.unwrap()
    };
    let sessions = read("/auth/sessions").await;
    assert!(sessions.contains("\"127.0.0.5\"") && !sessions.contains("198.51.100."), "{sessions}");
    let audit: Value = serde_json::from_str(&read("/audit/all?action=auth.login&limit=100").await).unwrap();
    let addresses: Vec<_> = audit["items"].as_array().unwrap().iter().map(|row| row["ip"].clone()).collect();
    assert_eq!(addresses.iter().filter(|ip| **ip == "127.0.0.4").count(), 20, "{addresses:?}");
    assert_eq!(addresses.iter().filter(|ip| **ip == "127.0.0.5").count(), 1, "{addresses:?}");
    assert_eq!(addresses.len(), 21);
}

#[tokio::test]
async fn behind_the_shipped_nginx_nobody_chooses_their_address() {
    let Some(program) = installed("nginx") else { return };
    let folder = TempDir::new().unwrap();
    let (_server, address) = clinic(folder.path(), "X-Forwarded-For");
    let site = replaced(&shipped("nginx.conf"), "127.0.0.1:3000", &address.to_string());
    let (_proxy, proxy) = nginx(&program, folder.path(), &site, 1).await;
    attack(proxy).await;
}

#[tokio::test]
async fn behind_an_nginx_that_adds_to_the_list_and_clears_nothing_neither() {
    let Some(program) = installed("nginx") else { return };
    let folder = TempDir::new().unwrap();
    let (_server, address) = clinic(folder.path(), "X-Forwarded-For");
    // As many guides have it: the client's own list goes on, with the true address behind it.
    let site = replaced(&shipped("nginx.conf"), "127.0.0.1:3000", &address.to_string());
    let site = replaced(&site, "X-Forwarded-For $remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for");
    let site = replaced(&site, "proxy_set_header X-Real-IP \"\";", "");
    let site = replaced(&site, "proxy_set_header Forwarded \"\";", "");
    let (_proxy, proxy) = nginx(&program, folder.path(), &site, 2).await;
    attack(proxy).await;
}

#[tokio::test]
async fn behind_the_shipped_caddy_nobody_chooses_their_address() {
    let Some(program) = installed("caddy") else { return };
    let folder = TempDir::new().unwrap();
    let (_server, address) = clinic(folder.path(), "X-Forwarded-For");
    let site = replaced(&shipped("Caddyfile"), "127.0.0.1:3000", &address.to_string());
    let (_proxy, proxy) = caddy(&program, folder.path(), &site, 3).await;
    attack(proxy).await;
}
