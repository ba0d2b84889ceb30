//! Limits the number of public addresses in `TRUSTED_PROXIES`, because every client in a trusted network can forge its
//! client address.

use ipnet::IpNet;

/// Maximum number of public IPv4 addresses: the size of a network with the prefix length 8.
const MAX_IPV4_ADDRESSES: u128 = 1 << (32 - 8);
/// Maximum number of public IPv6 addresses: the size of a network with the prefix length 16.
const MAX_IPV6_ADDRESSES: u128 = 1 << (128 - 16);
/// Networks that are not routed on the Internet (RFC 6890).
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// Returns whether all public networks together contain more IPv4 or IPv6 addresses than the maximum. Private networks
/// do not count.
pub(super) fn are_too_wide(networks: &[IpNet]) -> bool {
    let private: Vec<IpNet> = PRIVATE.iter().filter_map(|network| network.parse().ok()).collect();
    let is_public = |network: &IpNet| !private.iter().any(|private| private.contains(network));
    let public: Vec<IpNet> = networks.iter().copied().filter(is_public).collect();
    // Merges overlapping networks, so that no address is counted twice.
    let merged = IpNet::aggregate(&public);
    let ipv4 = merged.iter().filter(|network| network.addr().is_ipv4());
    let ipv6 = merged.iter().filter(|network| network.addr().is_ipv6());
    addresses(ipv4) > MAX_IPV4_ADDRESSES || addresses(ipv6) > MAX_IPV6_ADDRESSES
}

/// Returns the number of addresses. The sum saturates, because `::/0` contains 2^128 addresses.
fn addresses<'a>(networks: impl Iterator<Item = &'a IpNet>) -> u128 {
    let size = |network: &IpNet| 1_u128.checked_shl((network.max_prefix_len() - network.prefix_len()).into());
    networks.fold(0_u128, |sum, network| sum.saturating_add(size(network).unwrap_or(u128::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_address::parse_networks;

    fn too_wide(setting: &str) -> bool {
        are_too_wide(&parse_networks(setting).unwrap())
    }

    #[test]
    fn networks_are_too_wide_if_their_union_exceeds_the_maximum() {
        for setting in [
            "0.0.0.0/0",
            "::/0",
            "::ffff:0:0/96",
            "8.0.0.0/7",
            "10.0.0.0/7",
            "2000::/15",
            "0.0.0.0/1, 128.0.0.0/1",
            "8.0.0.0/8, 9.0.0.0/8",
            "3.0.0.0/8, 52.0.0.0/8",
            "3.0.0.0/8, 203.0.113.7",
            "::/1, 8000::/1",
            "2000::/16, 2600:1::/32",
        ] {
            assert!(too_wide(setting), "{setting}");
        }
    }

    #[test]
    fn networks_are_not_too_wide_if_they_are_private_or_within_the_maximum() {
        for setting in [
            "",
            "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8, 100.64.0.0/10, fc00::/7",
            "10.0.0.0/9, 10.128.0.0/9",
            "8.0.0.0/8",
            "8.0.0.0/8, 8.1.0.0/16, 8.0.0.0/9, 10.0.0.0/8",
            "2600::/16, fd00::/8",
            "173.245.48.0/20, 104.16.0.0/13, 2400:cb00::/32",
        ] {
            assert!(!too_wide(setting), "{setting}");
        }
    }
}
