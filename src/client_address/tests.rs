//! Tests of client addresses: requests through trusted proxies, and direct requests.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};

use super::{client_address, limit_key, parse_networks};

const TRUSTED: &str = "10.0.0.0/8, 192.0.2.7 fd00::/8";
const PROXY: &str = "10.0.0.1";

/// Header lines from the trusted peer `10.0.0.1`, with the expected client address.
const THROUGH_THE_PROXY: &[(&[&str], &str)] = &[
    // The header has no entry or one entry.
    (&[], PROXY),
    (&["5.6.7.8"], "5.6.7.8"),
    (&["2001:db8::1"], "2001:db8::1"),
    // The right-most untrusted address is the client. Entries to its left are ignored.
    (&["1.1.1.1, 5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1,5.6.7.8"], "5.6.7.8"),
    (&["  1.1.1.1 ,\t5.6.7.8  "], "5.6.7.8"),
    (&["garbage, 5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1, 5.6.7.8, 10.0.0.2"], "5.6.7.8"),
    (&["5.6.7.8, 10.0.0.2, 192.0.2.7, fd00::5"], "5.6.7.8"),
    (&["5.6.7.8, 192.0.2.8"], "192.0.2.8"),
    // Several header lines form one list.
    (&["1.1.1.1", "5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1", "5.6.7.8", "10.0.0.2"], "5.6.7.8"),
    (&["1.1.1.1, 5.6.7.8", "10.0.0.3, 10.0.0.2"], "5.6.7.8"),
    // If all addresses are trusted, the left-most address is the client.
    (&["10.0.0.2"], "10.0.0.2"),
    (&["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
    // The client address has canonical form.
    (&["::ffff:5.6.7.8"], "5.6.7.8"),
    (&["5.6.7.8, ::ffff:10.0.0.2"], "5.6.7.8"),
    (&["2001:DB8:0:0::0001"], "2001:db8::1"),
    // An entry may contain a port, brackets or a zone.
    (&["5.6.7.8:567"], "5.6.7.8"),
    (&["[2001:db8::1]:80"], "2001:db8::1"),
    (&["[2001:db8::1]"], "2001:db8::1"),
    (&["fe80::1%eth0"], "fe80::1"),
    (&["[fe80::1%eth0]:80"], "fe80::1"),
    (&["[::ffff:5.6.7.8]:80"], "5.6.7.8"),
    // If an invalid entry is read before an untrusted address, the peer is the client.
    (&[""], PROXY),
    (&["5.6.7.8,"], PROXY),
    (&["5.6.7.8", ""], PROXY),
    (&["5.6.7.8, unknown"], PROXY),
    (&["5.6.7.8, _hidden"], PROXY),
    (&["5.6.7.8, unknown, 10.0.0.2"], PROXY),
    (&["for=5.6.7.8"], PROXY),
    (&["5.6.7.8;1.1.1.1"], PROXY),
    (&["5.6.7.8 1.1.1.1"], PROXY),
    (&["5.6.7"], PROXY),
    (&["5.6.7.256"], PROXY),
    (&["05.6.7.8"], PROXY),
    (&["5.6.7.8/32"], PROXY),
    (&["5.6.7.8:99999"], PROXY),
    (&["5.6.7.8:"], PROXY),
    (&["[5.6.7.8]"], PROXY),
    (&["[2001:db8::1"], PROXY),
    (&["[2001:db8::1]80"], PROXY),
    (&["5.6.7.8%eth0"], PROXY),
    (&["fe80::1%"], PROXY),
    (&["localhost"], PROXY),
];

fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
    }
    headers
}

fn client_from(peer: &str, lines: &[&str]) -> String {
    let trusted = parse_networks(TRUSTED).unwrap();
    client_address(peer.parse().unwrap(), &headers(lines), &trusted).to_string()
}

#[test]
fn client_is_the_rightmost_untrusted_address_behind_a_trusted_proxy() {
    for (lines, client) in THROUGH_THE_PROXY {
        assert_eq!(client_from(PROXY, lines), *client, "through the proxy with {lines:?}");
        assert_eq!(client_from("::ffff:10.0.0.1", lines), *client, "mapped peer with {lines:?}");
    }
}

#[test]
fn header_is_ignored_when_the_peer_is_untrusted() {
    for (lines, _) in THROUGH_THE_PROXY {
        assert_eq!(client_from("203.0.113.9", lines), "203.0.113.9", "direct with {lines:?}");
        assert_eq!(client_from("::ffff:203.0.113.9", lines), "203.0.113.9", "mapped with {lines:?}");
        assert_eq!(client_from("2001:db8::9", lines), "2001:db8::9", "over IPv6 with {lines:?}");
    }
}

#[test]
fn header_is_ignored_when_no_network_is_trusted() {
    let peer: IpAddr = PROXY.parse().unwrap();
    for setting in ["", "  ", ", ,"] {
        let trusted = parse_networks(setting).unwrap();
        assert_eq!(client_address(peer, &headers(&["5.6.7.8"]), &trusted), peer);
    }
}

#[test]
fn client_is_the_peer_when_an_entry_or_the_chain_is_too_long() {
    let overlong = "1".repeat(10 * 1024);
    assert_eq!(client_from(PROXY, &[&overlong]), PROXY);
    assert_eq!(client_from(PROXY, &[&format!("fe80::1%{overlong}")]), PROXY);
    assert_eq!(client_from(PROXY, &[&format!("{overlong}, 5.6.7.8")]), "5.6.7.8");
    let hops = |count: usize| format!("5.6.7.8{}", ", 10.0.0.2".repeat(count));
    assert_eq!(client_from(PROXY, &[&hops(31)]), "5.6.7.8");
    assert_eq!(client_from(PROXY, &[&hops(32)]), PROXY);
    assert_eq!(client_from(PROXY, &[&hops(1000)]), PROXY);
}

#[test]
fn client_is_the_peer_when_an_entry_is_not_utf8() {
    let trusted = parse_networks(TRUSTED).unwrap();
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", HeaderValue::from_bytes(b"5.6.7.8, \xff\xfe").unwrap());
    let peer: IpAddr = PROXY.parse().unwrap();
    assert_eq!(client_address(peer, &headers, &trusted), peer);
}

#[test]
fn limit_key_is_the_ipv4_address_or_the_ipv6_network() {
    for (client, key) in [
        ("5.6.7.8", "5.6.7.8"),
        ("::ffff:5.6.7.8", "5.6.7.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:db8:1:3::", "2001:db8:1:3::"),
        ("64:ff9b::5.6.7.8", "5.6.7.8"),
        ("64:ff9b:1::5.6.7.8", "64:ff9b:1::"),
        ("2002:506:708::1", "5.6.7.8"),
        ("2002:506:708:ffff::1", "5.6.7.8"),
        ("fe80::1", "fe80::"),
        ("::1", "::"),
    ] {
        assert_eq!(limit_key(client.parse().unwrap()).to_string(), key, "key of {client}");
    }
}

#[test]
fn parse_networks_accepts_cidrs_and_addresses_with_commas_or_spaces() {
    let networks = |setting| {
        let networks = parse_networks(setting).unwrap();
        networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(networks(""), "");
    assert_eq!(networks("10.0.0.0/8"), "10.0.0.0/8");
    assert_eq!(networks("10.1.2.3/8 , 192.0.2.7,\n::1"), "10.0.0.0/8 192.0.2.7/32 ::1/128");
    assert_eq!(networks("::ffff:10.0.0.0/104 ::ffff:192.0.2.7"), "10.0.0.0/8 192.0.2.7/32");
}

#[test]
fn parse_networks_returns_the_first_invalid_word() {
    for word in ["10.0.0.0/33", "nginx", "10.0.0", "::/129", "10.0.0.0/", "1.2.3.4:80"] {
        let error = parse_networks(&format!("10.0.0.0/8, {word}")).unwrap_err();
        assert_eq!(error.0, word);
        assert!(error.to_string().contains(word));
    }
}
