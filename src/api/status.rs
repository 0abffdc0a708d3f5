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
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::notifications::model::Carrier;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::store::StoreStatus;
use crate::views::status::{self, CacheCount, CarrierState, CarrierStatus, JobCount, Overview};

named_lists! {
    /// Whether messages can leave by a channel.
    status::CarrierState as "ChannelState": Configured, NotConfigured, Failing;
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
}

/// What the data file is like. It is looked over at the start and once a day.
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
    /// Version, time, store, jobs, cache, memory. For clinic staff.
    #[oai(path = "/status", method = "get", operation_id = "get_server_status")]
    async fn status(&self, SignedIn(caller): SignedIn) -> Result<Json<ServerStatus>, Problem> {
        let overview = status::overview(&self.0, &caller).await?;
        Ok(Json(ServerStatus::of(overview, self.0.now())))
    }
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
            },
            commits: overview.commits,
            writes: overview.writes,
            channels: ChannelStatuses::of(&overview.carriers),
            memory_bytes: overview.process.resident_bytes,
            processor_milliseconds: overview.process.processor_milliseconds,
            jobs: overview.jobs.into_iter().map(job).collect(),
            cache: overview.cache.into_iter().map(region).collect(),
        }
    }
}

/// Adds what lies outside `/api`.
pub(super) fn mount(route: Route, context: &Arc<Context>) -> Route {
    let ready = Arc::clone(context);
    route.at("/livez", get(make_sync(|_| text_response("text/plain; charset=utf-8", "ok\n")))).at(
        "/readyz",
        get(make_sync(move |_| match ready.store.status() {
            _ if ready.stopping.has_begun() => {
                (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
            }
            StoreStatus::Ready if ready.store.is_damaged() => text_response(
                "text/plain; charset=utf-8",
                "ready; the data file is damaged, see GET /api/admin/status\n",
            ),
            StoreStatus::Ready => text_response("text/plain; charset=utf-8", "ready\n"),
            StoreStatus::ReadOnly => {
                (StatusCode::SERVICE_UNAVAILABLE, "changes cannot be saved\n").into_response()
            }
        })),
    )
}
