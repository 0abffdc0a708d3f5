//! Requests to other servers.
//!
//! - TLS is rustls with ring and the roots of webpki: the same on every machine.
//! - No redirects: a request goes where it was meant to go, or nowhere.
//! - Everything is bounded: the time of a request, the bytes kept of an answer.
//! - Plain `http` only to this machine, unless the clinic allows it.
//!
//! # Why addresses are judged when the connection is made
//! The endpoints of Web Push come from users. One that leads to this machine or into the clinic's network would
//! make the server a hand that reaches where the user cannot (SSRF). A name is resolved once, by `PublicNames`,
//! which hands on public addresses only; what was checked is what is connected to, so a name that resolves
//! differently a moment later gains nothing.
//!
//! Absence: nothing outside this file names reqwest.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderName, HeaderValue};
pub use reqwest::{Method, Url};
use rustls::{ClientConfig, RootCertStore};

use super::error::{Error, Result};
use super::trust;

/// Most bytes that are kept of an answer; the rest is not read.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest time for a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to one server that are kept for the next request.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// Where requests may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Wherever the clinic's settings lead; without TLS only to this machine.
    Configured,
    /// Wherever the clinic's settings lead, also without TLS.
    ConfiguredWithoutTls,
    /// Only to public addresses and only with TLS: for addresses that users give.
    Public,
}

/// A request.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Names and values of headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The beginning of the body, at most [`ANSWER_BYTES_MAX`] bytes.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The address is not one that this client may reach.
    NotAllowed,
    /// A header has characters that headers cannot have.
    BadHeader,
    /// The connection failed, broke or took too long; what happened, for the log.
    Failed(&'static str),
}

/// Sends requests, and keeps connections for the next ones.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    reach: Reach,
}

impl HttpClient {
    /// A client that may reach so far, gives up a request after `timeout`, and trusts the certificates of `ca_file`
    /// besides the public ones.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the file cannot be read.
    pub fn new(reach: Reach, timeout: Duration, ca_file: Option<&Path>) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(ca_file)?)
            .user_agent(concat!("das-tern/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX);
        if reach == Reach::Public {
            builder = builder.dns_resolver(Arc::new(PublicNames));
        }
        let client = builder.build().map_err(|error| Error::internal(format!("HTTP client: {error}")))?;
        Ok(Self { client, reach })
    }

    /// Whether a request may go to `url`, as far as can be said without resolving its name.
    pub fn allows(&self, url: &Url) -> bool {
        Self::may_reach(self.reach, url)
    }

    /// Whether a header can be sent.
    pub fn is_header(name: &str, value: &str) -> bool {
        HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
    }

    /// As [`HttpClient::allows`], for settings that are checked before there is a client.
    pub fn may_reach(reach: Reach, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let is_here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
        match (reach, url.scheme()) {
            (Reach::Public, "https") => host != "localhost" && address.is_none_or(is_public),
            (Reach::Configured | Reach::ConfiguredWithoutTls, "https")
            | (Reach::ConfiguredWithoutTls, "http") => true,
            (Reach::Configured, "http") => is_here,
            _ => false,
        }
    }

    /// Sends a request and waits for the answer. An answer that breaks off in its body is an answer.
    ///
    /// # Errors
    /// When there is none; see [`Unanswered`].
    pub async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, Unanswered> {
        if !self.allows(&request.url) {
            return Err(Unanswered::NotAllowed);
        }
        let mut builder = self.client.request(request.method, request.url).body(request.body);
        for (name, value) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unanswered::BadHeader)?;
            let value = HeaderValue::from_str(&value).map_err(|_| Unanswered::BadHeader)?;
            builder = builder.header(name, value);
        }
        let mut answer = builder.send().await.map_err(|error| why(&error))?;
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let (status, retry_after) = (answer.status().as_u16(), retry_after.map(str::to_owned));
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            let room = ANSWER_BYTES_MAX - body.len();
            body.extend(chunk.iter().take(room));
            if body.len() >= ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok(HttpAnswer { status, retry_after, body })
    }
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in ca_file.map(trust::read).transpose()?.unwrap_or_default() {
        roots.add(certificate).map_err(|error| Error::internal(format!("`ca_file`: {error}")))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// An error of reqwest names the address: only its kind goes on.
fn why(error: &reqwest::Error) -> Unanswered {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<NotPublic>() {
            return Unanswered::NotAllowed;
        }
        source = cause.source();
    }
    Unanswered::Failed(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}

/// Resolves names to public addresses only.
#[derive(Debug)]
struct PublicNames;

/// A name has no public address.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no public address")
    }
}

impl std::error::Error for NotPublic {}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public Internet, after the registries of IANA for special-purpose addresses
/// (RFC 6890 and its successors). What embeds another address is judged by that one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 224 // multicast, reserved and broadcast
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (b == 18 || b == 19)); // benchmarks
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let [first, second, ..] = segments;
    // 64:ff9b::/96 leads to the IPv4 address in its last four bytes.
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments {
        return is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    // Of global unicast (2000::/3) without protocol assignments and Teredo, documentation, 6to4.
    (first & 0xe000) == 0x2000
        && !(first == 0x2001 && second < 0x200)
        && !(first == 0x2001 && second == 0xdb8)
        && first != 0x2002
        && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        let public =
            ["8.8.8.8", "1.1.1.1", "203.144.64.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        let others = [
            "0.0.0.0",
            "127.0.0.1",
            "127.8.8.8",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "fec0::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::1",
            "3fff::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "::127.0.0.1",
        ];
        for address in others {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn each_reach_has_its_bounds() {
        let allows = |reach, url: &str| HttpClient::may_reach(reach, &Url::parse(url).unwrap());
        assert!(allows(Reach::Public, "https://push.example/x"));
        for url in [
            "http://push.example/x",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "ftp://x.example/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://192.168.0.1/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert!(!allows(Reach::Public, url), "{url}");
        }
        assert!(allows(Reach::Configured, "https://10.0.0.1/"));
        assert!(allows(Reach::Configured, "http://127.0.0.1:8080/"));
        assert!(allows(Reach::Configured, "http://localhost:8080/"));
        assert!(!allows(Reach::Configured, "http://gateway.example/"));
        assert!(allows(Reach::ConfiguredWithoutTls, "http://gateway.example/"));
        assert!(!allows(Reach::ConfiguredWithoutTls, "file:///etc/passwd"));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_found_out_when_it_is_resolved() {
        let public = HttpClient::new(Reach::Public, CONNECT_TIMEOUT, None).unwrap();
        // As if the name were not known for what it is.
        let client = HttpClient { reach: Reach::ConfiguredWithoutTls, ..public };
        let url = Url::parse("http://localhost:1/").unwrap();
        let request = HttpRequest { method: Method::GET, url, headers: Vec::new(), body: Vec::new() };
        assert_eq!(client.send(request).await.unwrap_err(), Unanswered::NotAllowed);
    }
}
