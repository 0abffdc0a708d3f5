//! A store in memory, a clock that moves when told, a worker, and handlers that note what they did.

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use das_tern::domain::integrity;
use das_tern::platform::blobs::Blobs;
use das_tern::platform::cache::Cache;
use das_tern::platform::clock::belief::{Belief, Clocks};
use das_tern::platform::clock::{Clock, ManualClock, Span, Timestamp};
use das_tern::platform::context::Context;
use das_tern::platform::crypto::{Keys, PasswordCost, PasswordPool};
use das_tern::platform::error::{Error, Result};
use das_tern::platform::events::Hub;
use das_tern::platform::extensions::Extensions;
use das_tern::platform::fcm::Fcm;
use das_tern::platform::ids::JobId;
use das_tern::platform::jobs::{self, JOBS, Job, JobRow, JobSignal, Jobs, Waiter, Worker};
use das_tern::platform::mail::Mailer;
use das_tern::platform::push::WebPush;
use das_tern::platform::random::Random;
use das_tern::platform::rooms::Rooms;
use das_tern::platform::search::NameIndex;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::{RealTimeSettings, Settings};
use das_tern::platform::sms::SmsSender;
use das_tern::platform::stopping::Stopping;
use das_tern::platform::store::{Engine, MemoryEngine, Store, StoreOptions};
use das_tern::platform::supervision::Supervision;
use serde::{Deserialize, Serialize};

/// 2026-11-02 00:00 UTC.
pub const START: Timestamp = Timestamp::from_milliseconds(1_793_577_600_000);

/// A job that carries a word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Say {
    pub word: String,
}

impl Job for Say {
    const NAME: &'static str = "say";
    const QUEUE: &'static str = "speech";
    const MAX_ATTEMPTS: u32 = 4;
}

pub fn say(word: &str) -> Say {
    Say { word: word.to_owned() }
}

/// A waiter for whom time never passes.
pub struct Never;

impl Waiter for Never {
    fn wait(&self, _: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}

/// A waiter for whom time passes at once.
pub struct AtOnce;

impl Waiter for AtOnce {
    fn wait(&self, _: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// What the handlers did, in order.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub fn note(&self, word: &str) {
        self.0.lock().unwrap().push(word.to_owned());
    }
    pub fn words(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
    /// A registry whose handler of [`Say`] only notes the word.
    pub fn jobs(&self) -> Jobs {
        let heard = self.clone();
        let mut jobs = Jobs::new();
        jobs.register::<Say, _, _>(move |_, job| {
            heard.note(&job.word);
            async { Ok(()) }
        });
        jobs
    }
}

/// A clinic's back room: everything but the server.
pub struct Room {
    pub context: Arc<Context>,
    pub clock: ManualClock,
    pub signal: JobSignal,
    pub engine: Arc<dyn Engine>,
}

impl Room {
    pub fn new() -> Self {
        Self::over(Arc::new(MemoryEngine::new()), ManualClock::at(START))
    }

    pub fn over(engine: Arc<dyn Engine>, clock: ManualClock) -> Self {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let random = Arc::new(Random::seeded(SEED.fetch_add(1, Ordering::Relaxed)));
        let signal = JobSignal::new();
        let bell = signal.clone();
        let options = StoreOptions { retry_pauses: vec![], ..StoreOptions::default() };
        let known = Store::known_time(engine.as_ref()).unwrap_or(None);
        let belief = Arc::new(Belief::new(Clocks::manual(&clock), known));
        let shared: Arc<dyn Clock> = Arc::<Belief>::clone(&belief);
        let store = Store::new(
            Arc::clone(&engine),
            Arc::clone(&shared),
            Arc::clone(&random),
            options,
            Box::new(move |effects| {
                if effects.jobs_added {
                    bell.ring();
                }
            }),
        )
        .unwrap();
        let settings = Settings::default();
        let push = WebPush::new(&settings.push, Path::new("."), Arc::clone(&shared), Arc::clone(&random));
        let context = Context {
            events: Arc::new(Hub::new(RealTimeSettings::default())),
            stopping: Stopping::new(),
            mending: Stopping::new(),
            store,
            cache: Arc::new(Cache::new()),
            random,
            keys: Arc::new(Keys::new(Secret::new([7; 32])).unwrap()),
            passwords: Arc::new(
                PasswordPool::start(1, 4, PasswordCost { memory_kib: 8, passes: 1 }).unwrap(),
            ),
            mail: Arc::new(Mailer::new(None).unwrap()),
            push: Arc::new(push.unwrap()),
            fcm: Arc::new(Fcm::new(&settings.fcm, Arc::clone(&shared)).unwrap()),
            sms: Arc::new(SmsSender::new(None, Arc::clone(&shared)).unwrap()),
            bakong: None,
            blobs: Arc::new(Blobs::in_folder(settings.store.uploads())),
            search: Arc::new(NameIndex::in_memory()),
            rooms: Rooms::of(&settings.limits),
            metrics: Arc::default(),
            extensions: Extensions::default(),
            clock: belief,
            supervision: Arc::new(Supervision::new(Arc::new(clock.clone()))),
            settings,
        };
        Self { context: Arc::new(context), clock, signal, engine }
    }

    /// The same data after a crash of the process: another store over the same engine.
    pub fn reborn(&self) -> Self {
        self.context.store.close();
        Self::over(Arc::clone(&self.engine), self.clock.clone())
    }

    pub async fn worker(&self, jobs: Jobs) -> Worker {
        self.worker_with(jobs, Arc::new(Never)).await
    }

    pub async fn worker_with(&self, jobs: Jobs, waiter: Arc<dyn Waiter>) -> Worker {
        let worker = Worker::new(Arc::clone(&self.context), jobs, self.signal.clone(), waiter);
        worker.install().await.unwrap();
        worker
    }

    pub async fn enqueue(&self, word: &str) -> JobId {
        let job = say(word);
        self.context.store.write(move |tx| jobs::enqueue(tx, &job)).await.unwrap()
    }

    pub fn job(&self, id: JobId) -> Option<JobRow> {
        self.context.store.read(|tx| JOBS.get(tx, &id)).unwrap()
    }

    pub fn all(&self) -> Vec<(JobId, JobRow)> {
        self.context.store.read(|tx| JOBS.list_prefix(tx, &())).unwrap()
    }

    pub fn verify(&self) {
        let faults = self.context.store.read(|tx| integrity::verify(tx)).unwrap();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

pub fn failure() -> Result<()> {
    Err(Error::unavailable("store_busy", 1).context("the mail server said no"))
}
