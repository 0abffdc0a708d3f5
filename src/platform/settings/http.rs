//! HTTP: where to listen, whom to believe, how much to take, and what people may ask of others.

use std::net::SocketAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::platform::clock::Span;

/// HTTP: where to listen, whom to believe, how much to take.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port of the API.
    pub listen: SocketAddr,
    /// Address and port of `/metrics`; none switches it off.
    pub admin_listen: Option<SocketAddr>,
    /// Networks of the reverse proxies that are believed when they name the client's address.
    pub trusted_proxies: Vec<IpNet>,
    /// The one header in which they name it; all others are the client's own word and are not read.
    pub client_address_header: ClientAddressHeader,
    /// Origins of web applications that may call the API, `https://app.example`; `*` means all.
    pub cors_origins: Vec<String>,
    /// How the sessions of browsers are protected on their way.
    pub browser_sessions: BrowserSessions,
    /// Largest request body in bytes.
    pub body_limit_bytes: usize,
    /// Longest time a request may take, in seconds.
    pub request_seconds: u64,
    /// How long, in seconds, `/readyz` answers 503 before the server stops listening, so that a balancer notices.
    pub leave_seconds: u64,
    /// Longest time for requests in flight to finish when the server stops, in seconds.
    pub drain_seconds: u64,
    /// A connection without traffic is closed after so many seconds.
    pub idle_seconds: u64,
    /// The head of a request must come within so many seconds, and the first one so soon after connecting.
    pub header_seconds: u64,
    /// Most connections at the same time; others take the place of one that is not in use, or wait. When more than
    /// half are taken, one address holds at most an eighth of them.
    pub connections_max: usize,
}

/// How the cookies that hold a browser's session are protected on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BrowserSessions {
    /// Browsers send them over HTTPS only, and to the same computer.
    #[default]
    #[serde(rename = "https")]
    Https,
    /// Weaker: also over plain HTTP, where whoever listens on the network can take them. Only addresses of private
    /// networks get such a session.
    #[serde(rename = "unprotected-on-local-network")]
    UnprotectedOnLocalNetwork,
}

/// Where proxies write whom they speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ClientAddressHeader {
    /// A list of addresses; each proxy adds one.
    #[default]
    #[serde(rename = "X-Forwarded-For")]
    XForwardedFor,
    /// The standard (RFC 7239).
    #[serde(rename = "Forwarded")]
    Forwarded,
    /// One address.
    #[serde(rename = "X-Real-IP")]
    XRealIp,
}

impl ClientAddressHeader {
    /// Name of the header, in small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
            Self::XRealIp => "x-real-ip",
        }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 3000)),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            client_address_header: ClientAddressHeader::default(),
            cors_origins: Vec::new(),
            browser_sessions: BrowserSessions::default(),
            body_limit_bytes: 1024 * 1024,
            request_seconds: 30,
            leave_seconds: 0,
            drain_seconds: 20,
            idle_seconds: 75,
            header_seconds: 10,
            connections_max: 4096,
        }
    }
}

/// Requests in any sixty seconds, and what people may ask of others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Of one signed-in person.
    pub per_person: u32,
    /// Of one address to the sign-in endpoints.
    pub sign_in_per_ip: u32,
    /// Of one address to everything else without sign-in.
    pub anonymous_per_ip: u32,
    /// MiB of request bodies held at a time: of one address or account an eighth, without sign-in together half.
    pub bodies_mib: usize,
    /// MiB of answers held at a time until they are taken, shared likewise.
    pub answers_mib: usize,
    /// Requests for a connection of one person that wait for an answer at a time.
    pub connection_requests_unanswered: u32,
    /// New requests for a connection of one person a day.
    pub connection_requests_per_day: u32,
    /// Those of a doctor that wait for an answer at a time.
    pub doctor_requests_unanswered: u32,
    /// New ones of a doctor a day.
    pub doctor_requests_per_day: u32,
    /// Days after which a request for a connection that nobody answered ends.
    pub connection_request_days: u32,
    /// So many records that one doctor opens in emergencies within an hour are usual; more alarm the clinic staff.
    pub emergency_records_per_hour: u32,
    /// Of so many different medicines the doctors of a patient are told in a day that they do not go with what the patient has
    /// not shared, whether they sign them or not; then they are told only that something is not shared. What the patient has
    /// used on three days, and the doctor sees, does not count.
    pub unshared_medicines_per_day: u32,
}

impl LimitSettings {
    /// For how long a request for a connection waits for an answer.
    pub fn request_life(&self) -> Span {
        Span::days(i64::from(self.connection_request_days))
    }

    /// Of how many medicines a doctor is told that they do not go with what is not shared.
    pub fn unshared_most(&self) -> usize {
        usize::try_from(self.unshared_medicines_per_day).unwrap_or(usize::MAX)
    }

    /// What is wrong with the values.
    pub fn faults(&self) -> Vec<String> {
        let counted = [self.per_person, self.sign_in_per_ip, self.anonymous_per_ip];
        let asked = [
            self.connection_requests_unanswered,
            self.connection_requests_per_day,
            self.doctor_requests_unanswered,
            self.doctor_requests_per_day,
        ];
        let mut faults = Vec::new();
        if counted.contains(&0) {
            faults
                .push("each of `limits` must be at least 1; use `limits.enabled = false` to switch them off");
        }
        if asked.iter().any(|most| !(1..=10_000).contains(most)) {
            faults.push(
                "`limits.connection_requests_*` and `limits.doctor_requests_*` must be from 1 to 10000",
            );
        }
        if self.bodies_mib == 0 || self.answers_mib == 0 {
            faults.push("`limits.bodies_mib` and `limits.answers_mib` must be at least 1");
        }
        if !(1..=365).contains(&self.connection_request_days) {
            faults.push("`limits.connection_request_days` must be from 1 to 365");
        }
        faults.into_iter().map(str::to_owned).collect()
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            per_person: 100,
            sign_in_per_ip: 20,
            anonymous_per_ip: 120,
            bodies_mib: 32,
            answers_mib: 64,
            connection_requests_unanswered: 5,
            connection_requests_per_day: 20,
            doctor_requests_unanswered: 200,
            doctor_requests_per_day: 100,
            connection_request_days: 30,
            emergency_records_per_hour: 10,
            unshared_medicines_per_day: 15,
        }
    }
}
