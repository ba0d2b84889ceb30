//! Who is asking: the socket's peer, or whom the trusted proxies in front of it name.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net};

#[cfg(test)]
mod tests;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// Entries looked at, from the right. More proxies than any real chain has.
const MOST_HOPS: usize = 32;
/// Bytes of one entry: the longest address, with a zone and a port, is shorter.
const LONGEST_ENTRY: usize = 80;

/// The client's address in its canonical form (an IPv4 address mapped into IPv6 is that IPv4
/// address).
///
/// Every proxy appends the address it was called from, so the header is read from the right, over
/// all of its lines, and only as far as trusted proxies have written it:
/// - the peer is not `trusted`: the peer, whatever it claims;
/// - the right-most address that is not trusted is the client;
/// - all are trusted: the left-most, a host inside the trusted networks that asks for itself;
/// - an entry that is no address (empty, `unknown`, `_hidden`, overlong), or more than 32 entries,
///   before the client is found: the peer. Nothing left of such an entry can be believed, and the
///   peer is the one address that no header had a say in; such requests share its limit.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut nearest_caller = peer;
    for (hop, entry) in entries_from_the_right(headers).enumerate() {
        let Some(address) = (hop < MOST_HOPS).then(|| parse_entry(entry)).flatten() else {
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
    // Lines of one name are one list, in order.
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','))
}

/// An address alone, with a port, in brackets, or with a zone.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let entry = entry.trim_ascii();
    if entry.len() > LONGEST_ENTRY {
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

/// A zone names an interface of the proxy; it is no part of the address.
fn with_zone(entry: &str) -> Option<IpAddr> {
    let (address, zone) = entry.split_once('%')?;
    let plain = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_graphic());
    address.parse().ok().filter(|_| plain).map(IpAddr::V6)
}

/// What a limit counts a client by: an IPv4 address, or the /64 of an IPv6 address, since whoever
/// holds one address of a /64 holds all of them. An IPv4 address inside a NAT64 (`64:ff9b::/96`)
/// or 6to4 (`2002::/16`) address is that IPv4 address.
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

/// The networks of a setting: CIDRs or single addresses, separated by commas or spaces; none when
/// it is empty. IPv4 networks mapped into IPv6 become what they mean.
///
/// # Errors
/// The first word that is neither.
pub fn parse_networks(setting: &str) -> Result<Vec<IpNet>, InvalidNetwork> {
    let words = setting.split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty());
    words.map(parse_network).collect()
}

fn parse_network(word: &str) -> Result<IpNet, InvalidNetwork> {
    let network = word.parse().or_else(|_| word.parse().map(|address: IpAddr| address.into()));
    network.map(canonical_network).map_err(|_| InvalidNetwork(word.to_owned()))
}

/// Clients are compared in their canonical form, so networks must be in theirs.
fn canonical_network(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network.trunc();
    };
    let inside = mapped.prefix_len().checked_sub(96);
    let v4 = mapped.addr().to_ipv4_mapped().zip(inside);
    let v4 = v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    v4.map_or(network, IpNet::V4).trunc()
}

/// A word that is neither a CIDR nor an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidNetwork(pub String);

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither an address nor a network such as 10.0.0.0/8", self.0)
    }
}

impl std::error::Error for InvalidNetwork {}
