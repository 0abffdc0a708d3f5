//! A real browser for the pages: `let Some(mut page) = Page::open(&format!("http://{address}/docs")).await else { return };`,
//! then `page.run("document.title").await`. Without Chromium on the machine there is no page, and it says so.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longest wait for an answer of the browser.
const PATIENCE: Duration = Duration::from_secs(30);
const NAMES: [&str; 5] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "headless_shell"];

/// A page in a browser of its own, which ends with the test.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Value,
    calls: u64,
    /// What the page complained of: errors, exceptions, what its policy forbade.
    complaints: Vec<String>,
    _browser: Running,
    _profile: TempDir,
}

/// A program that ends with the test, and with it all that it started: what is called Chromium may be a script around it,
/// which would leave the browser behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn installed() -> Option<PathBuf> {
    let folders = ["/usr/bin", "/usr/local/bin", "/usr/lib/chromium"];
    let mut places = folders.iter().flat_map(|folder| NAMES.map(|name| PathBuf::from(folder).join(name)));
    let found = places.find(|path| path.exists());
    if found.is_none() {
        eprintln!("!!!! SKIPPED: Chromium is not installed, the pages are NOT tried in a browser !!!!");
    }
    found
}

impl Page {
    /// Opens an address; nothing where no browser is installed.
    pub async fn open(url: &str) -> Option<Self> {
        let program = installed()?;
        let profile = TempDir::new().unwrap();
        let mut browser = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(browser.stderr.take().unwrap()).lines();
        let browser = Running(browser);
        let (found, address) = oneshot::channel();
        // Whatever it says later is read too, so that it never waits for a reader.
        std::thread::spawn(move || {
            let mut found = Some(found);
            for line in lines.map_while(Result::ok) {
                let address =
                    line.split_once("DevTools listening on ").map(|(_, address)| address.to_owned());
                if let (Some(address), Some(found)) = (address, found.take_if(|_| line.contains("ws://"))) {
                    let _ = found.send(address);
                }
            }
        });
        let address = timeout(PATIENCE, address).await.expect("the browser did not start");
        let (socket, _) = connect_async(address.expect("the browser ended")).await.unwrap();
        let mut page = Self {
            socket,
            session: Value::Null,
            calls: 0,
            complaints: Vec::new(),
            _browser: browser,
            _profile: profile,
        };
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        page.session = page.call("Target.attachToTarget", attach).await["sessionId"].clone();
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            page.call(domain, json!({})).await;
        }
        page.call("Page.navigate", json!({ "url": url })).await;
        Some(page)
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let heard = timeout(PATIENCE, self.socket.next()).await;
            let heard = heard.unwrap_or_else(|_| panic!("{method}: no answer; {:#?}", self.complaints));
            let Message::Text(text) = heard.unwrap().unwrap() else { continue };
            let heard: Value = serde_json::from_str(&text).unwrap();
            if heard["id"] == self.calls {
                assert!(heard["error"].is_null(), "{method}: {heard:#}");
                return heard["result"].clone();
            }
            self.note(&heard);
        }
    }

    fn note(&mut self, heard: &Value) {
        let told = &heard["params"];
        let complaint = match heard["method"].as_str() {
            Some("Log.entryAdded") if told["entry"]["level"] == "error" => &told["entry"]["text"],
            Some("Runtime.exceptionThrown") => &told["exceptionDetails"],
            Some("Runtime.consoleAPICalled") if told["type"] == "error" => &told["args"],
            _ => return,
        };
        self.complaints.push(complaint.to_string());
    }

    /// The value of an expression in the page; a promise is awaited.
    pub async fn run(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let told = self.call("Runtime.evaluate", asked).await;
        assert!(told["exceptionDetails"].is_null(), "{expression}\n{told:#}");
        told["result"]["value"].clone()
    }

    /// The value of an expression once it is true, asked again as often as the page draws itself.
    pub async fn wait_for(&mut self, expression: &str) -> Value {
        self.run(&format!(
            "new Promise((resolve, reject) => {{
                const end = performance.now() + 20000;
                const look = () => {{
                    let value = null;
                    try {{ value = ({expression}); }} catch (error) {{ value = null; }}
                    if (value) resolve(value);
                    else if (performance.now() > end) reject(new Error(document.body.innerText.slice(-3000)));
                    else setTimeout(look, 20);
                }};
                look();
            }})"
        ))
        .await
    }

    /// What the page complained of until now.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }
}
