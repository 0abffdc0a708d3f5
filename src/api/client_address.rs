//! The address of a client behind trusted proxies.
//!
//! # Why one header
//! A proxy writes the header that it was set up to write and passes the others on as the client sent them. A
//! header that no proxy of ours writes is therefore the client's own word, whatever its name. So exactly one is
//! read, the one in `server.client_address_header`.
//!
//! # Why from the right
//! Each proxy adds what it saw at the end. The walk begins there, at what the nearest proxy wrote, and ends at the
//! first address that is not a proxy of ours. What stands further left is never looked at, so nothing in it, odd
//! bytes, quotes or commas, can change what is found.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use poem::http::HeaderMap;

use crate::platform::settings::ClientAddressHeader;

/// The address of the client. Only what a trusted proxy wrote is believed.
pub fn client_ip(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    header: ClientAddressHeader,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let mut client = peer;
    // Several lines are one list.
    let lines: Vec<&[u8]> = headers.get_all(header.name()).iter().map(|value| value.as_bytes()).collect();
    for element in lines.into_iter().rev().flat_map(|line| elements(line, header)) {
        // What cannot be read cannot be believed, nor anything before it.
        let Some(hop) = address_in(element, header) else { break };
        client = hop;
        if !is_trusted(&client) {
            break;
        }
    }
    Some(client)
}

/// The elements of a line that are not empty, the last one first.
fn elements(line: &[u8], header: ClientAddressHeader) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let whole = rest?;
        let comma = match header {
            ClientAddressHeader::Forwarded => last_unquoted(whole, b','),
            ClientAddressHeader::XForwardedFor | ClientAddressHeader::XRealIp => {
                whole.iter().rposition(|&byte| byte == b',')
            }
        };
        let (before, element) = split_at(whole, comma);
        rest = before;
        Some(element)
    })
    .map(<[u8]>::trim_ascii)
    .filter(|element| !element.is_empty())
}

/// What stands before and behind a separator; without one everything stands behind.
fn split_at(text: &[u8], separator: Option<usize>) -> (Option<&[u8]>, &[u8]) {
    let Some(place) = separator else { return (None, text) };
    let behind = place.saturating_add(1);
    (text.get(..place), text.get(behind..).unwrap_or_default())
}

/// The last place of `separator` that is not within a quoted string. It is looked for from the end, so that a quote
/// which a client left open swallows nothing that a proxy added.
fn last_unquoted(text: &[u8], separator: u8) -> Option<usize> {
    let mut quoted = false;
    for (place, &byte) in text.iter().enumerate().rev() {
        if byte == b'"' && !is_escaped(text, place) {
            quoted = !quoted;
        } else if byte == separator && !quoted {
            return Some(place);
        }
    }
    None
}

/// Whether an odd number of backslashes stands before `place`.
fn is_escaped(text: &[u8], place: usize) -> bool {
    let before = text.get(..place).unwrap_or_default();
    before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// The address in one element.
fn address_in(element: &[u8], header: ClientAddressHeader) -> Option<IpAddr> {
    match header {
        ClientAddressHeader::Forwarded => node(forwarded_for(element)?),
        ClientAddressHeader::XForwardedFor | ClientAddressHeader::XRealIp => node(element),
    }
}

/// The value of `for` in an element of `Forwarded` (RFC 7239, 4); one that says it twice says nothing.
fn forwarded_for(element: &[u8]) -> Option<&[u8]> {
    let (mut rest, mut found) = (Some(element), None);
    while let Some(whole) = rest {
        let (before, pair) = split_at(whole, last_unquoted(whole, b';'));
        rest = before;
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = halves.next().unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"for") && found.replace(halves.next()?).is_some() {
            return None;
        }
    }
    found
}

/// An address with or without quotes, brackets, zone and port.
fn node(node: &[u8]) -> Option<IpAddr> {
    let node = std::str::from_utf8(node).ok()?.trim();
    let node = node.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(node).trim();
    let ip = match node.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, port)) => {
            if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
                return None;
            }
            IpAddr::V6(without_zone(inner)?)
        }
        None => match node.parse() {
            Ok(ip) => ip,
            Err(_) => match node.split_once(':') {
                Some((ip, port)) if is_port(port) => IpAddr::V4(ip.parse().ok()?),
                _ => IpAddr::V6(without_zone(node)?),
            },
        },
    };
    Some(ip.to_canonical())
}

/// An IPv6 address; the zone (RFC 4007) names an interface of the proxy and says nothing to us.
fn without_zone(text: &str) -> Option<Ipv6Addr> {
    text.split_once('%').map_or(text, |(address, _)| address).parse().ok()
}

/// A port, or the word that stands for a hidden one (RFC 7239, 6.2).
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() || text.starts_with('_')
}
