//! The test kit: a whole server in the test's process, and clients whose name says who calls.
//!
//! ```text
//! #[tokio::test]
//! async fn a_patient_marks_his_dose() {
//!     let server = TestServer::start().await;
//!     let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
//!     server.connect(&sok, &dara).await;
//!     let prescription = sok.post("/prescriptions", json!({"patientId": dara.id(), ...})).await.ok();
//!     server.clock().advance(Span::hours(2));
//!     dara.post(&format!("/doses/{id}/mark-taken"), json!({})).await.expect(409).code("dose_too_early");
//!     snapshot!(dara.get("/doses/today").await.ok());
//!     server.finish().await;
//! }
//! ```
//!
//! - The clock stands at 2026-11-22T00:00:00Z, 07:00 in Phnom Penh, and moves only when told.
//! - `server.clock().jump(Span::days(1))` sets the wall clock while no time passes; `server.time_server().has_set(clock)`.
//! - Randomness is seeded, the port is free, the store is a temporary file, requests are not counted unless asked.
//! - The medicine catalogue is empty; `start_with(|s| s.medicines.shipped_list = true)` has the shipped list, found
//!   by search after `run_jobs`.
//! - Jobs run when told: `server.run_jobs().await`.
//! - E-mail: `let post = PostOffice::open().await;` and `TestServer::start_with(|s| s.mail = Some(post.settings()))`.
//!   It refuses, closes and hangs when told: `post.trouble_next(At::Recipient, Trouble::Say("550 no such user"))`,
//!   `post.refuse_all(At::Sender, "530 5.7.0 sign in")` until `post.relent()`.
//! - TLS: `let authority = Authority::new();`, then `PostOffice::open_with(MailEncryption::Tls, Some(&authority),
//!   "127.0.0.1")`, `SmsGateway::open_over(Some(&authority))` and so on; their settings trust it.
//! - Browsers: `let push = PushService::open().await;`, `s.push = push.settings()`, `push.browser("dara", server_key)`,
//!   then `push.pushed_to("dara")`, decrypted; `push.answer_next(Reply::status(429).retry_after(30))`.
//! - Telephones: `let fcm = FcmService::open().await;`, `s.fcm = fcm.settings()`, then `fcm.messages()`;
//!   `fcm.answer_next(FcmService::unregistered())`.
//! - SMS: `let gateway = SmsGateway::open().await;`, `s.sms = Some(gateway.settings())`, then
//!   `gateway.texts_to("+85512345678")`; `gateway.answer_next(Reply::html(200, "<html>"))`.
//! - Clients ask for English unless told otherwise. Paths are below `/api`; one that starts with `!` is not.
//! - Events: `let mut screen = server.events(&sok).await; screen.expect("dose.updated").await`; likewise
//!   `server.socket(&sok)`.
//! - At the end, by `finish` or by being dropped, the store is verified; a fault fails the test.

#![allow(dead_code, unused_imports, reason = "a kit offers more than each test takes")]

mod bakong;
mod browser;
mod client;
pub mod contract;
mod fcm;
mod http;
mod letter;
mod mail;
mod people;
mod picture;
mod push;
mod realtime;
mod redact;
mod sms;
mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use das_tern::app::{App, Parts, Work};
use das_tern::domain::integrity;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::domain::safety::care::{Care, Suppression};
use das_tern::domain::safety::tables::CARE;
use das_tern::platform::clock::belief::Clocks;
use das_tern::platform::clock::sync::{TimeSync, Word};
use das_tern::platform::clock::{Clock, ManualClock, Span, Timestamp};
use das_tern::platform::context::Context;
use das_tern::platform::crypto::PasswordCost;
use das_tern::platform::ids::UserId;
use das_tern::platform::random::Random;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::Settings;
use das_tern::platform::store::{Engine, RedbEngine, RedbOptions, WriteTx, prepare};
use tempfile::TempDir;

pub use bakong::Bakong;
pub use browser::Page;
pub use client::{Answer, Call, Client, http};
pub use fcm::FcmService;
pub use http::{HttpCall, Reply};
pub use letter::Letter;
pub use mail::{At, PostOffice, Trouble};
pub use people::PASSWORD;
pub use picture::{noise, picture};
pub use push::{Browser, PushService, Pushed};
pub use realtime::{Events, Heard, MARK, Socket};
pub use redact::redacted;
pub use sms::SmsGateway;
pub use tls::Authority;

/// Compares an answer with its snapshot, ids and times replaced by placeholders.
#[macro_export]
macro_rules! snapshot {
    ($value:expr) => {
        insta::assert_json_snapshot!($crate::kit::redacted(&$value))
    };
    ($name:literal, $value:expr) => {
        insta::assert_json_snapshot!($name, $crate::kit::redacted(&$value))
    };
}

/// A server of its own for one test.
pub struct TestServer {
    app: Option<App>,
    context: Option<Arc<Context>>,
    clock: ManualClock,
    time_server: TimeServer,
    http: reqwest::Client,
    address: SocketAddr,
    folder: TempDir,
}

/// A time server that has set the clock when told.
#[derive(Clone, Default)]
pub struct TimeServer(Arc<Mutex<Option<Word>>>);

impl TimeServer {
    /// It has set the clock, which shows this now.
    pub fn has_set(&self, clock: &ManualClock) {
        *self.0.lock().unwrap() = Some(Word(clock.now()));
    }
}

impl TimeSync for TimeServer {
    fn last_word(&self) -> Option<Word> {
        *self.0.lock().unwrap()
    }
}

/// When every test begins: 07:00 in Phnom Penh.
pub fn beginning() -> Timestamp {
    "2026-11-22T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// Settings of tests: any free port, nothing counted, everything else as shipped.
pub fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.limits.enabled = false;
    settings.medicines.shipped_list = false;
    settings.auth.password_cost = PasswordCost { memory_kib: 8, passes: 1 };
    settings
}

/// Rules about what stories use again and again that are about something else: one medicine in several prescriptions.
const FURNITURE: [&str; 2] = ["dup-ingredient", "dose-paracetamol-oral"];

impl TestServer {
    /// Starts a server with the settings of tests.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a server with changed settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        Self::open(settings, TempDir::new().unwrap(), beginning()).await
    }

    /// Starts a server at `now` over a data file that exists, brought to the newest schema first.
    pub async fn start_on(file: &[u8], now: Timestamp) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("das-tern.redb");
        std::fs::write(&path, file).unwrap();
        let engine = RedbEngine::open(path, RedbOptions::default()).unwrap();
        prepare(&engine, MIGRATIONS, None, &ManualClock::at(now), &Random::seeded(3)).unwrap();
        drop(engine);
        Self::open(settings(), folder, now).await
    }

    async fn open(settings: Settings, folder: TempDir, now: Timestamp) -> Self {
        let clock = ManualClock::at(now);
        let time_server = TimeServer::default();
        let app = launch(settings, &clock, &time_server, &folder).await;
        let (context, address) = (Arc::clone(app.context()), app.address());
        let http = http();
        let server =
            Self { app: Some(app), context: Some(context), clock, time_server, http, address, folder };
        server.silence(&FURNITURE).await;
        server
    }

    /// Silences safety rules, or lets all speak when there are none.
    pub async fn silence(&self, rules: &'static [&'static str]) {
        let now = self.clock.now();
        let change = move |tx: &mut WriteTx<'_>| {
            for rule in FURNITURE.iter().filter(|rule| !rules.contains(rule)) {
                CARE.delete(tx, &(*rule).to_owned())?;
            }
            for rule in rules {
                let suppressed = Suppression {
                    by: UserId(uuid::Uuid::nil()),
                    reason: "stories about something else".to_owned(),
                    at: now,
                    until: now.plus(Span::days(3_650)),
                };
                CARE.put(tx, &(*rule).to_owned(), &Care { confirmed: None, suppressed: Some(suppressed) })?;
            }
            Ok(())
        };
        self.context().store.write(change).await.unwrap();
    }

    /// Starts a server over an engine of the test's own, which lives no longer than it.
    pub async fn start_over(engine: Arc<dyn Engine>) -> Self {
        let clock = ManualClock::at(beginning());
        let (time_server, folder) = (TimeServer::default(), TempDir::new().unwrap());
        let app = launch_over(settings(), &clock, &time_server, &folder, engine).await;
        let (context, address) = (Arc::clone(app.context()), app.address());
        Self { app: Some(app), context: Some(context), clock, time_server, http: http(), address, folder }
    }

    /// Stops the server and starts another over the same file.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same, with changed settings.
    pub async fn restart_with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.context().settings.clone();
        change(&mut settings);
        self.app.take().unwrap().stop().await.unwrap();
        // The last one who holds the file lets go of it.
        self.context = None;
        let app = launch(settings, &self.clock, &self.time_server, &self.folder).await;
        self.context = Some(Arc::clone(app.context()));
        self.address = app.address();
        self.app = Some(app);
        self
    }

    /// The clock of this server.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The time server of its machine.
    pub fn time_server(&self) -> &TimeServer {
        &self.time_server
    }

    /// The inside of this server, for what the API does not show.
    pub fn context(&self) -> &Arc<Context> {
        self.context.as_ref().unwrap()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs every job that is due and those that they enqueue, and says how many. Jobs run only when asked.
    pub async fn run_jobs(&self) -> u64 {
        self.app.as_ref().unwrap().run_jobs().await.unwrap()
    }

    /// A client who is not signed in.
    pub fn stranger(&self) -> Client {
        Client::new(self.http.clone(), self.address, "stranger")
    }

    /// Where `/metrics` is.
    pub fn admin_address(&self) -> SocketAddr {
        self.app.as_ref().unwrap().admin_address().expect("no admin listener was asked for")
    }

    /// Gives the running application away, to stop it by hand.
    pub fn take_app(&mut self) -> App {
        self.app.take().unwrap()
    }

    /// Verifies the store, stops the server in order and hands over its data directory.
    pub async fn into_folder(mut self) -> TempDir {
        let app = self.app.take().unwrap();
        verify(self.context());
        app.stop().await.unwrap();
        std::mem::replace(&mut self.folder, TempDir::new().unwrap())
    }

    /// Stops the server in order and verifies its store.
    pub async fn finish(mut self) {
        let app = self.app.take().unwrap();
        verify(self.context());
        app.stop().await.unwrap();
    }
}

async fn launch(settings: Settings, clock: &ManualClock, time_server: &TimeServer, folder: &TempDir) -> App {
    let options = RedbOptions { cache_bytes: 8 * 1024 * 1024, ..RedbOptions::default() };
    let engine = RedbEngine::open(folder.path().join("das-tern.redb"), options).unwrap();
    prepare(&engine, MIGRATIONS, None, clock, &Random::seeded(3)).unwrap();
    launch_over(settings, clock, time_server, folder, Arc::new(engine)).await
}

async fn launch_over(
    mut settings: Settings,
    clock: &ManualClock,
    time_server: &TimeServer,
    folder: &TempDir,
    engine: Arc<dyn Engine>,
) -> App {
    settings.store.directory = folder.path().to_owned();
    let parts = Parts {
        settings,
        clocks: Clocks { sync: Arc::new(time_server.clone()), ..Clocks::manual(clock) },
        random: Arc::new(Random::seeded(7)),
        engine,
        surveyed: None,
        root_key: Secret::new([7; 32]),
        work: Work::OnDemand,
    };
    App::start(parts).await.unwrap()
}

fn verify(context: &Context) {
    let faults = context.store.read(|tx| integrity::verify(tx)).unwrap();
    assert!(faults.is_empty(), "the store has faults:\n{}", faults.join("\n"));
    check_words(context);
}

/// Every message that was written has its words in both languages, with every placeholder filled.
fn check_words(context: &Context) {
    use das_tern::domain::notifications::{tables::NOTIFICATIONS, texts::texts};
    use das_tern::platform::i18n::Language;
    let messages = context.store.read(|tx| NOTIFICATIONS.list_prefix(tx, &())).unwrap();
    for (_, message) in messages {
        for language in Language::ALL {
            let words = texts(&message, language);
            for text in [words.title, words.body, words.short] {
                let named = format!("{:?} {}: {text}", message.kind, message.variant);
                assert!(!text.starts_with("notification."), "a message without words: {named}");
                // What people wrote may look like anything.
                let values = message.params.shown(language);
                let values = values.iter().filter(|(_, value)| !value.is_empty());
                let ours = values.fold(text.clone(), |text, (_, value)| text.replace(value.as_str(), ""));
                let is_filled = !ours.contains('{') && !ours.contains("[[");
                assert!(is_filled, "a placeholder was not filled: {named}");
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let Some(context) = &self.context else { return };
        if self.app.is_some() && !std::thread::panicking() {
            verify(context);
        }
        context.store.close();
    }
}
