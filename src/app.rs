//! The composition root: builds the parts once, starts and stops them in order. The only file that knows them
//! all.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::{self, Listeners};
use crate::domain::migrations::MIGRATIONS;
use crate::flows;
use crate::platform::cache::Cache;
use crate::platform::clock::belief::{Belief, Clocks};
use crate::platform::clock::{Clock, Span, SystemClock};
use crate::platform::context::Context;
use crate::platform::crypto::{HASH_PATIENCE, Keys, PasswordPool};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::events::Hub;
use crate::platform::extensions::Extensions;
use crate::platform::fcm::Fcm;
use crate::platform::ids::new_uuid;
use crate::platform::jobs::{JobSignal, Jobs, SystemWaiter, Worker};
use crate::platform::mail::Mailer;
use crate::platform::metrics::Metrics;
use crate::platform::push::WebPush;
use crate::platform::random::Random;
use crate::platform::rooms::Rooms;
use crate::platform::search::NameIndex;
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::platform::sms::SmsSender;
use crate::platform::stopping::Stopping;
use crate::platform::store::{
    COMMIT_PATIENCE, Engine, EngineError, Opening, RedbEngine, RedbOptions, Store, StoreOptions,
    look_at_roots, prepare, sweep_unfinished,
};
use crate::platform::supervision::{Supervision, keep_task};

/// What a server is built from.
pub struct Parts {
    /// Settings.
    pub settings: Settings,
    /// The time.
    pub clocks: Clocks,
    /// Randomness.
    pub random: Arc<Random>,
    /// Where the data lie.
    pub engine: Arc<dyn Engine>,
    /// The key from which all others are derived.
    pub root_key: Secret<[u8; 32]>,
    /// Who runs the jobs.
    pub work: Work,
}

/// Who runs the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A worker in the background, as in production.
    InBackground,
    /// Nobody, until [`App::run_jobs`] is called.
    OnDemand,
}

/// Every kind of job.
pub(crate) fn jobs() -> Jobs {
    let mut jobs = Jobs::new();
    flows::one_time::register(&mut jobs);
    flows::clock::register(&mut jobs);
    flows::contacts::register(&mut jobs);
    flows::deletion::register(&mut jobs);
    flows::connection_codes::register(&mut jobs);
    flows::delivery::register(&mut jobs);
    flows::doses::register(&mut jobs);
    flows::events::register(&mut jobs);
    flows::jobs::register(&mut jobs);
    flows::medicines::register(&mut jobs);
    flows::prescriptions::register(&mut jobs);
    flows::storage::register(&mut jobs);
    flows::vitals::register(&mut jobs);
    jobs
}

/// The jobs, no faster than the servers behind the ways out take them.
fn limited_jobs(settings: &Settings) -> Jobs {
    let mut jobs = jobs();
    if let Some(limit) = settings.mail.as_ref().and_then(|mail| mail.messages_per_minute) {
        jobs.limit("email", limit);
    }
    if let Some(sms) = &settings.sms {
        jobs.limit("sms", sms.requests_per_minute);
    }
    jobs
}

impl Parts {
    /// The operating system's clock and randomness, and the file in the data directory.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn of_system(settings: Settings, root_key: Secret<[u8; 32]>) -> Result<Self> {
        Self::open(settings, root_key, 1, Opening::AsItIs)
    }

    /// [`Parts::of_system`], opening the data directory as somebody said.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn of_system_as(settings: Settings, root_key: Secret<[u8; 32]>, opening: Opening) -> Result<Self> {
        Self::open(settings, root_key, 1, opening)
    }

    /// [`Parts::of_system`] for a store that is being filled and worth nothing when that is interrupted: only one of
    /// `sync_every` commits is durable until it is closed.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn of_system_syncing(
        settings: Settings,
        root_key: Secret<[u8; 32]>,
        sync_every: u32,
    ) -> Result<Self> {
        Self::open(settings, root_key, sync_every, Opening::AsItIs)
    }

    fn open(
        settings: Settings,
        root_key: Secret<[u8; 32]>,
        sync_every: u32,
        opening: Opening,
    ) -> Result<Self> {
        let place = settings.store.place();
        std::fs::create_dir_all(&place.directory)
            .map_err(|error| Error::internal(format!("{}: {error}", place.directory.display())))?;
        let lock = place.lock().map_err(|error| error.unavailable())?;
        let cache_bytes = settings.store.cache_mib.saturating_mul(1024 * 1024);
        let options = RedbOptions { cache_bytes, sync_every };
        let engine = look_at_file(&place.file)
            .and_then(|()| RedbEngine::open(place.file.clone(), options))
            .map_err(|error| cannot_open(&place.file, &error))?
            .holding(lock);
        let snapshots = settings.store.snapshots();
        sweep_unfinished(&snapshots);
        prepare(&engine, MIGRATIONS, Some(&snapshots), &SystemClock, &Random::System)?;
        let keys = Keys::new(root_key.clone())?;
        place.identify(&engine, opening, new_uuid(SystemClock.now(), &Random::System)?, |id| {
            keys.mac("clinic", &[id])
        })?;
        Ok(Self {
            settings,
            clocks: Clocks::of_system(),
            random: Arc::new(Random::System),
            engine: Arc::new(engine),
            root_key,
            work: Work::InBackground,
        })
    }

    /// Puts the parts together, without serving anything yet.
    ///
    /// # Errors
    /// When a thread cannot be started, or the settings of a way out are wrong.
    pub fn assemble(self) -> Result<(Arc<Context>, JobSignal)> {
        let cache = Arc::new(Cache::new());
        let signal = JobSignal::new();
        let events = Arc::new(Hub::new(self.settings.real_time.clone()));
        let supervision = Arc::new(Supervision::new(Arc::clone(&self.clocks.awake)));
        let belief = Arc::new(believed(self.clocks, self.engine.as_ref()));
        let clock: Arc<dyn Clock> = Arc::<Belief>::clone(&belief);
        let (touched, bell, hub) = (Arc::clone(&cache), signal.clone(), Arc::clone(&events));
        let pulse = supervision.part("store-writer", COMMIT_PATIENCE);
        let commit_pulse = supervision.part("store-committer", COMMIT_PATIENCE);
        let store = Store::new(
            self.engine,
            Arc::clone(&clock),
            Arc::clone(&self.random),
            StoreOptions { pulse, commit_pulse, ..StoreOptions::default() },
            Box::new(move |effects| {
                // The cache first: whoever is woken must not find what was true before.
                touched.apply(effects);
                hub.hear(effects);
                if effects.jobs_added {
                    bell.ring();
                }
            }),
        )?;
        let Settings { auth, store: files, .. } = &self.settings;
        let random = Arc::clone(&self.random);
        let push = WebPush::new(&self.settings.push, &files.directory, Arc::clone(&clock), random)?;
        let fcm = Fcm::new(&self.settings.fcm, Arc::clone(&clock))?;
        let sms = SmsSender::new(self.settings.sms.clone(), clock)?;
        let queue = usize::try_from(auth.hash_queue).unwrap_or(usize::MAX);
        let passwords = PasswordPool::start_watched(auth.hash_threads, queue, auth.password_cost, |name| {
            supervision.part(name, HASH_PATIENCE)
        })?;
        let context = Context {
            store,
            cache,
            events,
            stopping: Stopping::new(),
            clock: belief,
            supervision,
            random: self.random,
            keys: Arc::new(Keys::new(self.root_key)?),
            passwords: Arc::new(passwords),
            mail: Arc::new(Mailer::new(self.settings.mail.clone())?),
            push: Arc::new(push),
            fcm: Arc::new(fcm),
            sms: Arc::new(sms),
            search: Arc::new(NameIndex::in_folder(self.settings.store.search_folder())),
            rooms: Rooms::of(&self.settings.limits),
            metrics: Arc::new(Metrics::default()),
            extensions: Extensions::default(),
            settings: self.settings,
        };
        Ok((Arc::new(context), signal))
    }
}

/// A server that runs. Dropping it does not stop it: call [`App::stop`].
pub struct App {
    context: Arc<Context>,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    serving: JoinHandle<()>,
    working: Working,
    /// Brings the search index up to date.
    catching_up: JoinHandle<()>,
    /// Reads every page of the data file once.
    looking_over: JoinHandle<()>,
}

/// The jobs' worker and who watches the clock.
enum Working {
    InBackground { worker: JoinHandle<()>, clock: JoinHandle<()> },
    OnDemand(Box<tokio::sync::Mutex<Worker>>),
}

/// A part that does nothing but wait blocks its thread when it is not back after this.
const POLL_PATIENCE: Span = Span::seconds(30);

impl App {
    /// Starts everything: the store is open already, then jobs, then the API.
    ///
    /// # Errors
    /// When the address is taken or the store cannot be used.
    pub async fn start(parts: Parts) -> Result<Self> {
        let work = parts.work;
        let (context, signal) = parts.assemble()?;
        let (api, address) = listen(context.settings.server.listen).await?;
        let (admin, admin_address) = match context.settings.server.admin_listen {
            Some(wanted) => listen(wanted).await.map(|(door, address)| (Some(door), Some(address)))?,
            None => (None, None),
        };
        let worker = Worker::new(
            Arc::clone(&context),
            limited_jobs(&context.settings),
            signal,
            Arc::new(SystemWaiter),
        );
        unless_damaged("schedules", worker.install().await)?;
        unless_damaged("clock", flows::clock::start(&context).await)?;
        unless_damaged("doses", flows::doses::start(&context).await)?;
        unless_damaged("medicines", flows::medicines::start(&context).await)?;
        let looking_over = flows::storage::start(&context);
        let catching_up = keep(&context, "search", {
            let context = Arc::clone(&context);
            move || {
                let context = Arc::clone(&context);
                async move { flows::medicines::open_search(&context).await }
            }
        });
        let working = match work {
            Work::InBackground => in_background(&context, worker),
            Work::OnDemand => Working::OnDemand(Box::new(tokio::sync::Mutex::new(worker))),
        };
        let serving = keep(&context, "listener", {
            let context = Arc::clone(&context);
            move || serve(api.try_clone(), admin.as_ref().map(StdListener::try_clone).transpose(), &context)
        });
        Ok(Self { context, address, admin_address, serving, working, catching_up, looking_over })
    }

    /// Runs every job that is due, and those that they enqueue, and says how many. Does nothing when a worker
    /// runs in the background.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn run_jobs(&self) -> Result<u64> {
        match &self.working {
            Working::InBackground { .. } => Ok(0),
            Working::OnDemand(worker) => {
                flows::clock::tend(&self.context).await?;
                worker.lock().await.run_until_idle().await
            }
        }
    }

    /// The address on which the API answers; the port is the real one when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of `/metrics`, when it is wanted.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The parts of the server.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Stops in the reverse order: streams end, no new requests, requests in flight finish, jobs in hand finish or are given
    /// back, then the store closes.
    ///
    /// # Errors
    /// When the listener failed while it ran.
    pub async fn stop(self) -> Result<()> {
        self.context.stopping.begin();
        ended("listener", self.serving.await);
        let patience = Duration::from_secs(self.context.settings.server.drain_seconds);
        if tokio::time::timeout(patience, self.context.events.emptied()).await.is_err() {
            tracing::warn!(open = self.context.events.places_taken(), "streams of events are cut off");
        }
        match self.working {
            Working::InBackground { worker, clock } => {
                ended("jobs", worker.await);
                ended("clock", clock.await);
            }
            Working::OnDemand(worker) => worker.into_inner().stop().await,
        }
        ended("search", self.catching_up.await);
        ended("survey", self.looking_over.await);
        let store = self.context.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        closed.map_err(|error| Error::internal(format!("store did not close: {error}")))
    }
}

/// Why the data file cannot be opened; of a damaged one, what to do.
fn cannot_open(file: &Path, error: &EngineError) -> Error {
    match error {
        EngineError::Corrupted(_) => Error::unavailable("store_unavailable", 1).context(format!(
            "{error}. Nothing was changed. Restore a backup (`das-tern backup restore`); `das-tern doctor --file {0}` \
             says what is damaged, and `das-tern salvage {0} NEW` takes what can still be read into a new file",
            file.display()
        )),
        _ => error.unavailable(),
    }
}

/// Looks at what the engine trusts without looking. Where there is no file yet, the engine makes it.
fn look_at_file(path: &Path) -> Result<(), EngineError> {
    match std::fs::File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|found| found.len() > 0) => look_at_roots(&file),
        _ => Ok(()),
    }
}

/// A damaged page keeps only what needs it from being prepared: everybody else is served all the same.
fn unless_damaged(what: &'static str, done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() == Kind::Damaged => {
            tracing::error!(what, %error, "the data are damaged, so this could not be prepared");
            Ok(())
        }
        done => done,
    }
}

/// What is believed of the time, measured by what the store knows.
fn believed(clocks: Clocks, engine: &dyn Engine) -> Belief {
    let known = Store::known_time(engine).unwrap_or_else(|error| {
        tracing::warn!(%error, "the time of the last commit cannot be read, the clock is believed");
        None
    });
    Belief::new(clocks, known)
}

/// Runs a task as long as the server lives.
fn keep<F>(
    context: &Arc<Context>,
    name: &'static str,
    start: impl FnMut() -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let pulse = context.supervision.part(name, POLL_PATIENCE);
    tokio::spawn(keep_task(pulse, Arc::new(SystemWaiter), context.stopping.clone(), start))
}

fn in_background(context: &Arc<Context>, worker: Worker) -> Working {
    let (stopping, pulse) = (context.stopping.clone(), worker.pulse());
    let worker = Arc::new(tokio::sync::Mutex::new(worker));
    let attend = move || {
        let (worker, stopping) = (Arc::clone(&worker), stopping.clone());
        async move {
            worker.lock().await.attend(async move { stopping.begun().await }).await;
            Ok(())
        }
    };
    let worker = tokio::spawn(keep_task(pulse, Arc::new(SystemWaiter), context.stopping.clone(), attend));
    let clock = keep(context, "clock", {
        let context = Arc::clone(context);
        move || flows::clock::watch(Arc::clone(&context), Arc::new(SystemWaiter))
    });
    Working::InBackground { worker, clock }
}

/// Serves at these doors until the server stops. They are copies: when it falls, connections wait at the originals
/// until it serves again.
fn serve(
    api: std::io::Result<StdListener>,
    admin: std::io::Result<Option<StdListener>>,
    context: &Arc<Context>,
) -> impl Future<Output = Result<()>> + Send + use<> {
    let context = Arc::clone(context);
    async move {
        let failed = |error| Error::internal(format!("serving failed: {error}"));
        let api = TcpListener::from_std(api.map_err(failed)?).map_err(failed)?;
        let admin = admin.map_err(failed)?.map(TcpListener::from_std).transpose().map_err(failed)?;
        api::serve(Listeners { api, admin }, context).await.map_err(failed)
    }
}

/// A part that is kept alive ends only with the server.
fn ended(part: &'static str, how: Result<(), tokio::task::JoinError>) {
    if let Err(error) = how {
        tracing::error!(part, %error, "a part of the server did not end in order");
    }
}

async fn listen(wanted: SocketAddr) -> Result<(StdListener, SocketAddr)> {
    let failed = |error| Error::internal(format!("cannot listen on {wanted}: {error}"));
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener.into_std().map_err(failed)?, address))
}
