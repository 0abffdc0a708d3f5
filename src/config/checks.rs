//! What is wrong with values that have the right form: those with which the server would not start, and those with
//! which it could not do its work.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;

use toml::Value;

use crate::domain::payments::code;
use crate::platform::backup::is_public_key;
use crate::platform::crypto::PasswordCost;
use crate::platform::http_client::Url;
use crate::platform::settings::{ClinicSettings, ServerSettings, Settings};
use crate::platform::text::nearest;
use crate::platform::ways_out;

/// Longest time that may be set for something within a request or a connection.
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// Longest life that may be set, in days.
const DAYS_MAX: u64 = 3_650;
/// Longest name of a clinic, in characters: it stands in subjects and in text messages.
const NAME_MAX: usize = 100;
/// Levels of log lines.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Everything that is wrong, each with its mend.
pub(super) fn faults(settings: &Settings) -> Vec<String> {
    let mut faults = out_of_bounds(settings);
    let (server, adherence) = (&settings.server, &settings.adherence);
    if settings.store.directory.as_os_str().is_empty() {
        faults.push("`store.directory` must name a directory".to_owned());
    }
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if settings
        .store
        .mark
        .as_deref()
        .is_some_and(|mark| whole(mark).starts_with(whole(&settings.store.directory)))
    {
        faults.push(
            "`store.mark` must lie outside of `store.directory`: in it, it is missing when the directory is"
                .to_owned(),
        );
    }
    faults.extend(server_faults(server));
    if settings.real_time.heartbeat_seconds >= server.idle_seconds {
        faults.push("`real_time.heartbeat_seconds` must be below `server.idle_seconds`".to_owned());
    }
    if adherence.yellow_from_permille >= adherence.green_from_permille || adherence.green_from_permille > 1000
    {
        faults.push(
            "`adherence.yellow_from_permille` must be below `adherence.green_from_permille`, that at most 1000"
                .to_owned(),
        );
    }
    let room = settings.limits.bodies_mib.saturating_mul(256 * 1024);
    if room < server.body_limit_bytes {
        faults.push(
            "`limits.bodies_mib` must have room for four bodies of `server.body_limit_bytes`".to_owned(),
        );
    }
    for key in settings.backup.recipients.iter().filter(|key| !is_public_key(key)) {
        faults.push(format!("`backup.recipients`: `{key}` is no public key, which begins with `age1`"));
    }
    faults.extend(clinic_faults(&settings.clinic));
    faults.extend(cost_fault(settings.auth.password_cost));
    faults.extend(filter_fault(&settings.log.filter));
    faults.extend(ways_out::faults(settings));
    faults.extend(settings.limits.faults());
    faults.extend(settings.plans.faults());
    if let Some(bakong) = &settings.bakong {
        faults.extend(bakong.faults());
        faults.extend(code::fault(bakong));
    }
    faults
}

/// Numbers that are too small to work with, or so large that times and sizes made of them overflow.
fn out_of_bounds(settings: &Settings) -> Vec<String> {
    let Settings { server, real_time, auth, store, notices, .. } = settings;
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let bounds: [(&str, u64, RangeInclusive<u64>); 24] = [
        ("server.body_limit_bytes", count(server.body_limit_bytes), 1024..=1024 * 1024 * 1024),
        ("server.request_seconds", server.request_seconds, 1..=HOUR),
        ("server.leave_seconds", server.leave_seconds, 0..=HOUR),
        ("server.drain_seconds", server.drain_seconds, 0..=HOUR),
        ("server.idle_seconds", server.idle_seconds, 1..=DAY),
        ("server.header_seconds", server.header_seconds, 1..=HOUR),
        ("server.connections_max", count(server.connections_max), 1..=1_000_000),
        ("real_time.streams_max", count(real_time.streams_max), 1..=1_000_000),
        ("real_time.streams_per_person_max", count(real_time.streams_per_person_max), 1..=10_000),
        ("real_time.heartbeat_seconds", real_time.heartbeat_seconds, 1..=HOUR),
        ("real_time.reader_seconds", real_time.reader_seconds, 1..=HOUR),
        ("real_time.kept_days", real_time.kept_days.into(), 1..=DAYS_MAX),
        ("real_time.kept_per_room", count(real_time.kept_per_room), 1..=1_000_000),
        ("store.cache_mib", count(store.cache_mib), 1..=1024 * 1024),
        ("store.look_minutes", store.look_minutes.into(), 5..=DAY / 60),
        ("auth.access_token_minutes", auth.access_token_minutes.into(), 1..=DAYS_MAX * 24 * 60),
        ("auth.refresh_idle_days", auth.refresh_idle_days.into(), 1..=DAYS_MAX),
        ("auth.refresh_absolute_days", auth.refresh_absolute_days.into(), 1..=DAYS_MAX),
        ("auth.sessions_per_user_max", auth.sessions_per_user_max.into(), 1..=1_000),
        ("auth.hash_threads", auth.hash_threads.into(), 1..=256),
        ("auth.hash_queue", auth.hash_queue.into(), 1..=100_000),
        ("auth.second_factor_fresh_minutes", auth.second_factor_fresh_minutes.into(), 1..=DAY / 60),
        ("notices.refill_days", notices.refill_days.into(), 1..=30),
        (
            "auth.password_cost.memory_kib x hash_threads",
            u64::from(auth.password_cost.memory_kib) * u64::from(auth.hash_threads),
            0..=64 * 1024 * 1024,
        ),
    ];
    let outside = bounds.into_iter().filter(|(_, value, allowed)| !allowed.contains(value));
    outside
        .map(|(key, _, allowed)| format!("`{key}` must be from {} to {}", allowed.start(), allowed.end()))
        .collect()
}

fn server_faults(server: &ServerSettings) -> Vec<String> {
    let mut faults: Vec<String> =
        server.cors_origins.iter().filter_map(|origin| origin_fault(origin)).collect();
    if let Some(admin) = server.admin_listen
        && is_same_place(server.listen, admin)
    {
        faults.push(format!(
            "`server.admin_listen` ({admin}) must be another port than that of `server.listen` ({})",
            server.listen
        ));
    }
    faults
}

/// Whether both cannot be listened on at once; 0 means any port.
fn is_same_place(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = |one: IpAddr, other: IpAddr| one.is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    let meets = one.ip() == other.ip() || covers(one.ip(), other.ip()) || covers(other.ip(), one.ip());
    meets && one.port() == other.port() && one.port() != 0
}

/// Browsers name an origin in one way only, and it is compared as it stands.
fn origin_fault(origin: &str) -> Option<String> {
    if origin == "*" {
        return None;
    }
    let spelt = Url::parse(origin).ok().filter(|url| ["https", "http"].contains(&url.scheme()));
    let Some(spelt) = spelt.map(|url| url.origin().ascii_serialization()) else {
        return Some(format!("`server.cors_origins`: `{origin}` must be like https://app.example, or *"));
    };
    // A slash at the end is taken off where it is compared.
    (spelt != origin.trim_end_matches('/'))
        .then(|| format!("`server.cors_origins`: no browser says `{origin}`, write `{spelt}`"))
}

fn clinic_faults(clinic: &ClinicSettings) -> Vec<String> {
    let mut faults = Vec::new();
    let name = &clinic.name;
    if name.trim().is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control) {
        faults.push(format!("`clinic.name` must be from 1 to {NAME_MAX} characters in one line"));
    }
    let is_public = |text: &str| {
        Url::parse(text).is_ok_and(|url| {
            let is_web = ["https", "http"].contains(&url.scheme()) && text.contains("://");
            let is_plain = url.username().is_empty() && url.password().is_none();
            is_web && is_plain && url.has_host() && url.query().is_none() && url.fragment().is_none()
        })
    };
    if clinic.public_url.as_deref().is_some_and(|url| !is_public(url)) {
        faults.push("`clinic.public_url` must be like https://clinic.example".to_owned());
    }
    faults
}

fn cost_fault(cost: PasswordCost) -> Option<String> {
    cost.fault().map(|why| format!("`auth.password_cost`: {why}"))
}

/// `inf o` is a filter by its form, and one that logs nothing.
fn filter_fault(filter: &str) -> Option<String> {
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let is_part = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    let wrong = |level: &str| {
        let hint =
            nearest(level, LEVELS).map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        Some(format!(
            "`log.filter`: `{level}` is no level{hint} Write `info`, or `info,das_tern::request=warn`"
        ))
    };
    for directive in filter.split(',') {
        let level = match directive.rsplit_once('=') {
            Some((part, level)) if part.is_empty() || !is_part(part) || !is_level(level) => {
                return wrong(directive);
            }
            Some(_) => continue,
            None => directive,
        };
        if !is_level(level) {
            return wrong(level);
        }
    }
    tracing_subscriber::EnvFilter::try_new(filter).is_err().then(|| "`log.filter` is not a filter".to_owned())
}

/// How to write an address to listen on that was written otherwise.
pub(super) fn listen_mend(section: &str, key: &str, value: &Value) -> Option<String> {
    if section != "server" || !["listen", "admin_listen"].contains(&key) {
        return None;
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text.as_str()));
    let port = port.parse::<u16>().map_or_else(|_| "3000".to_owned(), |port| port.to_string());
    let address = if host.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { "0.0.0.0" };
    Some(format!("must be an address and a port, not a name: `{address}:{port}` for example"))
}
