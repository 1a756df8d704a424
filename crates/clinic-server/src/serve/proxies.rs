//! The proxies that stand in front, and whom they speak for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// By any of these, a request was handed on.
const HANDED_ON: [HeaderName; 6] = [
    FORWARDED_FOR,
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Those who may say whom they speak for, by address or network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxies(Vec<Network>);

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        named.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    /// Whether nobody stands in front.
    pub(crate) fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody at this address may say whom it speaks for.
    pub(super) fn named(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whether a connection from `peer` may go on without TLS. It is the proxies that speak TLS: whoever goes
    /// past them would send passwords in the clear.
    pub(super) fn admit_in_the_clear(&self, peer: IpAddr) -> bool {
        self.none() || peer.is_loopback() || self.named(peer)
    }

    /// Who sends a request that comes from `peer` with these headers. Each proxy adds at the right
    /// whom it heard from, so what stands left of the first stranger may be anybody's invention.
    pub(crate) fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> Sender {
        let peer = peer.to_canonical();
        if !self.named(peer) {
            let relayed = HANDED_ON.iter().any(|name| headers.contains_key(name));
            return if relayed { Sender::Relayed(peer) } else { Sender::Direct(peer) };
        }
        let mut hop = peer;
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            for entry in line.to_str().unwrap_or_default().rsplit(',') {
                let Some(address) = address(entry.trim()) else { return Sender::Vouched(hop) };
                hop = address;
                if !self.named(address) {
                    return Sender::Vouched(address);
                }
            }
        }
        Sender::Vouched(hop)
    }
}

/// Who sends a request, as far as can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The other end of the connection.
    Direct(IpAddr),
    /// The other end of the connection, which says that it speaks for somebody and is no named proxy.
    Relayed(IpAddr),
    /// Whom a named proxy speaks for.
    Vouched(IpAddr),
}

impl Sender {
    /// The address by which a sender is told from others.
    pub(crate) fn address(self) -> IpAddr {
        match self {
            Self::Direct(address) | Self::Relayed(address) | Self::Vouched(address) => address,
        }
    }

    /// Whether it is somebody on this machine who asks for herself. Of what a named proxy hands on nobody
    /// knows that: where the proxy does not say whom it speaks for, its own address is all that is known.
    pub(crate) fn is_local(self) -> bool {
        match self {
            Self::Direct(address) => address.is_loopback(),
            Self::Relayed(_) | Self::Vouched(_) => false,
        }
    }

    /// Whether a named proxy hands the request on.
    pub(crate) fn is_vouched(self) -> bool {
        matches!(self, Self::Vouched(_))
    }

    /// One place of origin, for limits: whoever has an IPv6 address has 2^64 of them.
    pub(crate) fn source(self) -> String {
        origin(self.address()).to_string()
    }
}

/// The address that stands for all that one holder has.
pub(super) fn origin(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    match address {
        IpAddr::V6(six) if !six.is_loopback() => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}

/// An address as proxies write it: alone, or with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let alone = bare.parse::<IpAddr>().ok();
    let address = alone.or_else(|| entry.parse::<SocketAddr>().ok().map(|at| at.ip()));
    address.map(|address| address.to_canonical())
}

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                same(first.to_bits().into(), address.to_bits().into(), 32 - self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                same(first.to_bits(), address.to_bits(), 128 - self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Whether two numbers are the same but for so many bits at their ends.
fn same(a: u128, b: u128, but: u32) -> bool {
    (a ^ b).checked_shr(but).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8");
        let (first, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let first: IpAddr = first.parse().map_err(|_| wrong())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits == 0 || bits > most {
            // All addresses there are: then anybody could say that she is anybody.
            return Err(wrong());
        }
        Ok(Self { first, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(proxies: &str, peer: &str, lines: &[&str]) -> Sender {
        let proxies: Proxies = proxies.parse().expect("proxies");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().expect("a header"));
        }
        proxies.sender(peer.parse().expect("an address"), &headers)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_stranger_is_whom_the_connection_comes_from_whatever_she_says() {
        let at = ip("203.0.113.9");
        assert_eq!(sender("10.0.0.0/8", "203.0.113.9", &[]), Sender::Direct(at));
        let says = sender("10.0.0.0/8", "203.0.113.9", &["127.0.0.1"]);
        assert_eq!(says, Sender::Relayed(at));
        assert!(!sender("", "127.0.0.1", &["203.0.113.9"]).is_local());
        assert!(sender("", "127.0.0.1", &[]).is_local());
        for name in HANDED_ON {
            let headers = HeaderMap::from_iter([(name.clone(), "a".parse().expect("a header"))]);
            let sender = Proxies::default().sender(ip("127.0.0.1"), &headers);
            assert!(!sender.is_local(), "{name}");
        }
    }

    #[test]
    fn nobody_is_on_this_machine_by_the_word_of_a_proxy() {
        for lines in
            [&[][..], &["unknown"], &["203.0.113.9, unknown"], &["127.0.0.1"], &["::1"], &[""]]
        {
            assert!(!sender("127.0.0.1", "127.0.0.1", lines).is_local(), "{lines:?}");
        }
        // Whoever comes from this machine, and not from where the proxy does, has nobody in between.
        assert!(sender("10.0.0.7", "127.0.0.1", &[]).is_local());
    }

    #[test]
    fn in_the_clear_come_proxies_and_this_machine_only() {
        let proxies: Proxies = "10.0.0.0/8".parse().expect("proxies");
        for (peer, admitted) in [
            ("10.0.0.7", true),
            ("::ffff:10.0.0.7", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            let peer = ip(peer);
            assert_eq!(proxies.admit_in_the_clear(peer), admitted, "{peer}");
            // Without proxies, nothing but this machine's own addresses is listened at.
            assert!(Proxies::default().admit_in_the_clear(peer), "{peer}");
        }
    }

    #[test]
    fn a_named_proxy_is_believed_up_to_the_first_stranger_from_the_right() {
        for (lines, found) in [
            (&["203.0.113.9"][..], "203.0.113.9"),
            (&["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (&["127.0.0.1, 203.0.113.9, 10.0.0.8"], "203.0.113.9"),
            (&["127.0.0.1", "203.0.113.9", "10.0.0.8"], "203.0.113.9"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8::1]:80"], "2001:db8::1"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            (&[], "10.0.0.7"),
            (&["10.0.0.9"], "10.0.0.9"),
            (&["203.0.113.9, unknown"], "10.0.0.7"),
            (&["203.0.113.9,, 10.0.0.8"], "10.0.0.8"),
        ] {
            let found = Sender::Vouched(ip(found));
            assert_eq!(sender("10.0.0.0/8", "10.0.0.7", lines), found, "{lines:?}");
            assert_eq!(sender("10.0.0.0/8", "::ffff:10.0.0.7", lines), found, "{lines:?}");
        }
    }

    #[test]
    fn networks_are_as_wide_as_they_say() {
        let proxies: Proxies = "10.1.0.0/16, 192.0.2.7,2001:db8::/32".parse().expect("proxies");
        for (address, named) in [
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(proxies.named(ip(address)), named, "{address}");
        }
        for wrong in
            ["10.0.0.0/33", "0.0.0.0/0", "10.0.0", "proxy.example", "10.0.0.0/8/8", "::/129"]
        {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_holder_of_a_network_is_one_origin() {
        assert_eq!(origin(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(origin(ip("::1")), ip("::1"));
        assert_eq!(origin(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }
}
