//! Who is asking: the peer, or the hop that a trusted proxy vouches for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

/// What a trusted proxy forwarded cannot be read, or its headers contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Networks, with IPv4-mapped IPv6 written as the IPv4 it stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks(Vec<IpNet>);

impl Networks {
    pub(crate) fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Networks(networks.into_iter().map(canonical).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address`, which must be canonical, lies in one of the networks.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(v4), Some(bits)) => Ipv4Net::new(v4, bits).map_or(network, IpNet::V4),
        _ => network,
    }
}

/// The address the request comes from, canonical; unspecified (`::`) for a Unix socket, which has none.
///
/// A peer that is no trusted proxy is the client, whatever its headers say. Behind a trusted one it is the right-most
/// hop that is not trusted itself: what stands left of it was written by that hop and proves nothing. If all hops are
/// trusted it is the left-most. With both `X-Forwarded-For` and `Forwarded` the two must name the same client, since
/// a proxy that writes one passes the other through from whoever sent it.
pub(crate) fn client(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &Networks) -> Result<IpAddr, Unreadable> {
    let Some(peer) = peer else { return Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) };
    let peer = peer.ip().to_canonical();
    if !trusted.contains(peer) {
        return Ok(peer);
    }
    let x_forwarded_for = HeaderName::from_static("x-forwarded-for");
    let by_x = vouched(headers, &x_forwarded_for, trusted, address)?;
    let by_forwarded = vouched(headers, &FORWARDED, trusted, forwarded_for)?;
    match (by_x, by_forwarded) {
        (None, None) => Ok(peer),
        (Some(client), None) | (None, Some(client)) => Ok(client),
        (Some(one), Some(other)) if one == other => Ok(one),
        _ => Err(Unreadable),
    }
}

/// The client by one header, whose lines count as one list; `None` if it is absent.
fn vouched(
    headers: &HeaderMap,
    name: &HeaderName,
    trusted: &Networks,
    hop: impl Fn(&str) -> Option<IpAddr>,
) -> Result<Option<IpAddr>, Unreadable> {
    let lines: Vec<_> = headers.get_all(name).collect();
    let mut leftmost = None;
    for line in lines.into_iter().rev() {
        for item in line.to_str().map_err(|_| Unreadable)?.rsplit(',') {
            let address = hop(item.trim()).ok_or(Unreadable)?;
            if !trusted.contains(address) {
                return Ok(Some(address));
            }
            leftmost = Some(address);
        }
    }
    Ok(leftmost)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.map_or_else(
        || text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip())).ok(),
        |v6| v6.parse::<Ipv6Addr>().map(IpAddr::V6).ok(),
    )
    .map(|address| address.to_canonical())
}

/// The `for` of one element of `Forwarded`. Hidden identifiers (`unknown`, `_x`) name nobody. A quoted comma cuts the
/// element in two, of which neither can be read: refused, as no address has one.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") {
            let value = value.trim();
            let bare = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
            if found.replace(address(bare)?).is_some() {
                return None;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn ask(peer: &str, headers: &[(&str, &str)]) -> Result<IpAddr, Unreadable> {
        let trusted = Networks::new(["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        client(Some(peer.parse().unwrap()), &map, &trusted)
    }

    fn ip(text: &str) -> Result<IpAddr, Unreadable> {
        Ok(text.parse().unwrap())
    }

    #[test]
    fn a_stranger_is_who_it_is_whatever_it_says() {
        for headers in [&[("x-forwarded-for", "10.0.0.1")][..], &[("forwarded", "for=10.0.0.1")], &[]] {
            assert_eq!(ask("192.0.2.7:5", headers), ip("192.0.2.7"));
        }
    }

    #[test]
    fn the_rightmost_untrusted_hop_counts() {
        for (headers, expected) in [
            (&[("x-forwarded-for", "192.0.2.1")][..], "192.0.2.1"),
            (&[("x-forwarded-for", "10.9.9.9, 192.0.2.1")], "192.0.2.1"),
            (&[("x-forwarded-for", "garbage, 192.0.2.1")], "192.0.2.1"),
            (&[("x-forwarded-for", "192.0.2.1, 10.1.1.1,10.2.2.2")], "192.0.2.1"),
            (&[("x-forwarded-for", "10.3.3.3"), ("x-forwarded-for", "192.0.2.1")], "192.0.2.1"),
            (&[("x-forwarded-for", "10.3.3.3, 10.4.4.4")], "10.3.3.3"),
            (&[("x-forwarded-for", "192.0.2.1:4711")], "192.0.2.1"),
            (&[("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (&[("x-forwarded-for", "[2001:db8::1]:80")], "2001:db8::1"),
            (&[("x-forwarded-for", "::ffff:192.0.2.1")], "192.0.2.1"),
            (&[("forwarded", "for=192.0.2.1;proto=http;by=10.0.0.1")], "192.0.2.1"),
            (&[("forwarded", "For=\"[2001:db8::1]:80\", for=10.0.0.9")], "2001:db8::1"),
            (&[("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "10.3.3.3, 192.0.2.1")], "192.0.2.1"),
            (&[], "127.0.0.1"),
        ] {
            assert_eq!(ask("127.0.0.1:5", headers), ip(expected), "{headers:?}");
            assert_eq!(ask("[::ffff:127.0.0.1]:5", headers), ip(expected), "{headers:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_or_contradicts_is_refused() {
        for headers in [
            &[("x-forwarded-for", "unknown")][..],
            &[("x-forwarded-for", "")],
            &[("x-forwarded-for", "192.0.2.1, ")],
            &[("x-forwarded-for", "192.0.2.1, 999.1.1.1")],
            &[("x-forwarded-for", "\u{fc}")],
            &[("forwarded", "for=_hidden")],
            &[("forwarded", "for=unknown")],
            &[("forwarded", "proto=http")],
            &[("forwarded", "for=\"192.0.2.1")],
            &[("forwarded", "for=192.0.2.1;for=10.0.0.1")],
            &[("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=10.0.0.1")],
        ] {
            assert_eq!(ask("127.0.0.1:5", headers), Err(Unreadable), "{headers:?}");
        }
    }

    #[test]
    fn mapped_networks_hold_the_addresses_they_stand_for() {
        let networks = Networks::new(["::ffff:10.0.0.0/104".parse().unwrap()]);
        assert!(networks.contains("10.1.2.3".parse().unwrap()));
        assert!(!networks.contains("11.1.2.3".parse().unwrap()));
    }
}
