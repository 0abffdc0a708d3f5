//! How the server itself is doing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::payments::{ProviderStatus, provider};
use crate::domain::auth::model::Caller;
use crate::domain::auth::tables::{CREDENTIALS, SECOND_FACTORS};
use crate::domain::connections::tables::CONNECTIONS;
use crate::domain::damage;
use crate::domain::gate;
use crate::domain::losses::{Acknowledged, LOSSES};
use crate::domain::notifications::health::{FAILING, Failing, UNSENT, Unsent};
use crate::domain::notifications::model::Carrier;
use crate::domain::notifications::tables::NOTIFICATIONS;
use crate::domain::users::model::Role;
use crate::domain::users::tables::USERS;
use crate::platform::cache::Region;
use crate::platform::clock::Timestamp;
use crate::platform::clock::belief::Doubt;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::{BY_DUE, JOBS, JobState, QUEUES, RECURRING};
use crate::platform::store::{AnyTable, Direction, Reader, Step, Store, StoreStatus, readable};
use crate::platform::supervision::PartReport;

/// Jobs of one queue in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// The queue.
    pub queue: String,
    /// `WAITING`, `RUNNING` or `DEAD`.
    pub state: &'static str,
    /// How many.
    pub count: u64,
}

/// Hits and misses of one region of the cache.
#[derive(Debug, Clone)]
pub struct CacheCount {
    /// The region.
    pub region: &'static str,
    /// Lookups answered from the cache.
    pub hits: u64,
    /// Lookups that went to the store.
    pub misses: u64,
}

/// What the operating system says about this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessUsage {
    /// Resident memory.
    pub resident_bytes: Option<u64>,
    /// Processor time used by all threads.
    pub processor_milliseconds: Option<u64>,
}

/// Whether messages can leave by a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CarrierState {
    /// It is configured, and nothing is known against it.
    Configured,
    /// The clinic has not configured it.
    NotConfigured,
    /// It is configured and the last attempt failed.
    Failing,
}

/// How one carrier is doing.
#[derive(Debug, Clone)]
pub struct CarrierStatus {
    /// Which.
    pub carrier: Carrier,
    /// Whether messages can leave by it.
    pub state: CarrierState,
    /// Since when it fails, and how.
    pub failing: Option<Failing>,
    /// Messages that are still to be sent.
    pub waiting_jobs: u64,
    /// Messages whose attempts are used up.
    pub dead_letters: u64,
    /// Messages that ended before they were sent.
    pub unsent: Unsent,
}

/// What the data file is like.
#[derive(Debug, Clone, Default)]
pub struct FileState {
    /// Its bytes, once it was looked over.
    pub bytes: Option<u64>,
    /// Bytes of them that hold something.
    pub used_bytes: Option<u64>,
    /// Whether making it smaller is worth a stop.
    pub worth_compacting: bool,
    /// Every damage that is known, in words.
    pub damage: Vec<String>,
    /// When an admin took note of all rows that are lost.
    pub acknowledged_at: Option<Timestamp>,
}

/// The note that an admin took of everything that is lost; nothing when nobody did.
pub fn losses_acknowledged(store: &Store) -> Option<Acknowledged> {
    let newest = store.lost().iter().map(|rows| rows.at).max();
    let losses = store.read(|tx| readable(|| LOSSES.get(tx, &())));
    losses.unwrap_or_default()?.acknowledged(newest).cloned()
}

/// What lost rows mean for others than those who ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// People: some cannot sign in, perhaps all who could do something about it.
    People,
    /// Who cares for whom, or messages: somebody may not hear of what they should.
    Messages,
}

/// What is lost of this kind, unless somebody has taken note of it.
pub fn unnoticed_losses(store: &Store) -> Vec<Loss> {
    let lost = |tables: &[u16]| {
        store.lost().iter().any(|rows| rows.table().is_some_and(|table| tables.contains(&table)))
    };
    let kinds = [
        (Loss::People, lost(&[USERS.number(), CREDENTIALS.number(), SECOND_FACTORS.number()])),
        (Loss::Messages, lost(&[CONNECTIONS.number(), NOTIFICATIONS.number()])),
    ];
    let lost: Vec<Loss> = kinds.into_iter().filter(|(_, is_lost)| *is_lost).map(|(kind, _)| kind).collect();
    if lost.is_empty() || losses_acknowledged(store).is_some() { Vec::new() } else { lost }
}

fn file_state(store: &Store, acknowledged_at: Option<Timestamp>) -> FileState {
    const SHOWN_MAX: usize = 100;
    let survey = store.surveyed();
    let pages = survey.iter().flat_map(|survey| &survey.faults).take(SHOWN_MAX).map(damage::in_words);
    FileState {
        bytes: survey.as_ref().map(|survey| survey.file_bytes),
        used_bytes: survey.as_ref().map(|survey| survey.used_bytes),
        worth_compacting: survey.as_ref().is_some_and(|survey| survey.is_mostly_free()),
        damage: pages
            .chain(store.lost().iter().chain(store.passed()).map(damage::lost_in_words))
            .chain(store.damage())
            .collect(),
        acknowledged_at,
    }
}

/// How the server is doing.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Whether changes can be saved.
    pub writable: bool,
    /// What the data file is like.
    pub file: FileState,
    /// Durable commits since the start.
    pub commits: u64,
    /// Transactions since the start.
    pub writes: u64,
    /// How messages leave.
    pub carriers: Vec<CarrierStatus>,
    /// Jobs that are not finished.
    pub jobs: Vec<JobCount>,
    /// The cache, by region.
    pub cache: Vec<CacheCount>,
    /// Memory and processor time.
    pub process: ProcessUsage,
    /// How the parts of the server are doing.
    pub parts: Vec<PartReport>,
    /// What could not be read, with the reason.
    pub damaged: Vec<Damage>,
    /// Why the wall clock is not believed, if so.
    pub doubt: Option<Doubt>,
    /// What the wall clock shows.
    pub wall: Timestamp,
    /// How payments are doing.
    pub payments: ProviderStatus,
}

/// A part of the data that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Which.
    pub what: &'static str,
    /// What is wrong with it.
    pub why: String,
}

/// Reads one part of the overview; what cannot be read is named and left out.
fn or_damaged<T: Default>(
    damaged: &mut Vec<Damage>,
    what: &'static str,
    read: impl FnOnce() -> Result<T>,
) -> T {
    readable(read).unwrap_or_else(|error| {
        damaged.push(Damage { what, why: error.to_string() });
        T::default()
    })
}

/// The overview for clinic staff.
///
/// # Errors
/// `role_not_allowed`, or when the storage cannot be read.
pub async fn overview(context: &Context, caller: &Caller) -> Result<Overview> {
    let (jobs, failing, unsent, payments, damaged) = gate::read(context, caller, "server.status", |tx| {
        caller.with_role(Role::Admin)?;
        let mut damaged = Vec::new();
        let jobs = or_damaged(&mut damaged, "jobs", || count_jobs(tx));
        let failing = or_damaged(&mut damaged, "channels", || FAILING.list_prefix(tx, &()));
        let unsent = or_damaged(&mut damaged, "unsent messages", || UNSENT.list_prefix(tx, &()));
        or_damaged(&mut damaged, "queues", || look_at_queues(tx));
        let payments = or_damaged(&mut damaged, "payments", || provider(context, tx));
        Ok((jobs, failing, unsent, payments, damaged))
    })
    .await?;
    let carriers = Carrier::ALL.map(|carrier| {
        let failing = failing.iter().find(|(name, _)| name == carrier.queue());
        let unsent = unsent.iter().find(|(name, _)| name == carrier.queue());
        CarrierStatus {
            unsent: unsent.map(|(_, unsent)| *unsent).unwrap_or_default(),
            ..carrier_status(context, carrier, failing.map(|(_, failing)| failing.clone()), &jobs)
        }
    });
    let (commits, writes) = context.store.counts();
    let cache = Region::ALL.map(|region| {
        let (hits, misses) = context.cache.counts(region);
        CacheCount { region: region.name(), hits, misses }
    });
    Ok(Overview {
        writable: context.store.status() == StoreStatus::Ready,
        file: file_state(&context.store, losses_acknowledged(&context.store).map(|known| known.at)),
        commits,
        writes,
        carriers: carriers.into(),
        jobs,
        cache: cache.into(),
        process: process_usage(),
        parts: context.supervision.report(),
        damaged,
        doubt: context.clock.doubt(),
        wall: context.clock.wall(),
        payments,
    })
}

/// Reads what the worker reads: the counts come from the jobs themselves, not from the order in which they are due.
fn look_at_queues(tx: &dyn Reader) -> Result<()> {
    BY_DUE.visit_prefix(tx, &(), Direction::Forward, |_, _| Ok(Step::Continue))?;
    QUEUES.visit_prefix(tx, &(), Direction::Forward, |_, _| Ok(Step::Continue))?;
    RECURRING.visit_prefix(tx, &(), Direction::Forward, |_, _| Ok(Step::Continue))
}

fn carrier_status(
    context: &Context,
    carrier: Carrier,
    failing: Option<Failing>,
    jobs: &[JobCount],
) -> CarrierStatus {
    let is_configured = match carrier {
        Carrier::Email => context.mail.is_configured(),
        Carrier::WebPush => context.push.is_configured(),
        Carrier::Fcm => context.fcm.is_configured(),
        Carrier::Sms => context.sms.is_configured(),
    };
    let count = |states: &[&str]| {
        let counted = jobs.iter().filter(|job| job.queue == carrier.queue() && states.contains(&job.state));
        counted.map(|job| job.count).sum()
    };
    CarrierStatus {
        carrier,
        state: match (is_configured, &failing) {
            (false, _) => CarrierState::NotConfigured,
            (true, Some(_)) => CarrierState::Failing,
            (true, None) => CarrierState::Configured,
        },
        failing: failing.filter(|_| is_configured),
        waiting_jobs: count(&["WAITING", "RUNNING"]),
        dead_letters: count(&["DEAD"]),
        unsent: Unsent::default(),
    }
}

/// Jobs that are not finished, by queue and state.
///
/// # Errors
/// When the storage cannot be read.
pub async fn job_counts(context: &Context) -> Result<Vec<JobCount>> {
    gate::read(context, &Caller::system("status"), "job.count", |tx| readable(|| count_jobs(tx))).await
}

fn count_jobs(tx: &dyn Reader) -> Result<Vec<JobCount>> {
    let mut counts: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    JOBS.visit_prefix(tx, &(), Direction::Forward, |_, job| {
        *counts.entry((job.queue, state_name(job.state))).or_default() += 1;
        Ok(Step::Continue)
    })?;
    Ok(counts.into_iter().map(|((queue, state), count)| JobCount { queue, state, count }).collect())
}

const fn state_name(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "WAITING",
        JobState::Running => "RUNNING",
        JobState::Dead => "DEAD",
    }
}

/// Reads `/proc`; on systems without it nothing is known.
pub fn process_usage() -> ProcessUsage {
    /// Linux counts processor time in hundredths of a second (`USER_HZ`).
    const MILLISECONDS_PER_TICK: u64 = 10;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        let kilobytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim();
        kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    });
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the name in brackets and may hold spaces; utime and stime are the 12th and 13th after it.
    let ticks = stat.rsplit_once(')').and_then(|(_, rest)| {
        let mut times = rest.split_whitespace().skip(11).map_while(|field| field.parse::<u64>().ok());
        Some(times.next()? + times.next()?)
    });
    ProcessUsage {
        resident_bytes: resident,
        processor_milliseconds: ticks.map(|ticks| ticks * MILLISECONDS_PER_TICK),
    }
}
