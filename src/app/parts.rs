//! What a server is built from, and how its parts are put together.

use std::path::Path;
use std::sync::Arc;

use crate::domain::migrations::MIGRATIONS;
use crate::flows;
use crate::flows::mending::{self, look_at_file};
use crate::platform::bakong::client::BakongClient;
use crate::platform::blobs::Blobs;
use crate::platform::cache::Cache;
use crate::platform::clock::belief::{Belief, Clocks};
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::context::Context;
use crate::platform::crypto::{HASH_PATIENCE, Keys, PasswordPool};
use crate::platform::error::{Error, Result};
use crate::platform::events::Hub;
use crate::platform::extensions::Extensions;
use crate::platform::fcm::Fcm;
use crate::platform::ids::new_uuid;
use crate::platform::jobs::{JobSignal, Jobs};
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
    COMMIT_PATIENCE, Engine, EngineError, Opening, RedbEngine, RedbOptions, Store, StoreOptions, Survey,
    prepare, sweep_unfinished,
};
use crate::platform::supervision::Supervision;

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
    /// What its pages are like, when somebody has looked just now and found none damaged.
    pub surveyed: Option<Survey>,
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
    /// Nobody, until [`super::App::run_jobs`] is called.
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
    flows::payments::register(&mut jobs);
    flows::photos::register(&mut jobs);
    flows::prescriptions::register(&mut jobs);
    flows::safety_notes::register(&mut jobs);
    flows::storage::register(&mut jobs);
    flows::subscriptions::register(&mut jobs);
    flows::vitals::register(&mut jobs);
    jobs
}

/// The jobs as the settings want them: no faster than the servers behind the ways out take them.
pub(super) fn limited_jobs(settings: &Settings) -> Jobs {
    let mut jobs = jobs();
    flows::storage::schedule(&mut jobs, &settings.store);
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
        let (surveyed, engine) = look_at_file(&place.file)
            .inspect(mending::tell)
            .and_then(|looked| Ok((looked.sound, RedbEngine::open(place.file.clone(), options)?)))
            .map_err(|error| cannot_open(&place.file, &error))?;
        let engine = engine.holding(lock);
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
            surveyed,
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
        if let Some(survey) = self.surveyed {
            store.know(survey);
        }
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
            blobs: Arc::new(Blobs::in_folder(self.settings.store.uploads())),
            cache,
            events,
            stopping: Stopping::new(),
            mending: Stopping::new(),
            clock: belief,
            supervision,
            random: self.random,
            keys: Arc::new(Keys::new(self.root_key)?),
            passwords: Arc::new(passwords),
            mail: Arc::new(Mailer::new(self.settings.mail.clone())?),
            push: Arc::new(push),
            fcm: Arc::new(fcm),
            sms: Arc::new(sms),
            bakong: way_to_bakong(&self.settings)?,
            search: Arc::new(NameIndex::in_folder(self.settings.store.search_folder())),
            rooms: Rooms::of(&self.settings.limits),
            metrics: Arc::new(Metrics::default()),
            extensions: Extensions::default(),
            settings: self.settings,
        };
        Ok((Arc::new(context), signal))
    }
}

/// Nobody asks Bakong without a token.
fn way_to_bakong(settings: &Settings) -> Result<Option<BakongClient>> {
    let may_ask = settings.bakong.as_ref().filter(|bakong| bakong.asks());
    may_ask.map(|bakong| BakongClient::new(&bakong.api_url, bakong.ca_file.as_deref())).transpose()
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

/// What is believed of the time, measured by what the store knows.
fn believed(clocks: Clocks, engine: &dyn Engine) -> Belief {
    let known = Store::known_time(engine).unwrap_or_else(|error| {
        tracing::warn!(%error, "the time of the last commit cannot be read, the clock is believed");
        None
    });
    Belief::new(clocks, known)
}
