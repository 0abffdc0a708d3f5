//! Whose address counts behind proxies.

use std::net::IpAddr;

use das_tern::api::client_address::client_ip;
use das_tern::platform::settings::ClientAddressHeader;
use poem::http::{HeaderMap, HeaderName, HeaderValue};

const LIST: &str = "x-forwarded-for";
const STANDARD: &str = "forwarded";
const SINGLE: &str = "x-real-ip";

/// What is seen when `peer` sends these headers; 10.0.0.0/8 and fd00::/8 are proxies.
fn seen_in(counts: ClientAddressHeader, peer: &str, headers: &[(&'static str, &[u8])]) -> String {
    let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    let peer: IpAddr = peer.parse().unwrap();
    client_ip(Some(peer), &map, counts, &trusted).unwrap().to_string()
}

fn check_lines(counts: ClientAddressHeader, name: &'static str, cases: &[(&[&[u8]], &str)]) {
    for (lines, expected) in cases {
        let headers: Vec<_> = lines.iter().map(|line| (name, *line)).collect();
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(seen_in(counts, "10.0.0.1", &headers), *expected, "{shown:?}");
    }
}

#[test]
fn forwarded_addresses_are_believed_only_from_trusted_proxies() {
    for (counts, name) in [
        (ClientAddressHeader::XForwardedFor, LIST),
        (ClientAddressHeader::XRealIp, SINGLE),
        (ClientAddressHeader::Forwarded, STANDARD),
    ] {
        assert_eq!(counts.name(), name);
        let said: &[u8] = if name == STANDARD { b"for=198.51.100.1" } else { b"198.51.100.1" };
        assert_eq!(seen_in(counts, "203.0.113.9", &[(name, said)]), "203.0.113.9");
        assert_eq!(seen_in(counts, "10.0.0.1", &[(name, said)]), "198.51.100.1");
        assert_eq!(seen_in(counts, "::ffff:10.0.0.1", &[(name, said)]), "198.51.100.1");
        assert_eq!(seen_in(counts, "fd00::1", &[(name, said)]), "198.51.100.1");
        assert_eq!(seen_in(counts, "10.0.0.1", &[]), "10.0.0.1");
    }
}

#[test]
fn exactly_one_header_counts() {
    let all: [(&'static str, &[u8]); 3] =
        [(LIST, b"192.0.2.1"), (STANDARD, b"for=192.0.2.2"), (SINGLE, b"192.0.2.3")];
    assert_eq!(seen_in(ClientAddressHeader::XForwardedFor, "10.0.0.1", &all), "192.0.2.1");
    assert_eq!(seen_in(ClientAddressHeader::Forwarded, "10.0.0.1", &all), "192.0.2.2");
    assert_eq!(seen_in(ClientAddressHeader::XRealIp, "10.0.0.1", &all), "192.0.2.3");
    // The others say nothing even when the one that counts is missing.
    assert_eq!(seen_in(ClientAddressHeader::XForwardedFor, "10.0.0.1", &all[1..]), "10.0.0.1");
    assert_eq!(seen_in(ClientAddressHeader::Forwarded, "10.0.0.1", &[all[0], all[2]]), "10.0.0.1");
    assert_eq!(seen_in(ClientAddressHeader::XRealIp, "10.0.0.1", &all[..2]), "10.0.0.1");
}

#[test]
fn a_list_is_walked_from_its_near_end_element_by_element() {
    check_lines(
        ClientAddressHeader::XForwardedFor,
        LIST,
        &[
            // What the client wrote stands further left and is not looked at, whatever bytes it has.
            (&[b"1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (&[b"\xff\xfe, 198.51.100.1"], "198.51.100.1"),
            (&[b"\", 198.51.100.1"], "198.51.100.1"),
            (&[b"1.1.1.1;,=[%, 198.51.100.1"], "198.51.100.1"),
            (&[b"1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            (&[b"1.1.1.1", b"198.51.100.1"], "198.51.100.1"),
            (&[b"1.1.1.1", b"198.51.100.1, 10.0.0.3", b"10.0.0.2"], "198.51.100.1"),
            (&[b"1.1.1.1", b""], "1.1.1.1"),
            // Empty elements are none.
            (&[b"198.51.100.1,"], "198.51.100.1"),
            (&[b"1.1.1.1,, 198.51.100.1 , ,\t"], "198.51.100.1"),
            (&[b","], "10.0.0.1"),
            // What cannot be read ends the walk at the last proxy that could.
            (&[b"1.1.1.1, nonsense, 10.0.0.2"], "10.0.0.2"),
            (&[b"1.1.1.1, \xff, 10.0.0.2"], "10.0.0.2"),
            (&[b"unknown"], "10.0.0.1"),
            (&[b"198.51.100.1:http"], "10.0.0.1"),
            (&[b"198.51.100.1:99999"], "10.0.0.1"),
            (&[b"[2001:db8::5"], "10.0.0.1"),
            (&[b"[198.51.100.1]"], "10.0.0.1"),
            (&[b"[2001:db8::5]nonsense"], "10.0.0.1"),
            // Ports, brackets, zones, mapped addresses, blanks.
            (&[b"198.51.100.1:5555"], "198.51.100.1"),
            (&[b"[2001:db8::5]:443"], "2001:db8::5"),
            (&[b"[2001:db8::5]"], "2001:db8::5"),
            (&[b"2001:db8::5"], "2001:db8::5"),
            (&[b"fe80::1%eth0"], "fe80::1"),
            (&[b"[fe80::1%eth0]:443"], "fe80::1"),
            (&[b"::ffff:198.51.100.1"], "198.51.100.1"),
            (&[b"\"198.51.100.1\""], "198.51.100.1"),
            (&[b" \t198.51.100.1 "], "198.51.100.1"),
        ],
    );
}

#[test]
fn the_standard_header_is_read_with_its_quotes() {
    check_lines(
        ClientAddressHeader::Forwarded,
        STANDARD,
        &[
            (&[b"for=1.1.1.1, for=\"[2001:db8::5]:80\";proto=https"], "2001:db8::5"),
            (&[b"for=198.51.100.7;by=10.0.0.1;host=clinic.example"], "198.51.100.7"),
            (&[b"proto=https; FOR = 198.51.100.7"], "198.51.100.7"),
            (&[b"for=\"198.51.100.7:_gazonk\""], "198.51.100.7"),
            (&[b"for=1.1.1.1", b"for=198.51.100.7, for=10.0.0.2"], "198.51.100.7"),
            // A quote that a client left open swallows nothing of what the proxy added.
            (&[b"for=\"1.1.1.1, for=198.51.100.7"], "198.51.100.7"),
            (&[b"for=\"\\\", for=198.51.100.7"], "198.51.100.7"),
            (&[b"\xff\", for=198.51.100.7"], "198.51.100.7"),
            // Nor does a name of a host that the proxy quoted say where the client is.
            (&[b"for=198.51.100.7;host=\"a, for=1.1.1.1\""], "198.51.100.7"),
            (&[b"for=198.51.100.7;host=\"a;for=1.1.1.1\""], "198.51.100.7"),
            (&[b"for=198.51.100.7;host=\"a\\\", for=1.1.1.1\""], "198.51.100.7"),
            // Hidden, missing or said twice: the proxy is all that is known.
            (&[b"for=_hidden"], "10.0.0.1"),
            (&[b"for=unknown"], "10.0.0.1"),
            (&[b"proto=https"], "10.0.0.1"),
            (&[b"for=198.51.100.7;for=1.1.1.1"], "10.0.0.1"),
            (&[b"198.51.100.7"], "10.0.0.1"),
        ],
    );
}
