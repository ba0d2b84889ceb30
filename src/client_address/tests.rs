//! Vectors for the client's address: through trusted proxies, and around them.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};

use super::{client_address, limit_key, parse_networks};

const TRUSTED: &str = "10.0.0.0/8, 192.0.2.7 fd00::/8";
const PROXY: &str = "10.0.0.1";

/// What the header says, and whom a trusted peer `10.0.0.1` therefore speaks for.
const THROUGH_THE_PROXY: &[(&[&str], &str)] = &[
    // Whole headers.
    (&[], PROXY),
    (&["5.6.7.8"], "5.6.7.8"),
    (&["2001:db8::1"], "2001:db8::1"),
    // The right-most that is not trusted, whatever stands left of it.
    (&["1.1.1.1, 5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1,5.6.7.8"], "5.6.7.8"),
    (&["  1.1.1.1 ,\t5.6.7.8  "], "5.6.7.8"),
    (&["garbage, 5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1, 5.6.7.8, 10.0.0.2"], "5.6.7.8"),
    (&["5.6.7.8, 10.0.0.2, 192.0.2.7, fd00::5"], "5.6.7.8"),
    (&["5.6.7.8, 192.0.2.8"], "192.0.2.8"),
    // All lines are one list.
    (&["1.1.1.1", "5.6.7.8"], "5.6.7.8"),
    (&["1.1.1.1", "5.6.7.8", "10.0.0.2"], "5.6.7.8"),
    (&["1.1.1.1, 5.6.7.8", "10.0.0.3, 10.0.0.2"], "5.6.7.8"),
    // All trusted: the host inside that asked first.
    (&["10.0.0.2"], "10.0.0.2"),
    (&["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
    // One spelling of one address.
    (&["::ffff:5.6.7.8"], "5.6.7.8"),
    (&["5.6.7.8, ::ffff:10.0.0.2"], "5.6.7.8"),
    (&["2001:DB8:0:0::0001"], "2001:db8::1"),
    // Ports, brackets, zones.
    (&["5.6.7.8:567"], "5.6.7.8"),
    (&["[2001:db8::1]:80"], "2001:db8::1"),
    (&["[2001:db8::1]"], "2001:db8::1"),
    (&["fe80::1%eth0"], "fe80::1"),
    (&["[fe80::1%eth0]:80"], "fe80::1"),
    (&["[::ffff:5.6.7.8]:80"], "5.6.7.8"),
    // No address before the client is found: the peer.
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

fn seen_from(peer: &str, lines: &[&str]) -> String {
    let trusted = parse_networks(TRUSTED).unwrap();
    client_address(peer.parse().unwrap(), &headers(lines), &trusted).to_string()
}

#[test]
fn a_trusted_proxy_speaks_for_the_rightmost_address_that_is_not_trusted() {
    for (lines, client) in THROUGH_THE_PROXY {
        assert_eq!(seen_from(PROXY, lines), *client, "through the proxy with {lines:?}");
        assert_eq!(seen_from("::ffff:10.0.0.1", lines), *client, "mapped peer with {lines:?}");
    }
}

#[test]
fn around_the_proxy_the_header_is_ignored() {
    for (lines, _) in THROUGH_THE_PROXY {
        assert_eq!(seen_from("203.0.113.9", lines), "203.0.113.9", "around with {lines:?}");
        assert_eq!(seen_from("::ffff:203.0.113.9", lines), "203.0.113.9", "mapped with {lines:?}");
        assert_eq!(seen_from("2001:db8::9", lines), "2001:db8::9", "over IPv6 with {lines:?}");
    }
}

#[test]
fn nobody_is_trusted_when_no_network_is_named() {
    let peer: IpAddr = PROXY.parse().unwrap();
    for setting in ["", "  ", ", ,"] {
        let trusted = parse_networks(setting).unwrap();
        assert_eq!(client_address(peer, &headers(&["5.6.7.8"]), &trusted), peer);
    }
}

#[test]
fn overlong_entries_and_endless_chains_are_the_peers_own() {
    let overlong = "1".repeat(10 * 1024);
    assert_eq!(seen_from(PROXY, &[&overlong]), PROXY);
    assert_eq!(seen_from(PROXY, &[&format!("fe80::1%{overlong}")]), PROXY);
    assert_eq!(seen_from(PROXY, &[&format!("{overlong}, 5.6.7.8")]), "5.6.7.8");
    let hops = |count: usize| format!("5.6.7.8{}", ", 10.0.0.2".repeat(count));
    assert_eq!(seen_from(PROXY, &[&hops(31)]), "5.6.7.8");
    assert_eq!(seen_from(PROXY, &[&hops(32)]), PROXY);
    assert_eq!(seen_from(PROXY, &[&hops(1000)]), PROXY);
}

#[test]
fn bytes_that_are_no_text_are_no_address() {
    let trusted = parse_networks(TRUSTED).unwrap();
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", HeaderValue::from_bytes(b"5.6.7.8, \xff\xfe").unwrap());
    let peer: IpAddr = PROXY.parse().unwrap();
    assert_eq!(client_address(peer, &headers, &trusted), peer);
}

#[test]
fn a_limit_counts_what_one_holder_holds() {
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
fn networks_are_cidrs_or_addresses_between_commas_or_spaces() {
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
fn a_word_that_is_no_network_is_named() {
    for word in ["10.0.0.0/33", "nginx", "10.0.0", "::/129", "10.0.0.0/", "1.2.3.4:80"] {
        let error = parse_networks(&format!("10.0.0.0/8, {word}")).unwrap_err();
        assert_eq!(error.0, word);
        assert!(error.to_string().contains(word));
    }
}
