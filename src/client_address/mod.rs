//! Determines the client address from the peer address of the socket and the `X-Forwarded-For` header of trusted
//! proxies.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net};

#[cfg(test)]
mod tests;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// Maximum number of header entries that are read, from right to left. Real proxy chains are shorter.
const MAX_HOPS: usize = 32;
/// Maximum length of a header entry, in bytes. The longest address with a zone and a port is shorter.
const MAX_ENTRY_BYTES: usize = 80;

/// Returns the client address in canonical form. An IPv4-mapped IPv6 address becomes the IPv4 address.
///
/// Each proxy appends the address of its client to the header. The entries of all header lines are read from right to
/// left. Only entries that trusted proxies have appended are used:
/// - If the peer is not in `trusted`, the peer is the client. The header is ignored.
/// - If the header is missing, the peer is the client.
/// - The right-most address that is not in `trusted` is the client.
/// - If all addresses are in `trusted`, the left-most address is the client. This client is a host inside the trusted
///   networks.
/// - If an invalid entry (empty, `unknown`, `_hidden`, too long) or a 33rd entry is read before an untrusted address,
///   the peer is the client. Entries to the left of an invalid entry may be forged, but a header cannot forge the peer
///   address. All requests with such a header share the rate limits of the peer.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut nearest_caller = peer;
    for (hop, entry) in entries_from_the_right(headers).enumerate() {
        let Some(address) = (hop < MAX_HOPS).then(|| parse_entry(entry)).flatten() else {
            return peer;
        };
        if !is_trusted(&address) {
            return address;
        }
        nearest_caller = address;
    }
    nearest_caller
}

fn entries_from_the_right(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    // Several header lines with the same name form one list (RFC 9110 section 5.3).
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','))
}

/// Parses the IP address of a header entry. The entry may contain a port, brackets or a zone.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let entry = entry.trim_ascii();
    if entry.len() > MAX_ENTRY_BYTES {
        return None;
    }
    let entry = std::str::from_utf8(entry).ok()?;
    let address = entry.parse().ok().or_else(|| with_port(entry)).or_else(|| with_zone(entry))?;
    Some(address.to_canonical())
}

fn with_port(entry: &str) -> Option<IpAddr> {
    let in_brackets = |entry: &str| {
        let (address, port) = entry.strip_prefix('[')?.split_once(']')?;
        let port = port.is_empty() || port.strip_prefix(':')?.parse::<u16>().is_ok();
        let address = address.parse().ok().or_else(|| with_zone(address));
        address.filter(|address| port && address.is_ipv6())
    };
    entry.parse().map(|socket: SocketAddr| socket.ip()).ok().or_else(|| in_brackets(entry))
}

/// Parses an IPv6 address with a zone. Drops the zone, because the zone names a network interface of the proxy.
fn with_zone(entry: &str) -> Option<IpAddr> {
    let (address, zone) = entry.split_once('%')?;
    let plain = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_graphic());
    address.parse().ok().filter(|_| plain).map(IpAddr::V6)
}

/// Returns the rate-limit key of a client: the IPv4 address, or the /64 network of the IPv6 address. One client usually
/// controls all addresses of a /64 network. A NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`) address contains an IPv4
/// address, which is then the key.
#[must_use]
pub fn limit_key(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => embedded(address).map_or_else(|| subnet(address), IpAddr::V4),
    }
}

fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

fn subnet(address: Ipv6Addr) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))
}

/// Parses a list of networks. The list contains CIDRs or addresses, separated by commas or spaces. IPv4-mapped IPv6
/// networks become IPv4 networks.
///
/// # Errors
/// Returns the first word that is neither a CIDR nor an address.
pub fn parse_networks(setting: &str) -> Result<Vec<IpNet>, InvalidNetwork> {
    let words = setting.split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty());
    words.map(parse_network).collect()
}

fn parse_network(word: &str) -> Result<IpNet, InvalidNetwork> {
    let network = word.parse().or_else(|_| word.parse().map(|address: IpAddr| address.into()));
    network.map(canonical_network).map_err(|_| InvalidNetwork(word.to_owned()))
}

/// Returns the canonical form of a network, because client addresses are compared in canonical form.
fn canonical_network(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network.trunc();
    };
    let inside = mapped.prefix_len().checked_sub(96);
    let v4 = mapped.addr().to_ipv4_mapped().zip(inside);
    let v4 = v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    v4.map_or(network, IpNet::V4).trunc()
}

/// Word in a list of networks that is neither a CIDR nor an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidNetwork(pub String);

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` must be an address or a network such as 10.0.0.0/8", self.0)
    }
}

impl std::error::Error for InvalidNetwork {}
