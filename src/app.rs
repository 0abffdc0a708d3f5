//! The composition root: builds the parts once, starts and stops them in order. The only file that knows them
//! all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::{self, Listeners};
use crate::domain::migrations::MIGRATIONS;
use crate::flows;
use crate::platform::cache::Cache;
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::context::Context;
use crate::platform::crypto::{Keys, PasswordPool};
use crate::platform::error::{Error, Result};
use crate::platform::events::Hub;
use crate::platform::fcm::Fcm;
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
use crate::platform::store::{Engine, RedbEngine, RedbOptions, Store, StoreOptions, prepare};

/// What a server is built from.
pub struct Parts {
    /// Settings.
    pub settings: Settings,
    /// The time.
    pub clock: Arc<dyn Clock>,
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
    flows::contacts::register(&mut jobs);
    flows::deletion::register(&mut jobs);
    flows::connection_codes::register(&mut jobs);
    flows::delivery::register(&mut jobs);
    flows::doses::register(&mut jobs);
    flows::events::register(&mut jobs);
    flows::jobs::register(&mut jobs);
    flows::medicines::register(&mut jobs);
    flows::prescriptions::register(&mut jobs);
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
        Self::of_system_syncing(settings, root_key, 1)
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
        let directory = &settings.store.directory;
        std::fs::create_dir_all(directory)
            .map_err(|error| Error::internal(format!("{}: {error}", directory.display())))?;
        let cache_bytes = settings.store.cache_mib.saturating_mul(1024 * 1024);
        let options = RedbOptions { cache_bytes, sync_every };
        let engine = RedbEngine::open(settings.store.file(), options)
            .map_err(|error| Error::unavailable("store_unavailable", 1).context(error))?;
        let snapshots = settings.store.snapshots();
        prepare(&engine, MIGRATIONS, Some(&snapshots), &SystemClock, &Random::System)?;
        Ok(Self {
            settings,
            clock: Arc::new(SystemClock),
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
        let (touched, bell, hub) = (Arc::clone(&cache), signal.clone(), Arc::clone(&events));
        let store = Store::new(
            self.engine,
            Arc::clone(&self.clock),
            Arc::clone(&self.random),
            StoreOptions::default(),
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
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let push = WebPush::new(&self.settings.push, &files.directory, clock, random)?;
        let fcm = Fcm::new(&self.settings.fcm, Arc::clone(&self.clock))?;
        let sms = SmsSender::new(self.settings.sms.clone(), Arc::clone(&self.clock))?;
        let queue = usize::try_from(auth.hash_queue).unwrap_or(usize::MAX);
        let context = Context {
            store,
            cache,
            events,
            stopping: Stopping::new(),
            clock: self.clock,
            random: self.random,
            keys: Arc::new(Keys::new(self.root_key)?),
            passwords: Arc::new(PasswordPool::start(auth.hash_threads, queue, auth.password_cost)?),
            mail: Arc::new(Mailer::new(self.settings.mail.clone())?),
            push: Arc::new(push),
            fcm: Arc::new(fcm),
            sms: Arc::new(sms),
            search: Arc::new(NameIndex::in_folder(self.settings.store.search_folder())),
            rooms: Rooms::of(&self.settings.limits),
            metrics: Arc::new(Metrics::default()),
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
    serving: JoinHandle<std::io::Result<()>>,
    working: Working,
    /// Brings the search index up to date.
    catching_up: JoinHandle<()>,
}

/// The jobs' worker.
enum Working {
    InBackground(JoinHandle<()>),
    OnDemand(Box<tokio::sync::Mutex<Worker>>),
}

impl App {
    /// Starts everything: the store is open already, then jobs, then the API.
    ///
    /// # Errors
    /// When the address is taken or the store cannot be used.
    pub async fn start(parts: Parts) -> Result<Self> {
        let work = parts.work;
        let (context, signal) = parts.assemble()?;
        let (listener, address) = listen(context.settings.server.listen).await?;
        let (admin, admin_address) = match context.settings.server.admin_listen {
            Some(wanted) => {
                listen(wanted).await.map(|(listener, address)| (Some(listener), Some(address)))?
            }
            None => (None, None),
        };
        let stopping = context.stopping.clone();
        let jobs = limited_jobs(&context.settings);
        let worker = Worker::new(Arc::clone(&context), jobs, signal, Arc::new(SystemWaiter));
        worker.install().await?;
        flows::doses::start(&context).await?;
        let catching_up = flows::medicines::start(&context).await?;
        let working = match work {
            Work::InBackground => Working::InBackground({
                let stopping = stopping.clone();
                tokio::spawn(worker.run(async move { stopping.begun().await }))
            }),
            Work::OnDemand => Working::OnDemand(Box::new(tokio::sync::Mutex::new(worker))),
        };
        let serving = tokio::spawn(api::serve(Listeners { api: listener, admin }, Arc::clone(&context)));
        Ok(Self { context, address, admin_address, serving, working, catching_up })
    }

    /// Runs every job that is due, and those that they enqueue, and says how many. Does nothing when a worker
    /// runs in the background.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn run_jobs(&self) -> Result<u64> {
        match &self.working {
            Working::InBackground(_) => Ok(0),
            Working::OnDemand(worker) => worker.lock().await.run_until_idle().await,
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
        let served = self.serving.await;
        let patience = Duration::from_secs(self.context.settings.server.drain_seconds);
        if tokio::time::timeout(patience, self.context.events.emptied()).await.is_err() {
            tracing::warn!(open = self.context.events.places_taken(), "streams of events are cut off");
        }
        match self.working {
            Working::InBackground(working) => {
                if working.await.is_err() {
                    tracing::error!("the jobs' worker ended by a panic");
                }
            }
            Working::OnDemand(worker) => worker.into_inner().stop().await,
        }
        if self.catching_up.await.is_err() {
            tracing::error!("bringing the search index up to date ended by a panic");
        }
        let store = self.context.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        closed.map_err(|error| Error::internal(format!("store did not close: {error}")))?;
        match served {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::internal(format!("serving failed: {error}"))),
            Err(error) => Err(Error::internal(format!("serving ended: {error}"))),
        }
    }
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |error| Error::internal(format!("cannot listen on {wanted}: {error}"));
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
