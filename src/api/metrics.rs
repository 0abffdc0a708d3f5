//! `/metrics` in the Prometheus text format, on a listener of its own.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use poem::endpoint::make;
use poem::http::StatusCode;
use poem::{Endpoint, Response, Route};

use super::frame::text_response;
use super::routes::RouteInfo;
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::store::StoreStatus;
use crate::views::payments::{Provider, ProviderStatus, provider_status};
use crate::views::status::{self, JobCount};

/// Upper ends of the latency buckets in microseconds.
const BUCKETS_US: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000,
];
/// Statuses that are counted one by one.
const STATUSES: [u16; 19] =
    [200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503];

/// What one operation has done since the start.
#[derive(Debug, Default)]
pub struct OperationCounts {
    statuses: [AtomicU64; STATUSES.len()],
    other: AtomicU64,
    buckets: [AtomicU64; BUCKETS_US.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl OperationCounts {
    /// Counts an answer.
    pub fn add(&self, status: StatusCode, duration: Duration) {
        let place = STATUSES.iter().position(|&known| known == status.as_u16());
        let counter = place.and_then(|place| self.statuses.get(place)).unwrap_or(&self.other);
        counter.fetch_add(1, Ordering::Relaxed);
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let place = BUCKETS_US.iter().position(|&end| duration_us <= end);
        if let Some(bucket) = place.and_then(|place| self.buckets.get(place)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(duration_us, Ordering::Relaxed);
    }

    fn write_requests(&self, labels: &str, out: &mut String) {
        for (status, counter) in STATUSES.iter().zip(&self.statuses) {
            let count = counter.load(Ordering::Relaxed);
            if count > 0 {
                let _ = writeln!(out, "das_tern_requests_total{{{labels},status=\"{status}\"}} {count}");
            }
        }
        let other = self.other.load(Ordering::Relaxed);
        if other > 0 {
            let _ = writeln!(out, "das_tern_requests_total{{{labels},status=\"other\"}} {other}");
        }
    }

    fn write_durations(&self, labels: &str, out: &mut String) {
        let count = self.count.load(Ordering::Relaxed);
        if count == 0 {
            return;
        }
        const NAME: &str = "das_tern_request_duration_seconds";
        let mut below = 0;
        for (end, bucket) in BUCKETS_US.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{NAME}_bucket{{{labels},le=\"{}\"}} {below}", seconds(*end));
        }
        let _ = writeln!(out, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{NAME}_sum{{{labels}}} {}", seconds(self.sum_us.load(Ordering::Relaxed)));
        let _ = writeln!(out, "{NAME}_count{{{labels}}} {count}");
    }
}

/// Microseconds as decimal seconds, without rounding.
fn seconds(microseconds: u64) -> String {
    let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Every counter of the HTTP side.
#[derive(Debug)]
pub struct Metrics {
    /// The operations of the API.
    pub routes: Vec<Arc<RouteInfo>>,
    /// Pages, and requests that no operation answers.
    pub elsewhere: OperationCounts,
}

impl Metrics {
    fn write(&self, out: &mut String) {
        let operations = || {
            let routes = self.routes.iter().flat_map(|route| {
                route.counts.iter().map(|(method, counts)| {
                    (format!("method=\"{method}\",route=\"{}\"", route.pattern), counts)
                })
            });
            routes.chain([("method=\"any\",route=\"other\"".to_owned(), &self.elsewhere)])
        };
        head(out, "das_tern_requests_total", "counter", "Requests answered, by route and status.");
        operations().for_each(|(labels, counts)| counts.write_requests(&labels, out));
        head(out, "das_tern_request_duration_seconds", "histogram", "Time to answer, by route.");
        operations().for_each(|(labels, counts)| counts.write_durations(&labels, out));
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// The admin listener's application.
pub fn application(
    context: &Arc<Context>,
    metrics: Arc<Metrics>,
) -> impl Endpoint<Output = Response> + 'static {
    let context = Arc::clone(context);
    Route::new().at(
        "/metrics",
        make(move |_| {
            let (context, metrics) = (Arc::clone(&context), Arc::clone(&metrics));
            async move {
                let jobs = status::job_counts(&context).await.unwrap_or_default();
                let mut text = exposition(&context, &metrics, &jobs);
                if let Ok(payments) = provider_status(&context).await {
                    write_payments(payments, &mut text);
                }
                Ok::<_, poem::Error>(text_response("text/plain; version=0.0.4; charset=utf-8", text))
            }
        }),
    )
}

fn exposition(context: &Context, metrics: &Metrics, jobs: &[JobCount]) -> String {
    let mut out = String::with_capacity(16 * 1024);
    metrics.write(&mut out);
    head(&mut out, "das_tern_cache_lookups_total", "counter", "Cache lookups, by region and outcome.");
    for region in Region::ALL {
        let (hits, misses) = context.cache.counts(region);
        for (outcome, count) in [("hit", hits), ("miss", misses)] {
            let name = region.name();
            let _ = writeln!(
                out,
                "das_tern_cache_lookups_total{{region=\"{name}\",outcome=\"{outcome}\"}} {count}"
            );
        }
    }
    let (commits, writes) = context.store.counts();
    head(&mut out, "das_tern_store_commits_total", "counter", "Durable commits.");
    let _ = writeln!(out, "das_tern_store_commits_total {commits}");
    head(
        &mut out,
        "das_tern_store_writes_total",
        "counter",
        "Transactions; divided by commits, the group size.",
    );
    let _ = writeln!(out, "das_tern_store_writes_total {writes}");
    head(&mut out, "das_tern_streams_open", "gauge", "Open streams of events.");
    let _ = writeln!(out, "das_tern_streams_open {}", context.events.streams_open());
    head(&mut out, "das_tern_store_writable", "gauge", "1 when changes can be saved.");
    let writable = u8::from(context.store.status() == StoreStatus::Ready);
    let _ = writeln!(out, "das_tern_store_writable {writable}");
    write_life(context, &mut out);
    write_lateness(context, &mut out);
    const DELIVERIES: &str = "das_tern_deliveries_total";
    head(&mut out, DELIVERIES, "counter", "Attempts to send messages, by channel and outcome.");
    for ((channel, outcome), count) in context.metrics.deliveries.figures() {
        let _ = writeln!(out, "{DELIVERIES}{{channel=\"{channel}\",outcome=\"{outcome}\"}} {count}");
    }
    head(&mut out, "das_tern_jobs", "gauge", "Jobs that are not finished, by queue and state.");
    for job in jobs {
        let JobCount { queue, state, count } = job;
        let _ = writeln!(out, "das_tern_jobs{{queue=\"{queue}\",state=\"{state}\"}} {count}");
    }
    write_process(&mut out);
    out
}

/// How payments are doing; nothing where none are taken.
fn write_payments(payments: ProviderStatus, out: &mut String) {
    if payments.provider == Provider::NotConfigured {
        return;
    }
    head(out, "das_tern_payments_to_review", "gauge", "Payments that a person has to look at.");
    let _ = writeln!(out, "das_tern_payments_to_review {}", payments.to_review);
    if let Some(left) = payments.calls_left {
        head(out, "das_tern_bakong_calls_left", "gauge", "Calls to Bakong that are left today.");
        let _ = writeln!(out, "das_tern_bakong_calls_left {left}");
    }
    if let Some(end) = payments.token_expires {
        head(
            out,
            "das_tern_bakong_token_end_seconds",
            "gauge",
            "When the token of Bakong is over, since 1970.",
        );
        let _ = writeln!(out, "das_tern_bakong_token_end_seconds {}", end.as_milliseconds() / 1_000);
    }
}

/// Whether the parts of the server live, and whether its clock is believed.
fn write_life(context: &Context, out: &mut String) {
    const PARTS: &str = "das_tern_part_works";
    head(out, PARTS, "gauge", "1 when a part of the server gives signs of life and can do all of its work.");
    for part in context.supervision.report() {
        let works = u8::from(!part.state.is_trouble());
        let _ = writeln!(out, "{PARTS}{{part=\"{}\"}} {works}", part.name);
    }
    const FALLS: &str = "das_tern_part_restarts_total";
    head(out, FALLS, "counter", "How often a part of the server fell and was started again.");
    for part in context.supervision.report() {
        let _ = writeln!(out, "{FALLS}{{part=\"{}\"}} {}", part.name, part.restarts);
    }
    head(out, "das_tern_clock_believed", "gauge", "1 when the machine's clock is believed.");
    let _ = writeln!(out, "das_tern_clock_believed {}", u8::from(context.clock.doubt().is_none()));
}

fn write_lateness(context: &Context, out: &mut String) {
    const NAME: &str = "das_tern_reminder_lateness_seconds";
    let figures = context.metrics.reminder_lateness.figures();
    head(out, NAME, "histogram", "From the planned time of a dose's reminder to its delivery.");
    for (end_ms, count) in figures.up_to {
        let _ = writeln!(out, "{NAME}_bucket{{le=\"{}\"}} {count}", seconds(end_ms.saturating_mul(1_000)));
    }
    let _ = writeln!(out, "{NAME}_bucket{{le=\"+Inf\"}} {}", figures.count);
    let _ = writeln!(out, "{NAME}_sum {}", seconds(figures.sum_ms.saturating_mul(1_000)));
    let _ = writeln!(out, "{NAME}_count {}", figures.count);
}

/// Memory and processor time of this process, as Linux tells them.
fn write_process(out: &mut String) {
    let usage = status::process_usage();
    if let Some(bytes) = usage.resident_bytes {
        head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
        let _ = writeln!(out, "process_resident_memory_bytes {bytes}");
    }
    if let Some(milliseconds) = usage.processor_milliseconds {
        head(out, "process_cpu_seconds_total", "counter", "Processor time used.");
        let _ = writeln!(out, "process_cpu_seconds_total {}", seconds(milliseconds.saturating_mul(1_000)));
    }
}
