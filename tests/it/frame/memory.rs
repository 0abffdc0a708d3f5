//! Neither a stranger nor an account can take the program its memory: it runs with less than the unit gives it.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(120);
/// Memory of its own that the system lets the program have, in KiB.
const DATA_KIB: u64 = MEMORY_MAX_KIB;
/// What the unit gives, in KiB.
const MEMORY_MAX_KIB: u64 = 512 * 1024;
/// Addresses that attack together, and connections of each.
const ATTACKERS: u8 = 10;
const EACH: u8 = 25;
/// Of a body that does not come to its end.
const SENT_BYTES: usize = 1_000_000;

/// A demonstration clinic in a process of its own.
struct Clinic {
    child: Child,
    address: SocketAddr,
    url: String,
    accounts: Vec<Value>,
    http: reqwest::Client,
}

impl Clinic {
    fn start() -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit -d {DATA_KIB} && exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_das-tern"))
            .args(["demo", "--patients", "12", "--port", "0", "--json", "--set", "log.filter=error"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let url = said["url"].as_str().unwrap().to_owned();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        let accounts = said["accounts"].as_array().unwrap().clone();
        Self { child, address, url, accounts, http: crate::kit::http() }
    }

    /// A line of the kernel's account of the process, in KiB: `VmRSS`, `VmHWM`.
    fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Signs one of this role in and hands over the token.
    async fn sign_in(&self, role: &str, place: usize) -> String {
        let who = self.accounts.iter().filter(|account| account["role"] == role).nth(place).unwrap();
        let body = json!({"identifier": who["identifier"], "password": who["password"]});
        let call = self.http.post(format!("{}/api/auth/login", self.url)).json(&body).send();
        let answer = timeout(PATIENCE, call).await.expect("sign-in hangs").unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        answer.json::<Value>().await.unwrap()["accessToken"].as_str().unwrap().to_owned()
    }

    /// A doctor signs in and looks at their patients, as if nothing were.
    async fn serves(&mut self, meanwhile: &str) {
        assert!(self.child.try_wait().unwrap().is_none(), "{meanwhile}: the process has ended");
        let token = self.sign_in("DOCTOR", 0).await;
        let call = self.http.get(format!("{}/api/connections", self.url)).bearer_auth(token).send();
        let answer = timeout(PATIENCE, call).await.expect("a look hangs").unwrap();
        assert_eq!(answer.status(), 200, "{meanwhile}: {}", answer.text().await.unwrap());
        let peak = self.memory_kib("VmHWM");
        assert!(peak < MEMORY_MAX_KIB, "{meanwhile}: {peak} KiB");
    }

    /// Every attacking address opens its connections and sends what `message` says.
    async fn attack(&self, message: &[u8]) -> Vec<TcpStream> {
        let mut open = Vec::new();
        for number in 0..u16::from(ATTACKERS) * u16::from(EACH) {
            let mut stream = self.connect((number % u16::from(ATTACKERS)) as u8).await;
            // Whoever is refused in the middle may notice it already.
            let _ = stream.write_all(message).await;
            open.push(stream);
        }
        open
    }

    async fn connect(&self, attacker: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 9, attacker)), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The head of a request, and the beginning of its body.
fn slow_body(path: &str, headers: &str) -> Vec<u8> {
    let head = format!(
        "POST /api{path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1048000\r\n{headers}\r\n"
    );
    [head.as_bytes(), &vec![b' '; SENT_BYTES]].concat()
}

/// The first line of each answer.
async fn refused(open: &mut [TcpStream], statuses: &[&str]) {
    for stream in open {
        let mut line = [0; 12];
        match timeout(PATIENCE, stream.read_exact(&mut line)).await.expect("no answer") {
            Ok(_) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                assert!(statuses.iter().any(|status| line.ends_with(status)), "{line}");
            }
            Err(error) => panic!("cut off without an answer: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_strangers_and_accounts_send_or_do_not_fetch_the_program_lives_and_serves() {
    let mut clinic = Clinic::start();
    clinic.serves("before").await;
    let before = clinic.memory_kib("VmRSS");

    let mut open = clinic.attack(&slow_body("/health-monitoring/vitals", "idempotency-key: k\r\n")).await;
    clinic.serves("bodies without a token").await;
    refused(&mut open, &["401", "429"]).await;

    drop(open);
    let open = clinic.attack(&slow_body("/auth/login", "")).await;
    clinic.serves("bodies of sign-ins").await;
    drop(open);

    let token = clinic.sign_in("PATIENT", 0).await;
    let own = slow_body("/doses/sync", &format!("authorization: Bearer {token}\r\n"));
    let open = clinic.attack(&own).await;
    clinic.serves("bodies of one account").await;
    drop(open);

    let head = [
        &b"GET /livez HTTP/1.1\r\nhost: x\r\n"[..],
        &b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(8_000),
    ];
    let mut open = clinic.attack(&head.concat()).await;
    clinic.serves("endless heads").await;
    refused(&mut open, &["431"]).await;
    drop(open);

    let asked = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2_000);
    let open = clinic.attack(&asked).await;
    clinic.serves("requests one after another, whose answers nobody reads").await;
    drop(open);

    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.extend(clinic.attack(b"").await);
    }
    clinic.serves("silent connections").await;
    drop(silent);

    let asks = |path: &str, token: &str| {
        format!("GET /api{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
    };
    let whole = asks("/users/me/export", &clinic.sign_in("PATIENT", 1).await);
    let listens = asks("/events", &clinic.sign_in("PATIENT", 2).await);
    let unread = [
        clinic.attack(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").await,
        clinic.attack(&whole).await,
        clinic.attack(&listens).await,
    ];
    clinic.serves("answers that nobody reads").await;
    drop(unread);

    // What was taken is given back.
    let mut look = tokio::time::interval(Duration::from_millis(100));
    let given_back = async {
        while clinic.memory_kib("VmRSS") > before + 96 * 1024 {
            look.tick().await;
        }
    };
    let back = timeout(PATIENCE, given_back).await.is_ok();
    let (peak, after) = (clinic.memory_kib("VmHWM"), clinic.memory_kib("VmRSS"));
    eprintln!("memory before, at its peak and after, in KiB: {before}, {peak}, {after}");
    assert!(back, "before, peak and after, in KiB: {before}, {peak}, {after}");
    clinic.serves("afterwards").await;
}
