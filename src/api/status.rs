//! Is the server alive, is it ready, how is it doing.

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::http::StatusCode;
use poem::{IntoResponse, Route, get};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::frame::text_response;
use super::input::Body;
use super::output::NoContent;
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::losses::Acknowledged;
use crate::domain::notifications::model::Carrier;
use crate::flows;
use crate::platform::clock::Timestamp;
use crate::platform::clock::belief::Cause as ClockDoubt;
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::platform::store::StoreStatus;
use crate::platform::supervision::{PartReport, PartState};
use crate::views::payments::Provider;
use crate::views::status::{self, CacheCount, CarrierState, CarrierStatus, JobCount, Loss, Overview};

named_lists! {
    /// Whether messages can leave by a channel.
    status::CarrierState as "ChannelState": Configured, NotConfigured, Failing;
    /// How a part of the server is doing: late when it gave no sign of life in time, down when it fell and is about to
    /// start again.
    PartState as "ServerPartState": Alive, Hindered, Late, Down, Ended;
    /// Where payments go, and how it becomes known that they were paid. ACCOUNT: codes for the clinic's account, of which
    /// signed messages and clinic staff tell. BAKONG_API: Bakong is asked as well.
    Provider as "PaymentProvider": NotConfigured, Account, BakongApi;
    /// Why the machine's clock is not believed.
    ClockDoubt as "ClockDoubt": JumpedForward, JumpedBack, BehindStore, FarAheadOfStore;
}

/// How the server is doing.
pub struct StatusApi(pub Arc<Context>);

/// How the server is doing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ServerStatus {
    /// Version of the program.
    version: String,
    /// The server's time.
    time: Instant,
    /// Whether changes can be saved.
    store_writable: bool,
    /// What the data file is like.
    data_file: DataFileStatus,
    /// Durable commits since the start.
    commits: u64,
    /// Transactions since the start; divided by the commits, the size of the groups that share one.
    writes: u64,
    /// How messages leave the application.
    channels: ChannelStatuses,
    /// Resident memory in bytes.
    memory_bytes: Option<u64>,
    /// Processor time used since the start, in milliseconds.
    processor_milliseconds: Option<u64>,
    /// Jobs that are not finished.
    jobs: Vec<JobCountView>,
    /// The cache, by region.
    cache: Vec<CacheCountView>,
    /// The parts of the server that live as long as it does.
    parts: Vec<PartView>,
    /// What of the data could not be read.
    damaged: Vec<DamageView>,
    /// Whether the machine's clock is believed.
    clock: ClockView,
    /// How payments are doing.
    payments: PaymentsStatus,
}

/// How payments are doing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PaymentsStatus {
    /// Where payments go.
    provider: Provider,
    /// Calls to Bakong that are left today; null where it is not asked.
    calls_left: Option<u32>,
    /// Whether Bakong refused the token today.
    token_refused: bool,
    /// When the token is over; null where there is none, or it does not say.
    token_expires_at: Option<Instant>,
    /// Payments that a person has to look at.
    to_review: u64,
}

/// A part of the server.
#[derive(Debug, Object)]
#[oai(rename = "ServerPart", rename_all = "camelCase")]
pub struct PartView {
    /// Its name.
    name: String,
    /// How it is doing.
    state: PartState,
    /// Seconds since its last sign of life; one that waits for work gives none.
    silent_seconds: i64,
    /// How often it fell and was started again.
    restarts: u32,
    /// Why it fell last, or what hinders it.
    why: Option<String>,
    /// The patients to whom it cannot see.
    passed_over: Vec<UserId>,
}

impl PartView {
    fn of(part: PartReport) -> Self {
        Self {
            name: part.name,
            state: part.state,
            silent_seconds: part.silent_for.as_milliseconds() / 1_000,
            restarts: part.restarts,
            why: part.why,
            passed_over: part.passed_over.into_iter().map(UserId).collect(),
        }
    }
}

/// A part of the data that cannot be read.
#[derive(Debug, Object)]
#[oai(rename = "DataDamage")]
pub struct DamageView {
    /// Which.
    what: String,
    /// What is wrong with it.
    why: String,
}

/// The machine's clock.
#[derive(Debug, Object)]
#[oai(rename = "ClockStatus", rename_all = "camelCase")]
pub struct ClockView {
    /// Whether it is believed. While it is not, no dose counts as missed, no right ends and nothing is deleted.
    believed: bool,
    /// What it shows; `time` is the time that holds.
    shows: Instant,
    /// Why it is not believed.
    doubt: Option<ClockDoubt>,
    /// Since when, by the time that holds.
    since: Option<Instant>,
}

/// What the data file is like. It is looked over before the start and every `store.look_minutes`.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DataFileStatus {
    /// Its size in bytes; null until it was looked over.
    bytes: Option<u64>,
    /// Bytes of it that hold something; the others are reused.
    used_bytes: Option<u64>,
    /// Whether it is worth making it smaller, with `das-tern compact` while the server is stopped.
    worth_compacting: bool,
    /// Every damaged page that is known, with the tables and keys that were on it; normally none.
    damage: Vec<String>,
    /// When an admin took note of all rows that are lost; since then they do not keep `/readyz` from saying ready.
    #[oai(skip_serializing_if_is_none)]
    acknowledged_at: Option<Instant>,
}

/// How each way out of the application is doing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChannelStatuses {
    /// E-mail.
    email: Option<ChannelStatus>,
    /// Web Push to browsers.
    web_push: Option<ChannelStatus>,
    /// Firebase Cloud Messaging to apps.
    fcm: Option<ChannelStatus>,
    /// SMS.
    sms: Option<ChannelStatus>,
}

impl ChannelStatuses {
    fn of(carriers: &[CarrierStatus]) -> Self {
        let status =
            |carrier| carriers.iter().find(|status| status.carrier == carrier).map(ChannelStatus::of);
        Self {
            email: status(Carrier::Email),
            web_push: status(Carrier::WebPush),
            fcm: status(Carrier::Fcm),
            sms: status(Carrier::Sms),
        }
    }
}

/// How one way out is doing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChannelStatus {
    /// Whether messages can leave.
    state: CarrierState,
    /// When it last worked no more.
    failing_since: Option<Instant>,
    /// Code of the last failure.
    last_error: Option<String>,
    /// Messages that are still to be sent.
    waiting_jobs: u64,
    /// Messages whose attempts are used up.
    dead_letters: u64,
    /// Messages that became needless before they could be sent, and one-time codes that were used or replaced.
    withdrawn: u64,
    /// Messages and one-time codes whose time was over before they could be sent.
    expired: u64,
}

impl ChannelStatus {
    fn of(status: &CarrierStatus) -> Self {
        Self {
            state: status.state,
            failing_since: status.failing.as_ref().map(|failing| Instant(failing.since)),
            last_error: status.failing.as_ref().map(|failing| failing.code.clone()),
            waiting_jobs: status.waiting_jobs,
            dead_letters: status.dead_letters,
            withdrawn: status.unsent.withdrawn,
            expired: status.unsent.expired,
        }
    }
}

/// Jobs of one queue in one state.
#[derive(Debug, Object)]
#[oai(rename = "JobCount")]
pub struct JobCountView {
    /// The queue.
    queue: String,
    /// `WAITING`, `RUNNING` or `DEAD`.
    state: String,
    /// How many.
    count: u64,
}

/// Hits and misses of one region of the cache.
#[derive(Debug, Object)]
#[oai(rename = "CacheCount")]
pub struct CacheCountView {
    /// The region.
    region: String,
    /// Lookups answered from the cache.
    hits: u64,
    /// Lookups that went to the store.
    misses: u64,
}

#[OpenApi(prefix_path = "/admin", tag = "Area::Admin")]
impl StatusApi {
    /// How the server is doing
    ///
    /// Version, time, store, jobs, cache, memory, the parts of the server, damage, the clock. For clinic staff.
    #[oai(path = "/status", method = "get", operation_id = "get_server_status")]
    async fn status(&self, SignedIn(caller): SignedIn) -> Result<Json<ServerStatus>, Problem> {
        let overview = status::overview(&self.0, &caller).await?;
        Ok(Json(ServerStatus::of(overview, self.0.now())))
    }

    /// Acknowledge losses
    ///
    /// Says that somebody knows which rows are lost and has considered a backup, and which patients are not seen to
    /// (`passedOver` of the parts in the status). What needs the rows stays refused, but `/readyz` says ready again until more
    /// is lost or another patient is not seen to. For clinic staff.
    #[oai(path = "/damage/acknowledge", method = "post", operation_id = "acknowledge_damage")]
    async fn acknowledge_damage(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<AcknowledgeDamageRequest>,
    ) -> Result<NoContent, Problem> {
        flows::storage::acknowledge(&self.0, &caller, body.reason).await?;
        Ok(NoContent)
    }

    /// Confirm the clock
    ///
    /// Says that the machine's clock is right while it is not believed: what waited goes on by it. For clinic staff.
    #[oai(path = "/clock/confirm", method = "post", operation_id = "confirm_clock")]
    async fn confirm_clock(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<ConfirmClockRequest>,
    ) -> Result<NoContent, Problem> {
        flows::clock::confirm(&self.0, &caller, body.reason).await?;
        Ok(NoContent)
    }
}

/// Why the losses are acknowledged.
#[derive(Debug, Object)]
pub struct AcknowledgeDamageRequest {
    /// What was decided about them, for the audit.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

/// Why the clock is confirmed.
#[derive(Debug, Object)]
pub struct ConfirmClockRequest {
    /// How it was checked, for the audit.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl ServerStatus {
    fn of(overview: Overview, now: Timestamp) -> Self {
        let job =
            |job: JobCount| JobCountView { queue: job.queue, state: job.state.to_owned(), count: job.count };
        let region = |region: CacheCount| CacheCountView {
            region: region.region.to_owned(),
            hits: region.hits,
            misses: region.misses,
        };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: now.into(),
            store_writable: overview.writable,
            data_file: DataFileStatus {
                bytes: overview.file.bytes,
                used_bytes: overview.file.used_bytes,
                worth_compacting: overview.file.worth_compacting,
                damage: overview.file.damage,
                acknowledged_at: overview.file.acknowledged_at.map(Instant),
            },
            commits: overview.commits,
            writes: overview.writes,
            channels: ChannelStatuses::of(&overview.carriers),
            memory_bytes: overview.process.resident_bytes,
            processor_milliseconds: overview.process.processor_milliseconds,
            jobs: overview.jobs.into_iter().map(job).collect(),
            cache: overview.cache.into_iter().map(region).collect(),
            parts: overview.parts.into_iter().map(PartView::of).collect(),
            damaged: overview
                .damaged
                .into_iter()
                .map(|damage| DamageView { what: damage.what.to_owned(), why: damage.why })
                .collect(),
            clock: ClockView {
                believed: overview.doubt.is_none(),
                shows: overview.wall.into(),
                doubt: overview.doubt.map(|doubt| doubt.cause),
                since: overview.doubt.map(|doubt| doubt.since.into()),
            },
            payments: PaymentsStatus {
                provider: overview.payments.provider,
                calls_left: overview.payments.calls_left,
                token_refused: overview.payments.is_token_refused,
                token_expires_at: overview.payments.token_expires.map(Instant),
                to_review: overview.payments.to_review,
            },
        }
    }
}

/// The note that an admin took of all damage that is known; nothing where they did not, or there is other damage than lost
/// rows.
fn settled(context: &Context) -> Option<Acknowledged> {
    let store = &context.store;
    let is_whole = store.damage().is_none() && store.surveyed().is_none_or(|survey| survey.faults.is_empty());
    let is_sound = is_whole && store.status() == StoreStatus::Ready;
    status::losses_acknowledged(store).filter(|_| is_sound)
}

/// Why the server cannot do everything now; nothing when it can.
fn unready(context: &Context) -> Option<String> {
    if context.stopping.has_begun() {
        return Some("stopping\n".to_owned());
    }
    let mut why = String::new();
    if context.store.status() == StoreStatus::ReadOnly {
        why.push_str("changes cannot be saved\n");
    }
    for loss in status::unnoticed_losses(&context.store) {
        why.push_str(match loss {
            Loss::People => "people are lost with a damaged page, so not everybody can sign in",
            Loss::Messages => {
                "connections or messages are lost with a damaged page, so not everybody may hear"
            }
        });
        why.push_str(": restore a backup, or see GET /api/admin/status\n");
    }
    let troubled = context.supervision.report().into_iter().filter(|part| part.state.is_trouble());
    let mut troubled: Vec<PartReport> = troubled.collect();
    // What hinders a part for good, and somebody has taken note of, calls nobody any more, unless it hinders it from seeing
    // to somebody else.
    let is_hindered = |part: &PartReport| part.state == PartState::Hindered;
    if let Some(known) = settled(context).filter(|_| troubled.iter().any(is_hindered)) {
        let is_lost = !context.store.lost().is_empty();
        let is_known = |part: &PartReport| {
            (is_lost || !part.passed_over.is_empty()) && known.knows(&part.name, &part.passed_over)
        };
        troubled.retain(|part| !is_hindered(part) || !is_known(part));
    }
    for part in troubled {
        let seconds = part.silent_for.as_milliseconds() / 1_000;
        let what = match part.state {
            PartState::Late => format!("no sign of life for {seconds} s"),
            PartState::Down => "fell and is about to start again".to_owned(),
            _ => "cannot do all of its work".to_owned(),
        };
        why.push_str(&format!("{}: {what}\n", part.name));
    }
    (!why.is_empty()).then_some(why)
}

/// Adds what lies outside `/api`.
pub(super) fn mount(route: Route, context: &Arc<Context>) -> Route {
    let asked = Arc::clone(context);
    route.at("/livez", get(make_sync(|_| text_response("text/plain; charset=utf-8", "ok\n")))).at(
        "/readyz",
        get(make_sync(move |_| match unready(&asked) {
            None if asked.store.is_damaged() => text_response(
                "text/plain; charset=utf-8",
                "ready; the data file is damaged, see GET /api/admin/status\n",
            ),
            None => text_response("text/plain; charset=utf-8", "ready\n"),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
        })),
    )
}
