//! From a packet to a TCP segment: link layer, IP, TCP.
//!
//! ```text
//! Ethernet        destination (6)  source (6)  type (2) = 8100 -> VLAN tag (4), and its own type
//!                                                       = 0800 -> IPv4, 86dd -> IPv6
//! Linux cooked    14 or 0 octets, type (2), 0 or 18 octets         LINKTYPE_LINUX_SLL, _SLL2
//! null, loopback  address family (4), whose number each system chose for itself
//! raw             nothing: the packet begins with IP
//! ```
//!
//! What is no TCP, or cannot be read as TCP, is a [`NotTcp`]: it is counted, and the count is said
//! at the end. A fragment of an IP packet is among it, since only its first one has a TCP header
//! (RFC 791 section 3.2); TCP avoids them.
//!
//! For the next editor: checksums are not looked at. Where the network card computes them
//! (offloading), a capture on the sending machine has wrong ones. For the same reason a length of 0
//! in an IP header is no error: the packet is what the kernel gave to a card that cuts it into
//! segments by itself.

use std::net::SocketAddr;
use std::time::Duration;

use etherparse::{EtherType, Ethernet2HeaderSlice, IpNumber, LaxIpSlice, SingleVlanHeaderSlice};
use etherparse::{TcpHeaderSlice, ether_type, ip_number};

use super::packet::{LinkType, Packet};

/// One TCP segment, as far as the capture has kept it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// When it was captured, counted from 1970.
    pub at: Duration,
    /// Address and port that sent the segment.
    pub from: SocketAddr,
    /// Address and port that the segment is sent to.
    pub to: SocketAddr,
    /// The sequence number of its first octet, or of its SYN.
    pub sequence: u32,
    /// The sequence number that its sender expects next, if ACK is set.
    pub acknowledged: Option<u32>,
    /// It opens this direction.
    pub syn: bool,
    /// It closes this direction, after its octets.
    pub fin: bool,
    /// RST: both directions end at once (RFC 9293 section 3.5.2).
    pub rst: bool,
    /// The receive window, not scaled: 0 means that the sender takes nothing.
    pub window: u16,
    /// The octets that were kept.
    pub payload: &'a [u8],
    /// This many octets after those were sent, and not kept (snap length).
    pub cut: usize,
}

/// Why a packet is no segment of TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTcp {
    /// The link type is not read.
    LinkType(i32),
    /// ARP, IPv6 inside of something else, anything that is not IP.
    NotIp,
    /// A fragment of an IP packet.
    Fragment,
    /// UDP to or from port 443: HTTP/3, if it is HTTP.
    Udp443,
    /// UDP, ICMP, or another protocol over IP.
    NotTcp,
    /// Its headers are cut or wrong.
    Broken,
}

/// The segment that a packet carries.
///
/// # Errors
/// It carries none, or not enough of it.
pub fn segment<'a>(packet: &Packet<'a>) -> Result<Segment<'a>, NotTcp> {
    let octets = ip_packet(packet.link, packet.octets)?;
    let (ip, _) = LaxIpSlice::from_slice(octets).map_err(|_| NotTcp::Broken)?;
    let carried = ip.payload().payload;
    if ip.is_fragmenting_payload() {
        return Err(NotTcp::Fragment);
    }
    if ip.payload_ip_number() != ip_number::TCP {
        return Err(other_protocol(ip.payload_ip_number(), carried));
    }
    let tcp = TcpHeaderSlice::from_slice(carried).map_err(|_| NotTcp::Broken)?;
    let kept = packet.octets.len();
    Ok(Segment {
        at: packet.at,
        from: SocketAddr::new(ip.source_addr(), tcp.source_port()),
        to: SocketAddr::new(ip.destination_addr(), tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        window: tcp.window_size(),
        payload: &carried[tcp.slice().len()..],
        cut: match sent_length(&ip) {
            Some(sent) => sent.saturating_sub(octets.len()),
            None => packet.original.saturating_sub(kept),
        },
    })
}

/// What follows the link layer's header, if that is IP.
fn ip_packet(link: LinkType, octets: &[u8]) -> Result<&[u8], NotTcp> {
    match link {
        LinkType::Ethernet => {
            let header = Ethernet2HeaderSlice::from_slice(octets).map_err(|_| NotTcp::Broken)?;
            untagged(header.ether_type(), &octets[header.slice().len()..])
        }
        // 2 is IPv4 everywhere, IPv6 is 10, 24, 28 or 30. IP says its own version, so it is not
        // needed.
        LinkType::Loopback => octets.get(4..).ok_or(NotTcp::Broken),
        LinkType::Raw => Ok(octets),
        LinkType::LinuxCooked => cooked(octets, LINUX_COOKED, 14),
        LinkType::LinuxCooked2 => cooked(octets, LINUX_COOKED_2, 0),
        LinkType::Other(number) => Err(NotTcp::LinkType(number)),
    }
}

// By hand: etherparse refuses kinds of interface that it does not know, tunnels among them, and has
// no second version.
fn cooked(octets: &[u8], header: usize, at: usize) -> Result<&[u8], NotTcp> {
    match (octets.get(at..at + 2), octets.get(header..)) {
        (Some(&[high, low]), Some(rest)) => untagged(EtherType(u16::from_be_bytes([high, low])), rest),
        (_, _) => Err(NotTcp::Broken),
    }
}

/// What follows the VLAN tags, if that is IP.
fn untagged(mut kind: EtherType, mut octets: &[u8]) -> Result<&[u8], NotTcp> {
    for _ in 0..=MAX_TAGS {
        match kind {
            ether_type::IPV4 | ether_type::IPV6 => return Ok(octets),
            ether_type::VLAN_TAGGED_FRAME | ether_type::PROVIDER_BRIDGING | ether_type::VLAN_DOUBLE_TAGGED_FRAME => {
                let tag = SingleVlanHeaderSlice::from_slice(octets).map_err(|_| NotTcp::Broken)?;
                kind = tag.ether_type();
                octets = &octets[tag.slice().len()..];
            }
            _ => return Err(NotTcp::NotIp),
        }
    }
    Err(NotTcp::Broken)
}

/// Octets of the packet by its own account; none if its header says none, as in a packet for a card
/// that cuts segments.
fn sent_length(ip: &LaxIpSlice<'_>) -> Option<usize> {
    match ip {
        LaxIpSlice::Ipv4(ip) => {
            let sent = usize::from(ip.header().total_len());
            (sent >= ip.header().slice().len()).then_some(sent)
        }
        LaxIpSlice::Ipv6(ip) => {
            let sent = usize::from(ip.header().payload_length());
            (sent > 0).then_some(sent + ip.header().slice().len())
        }
    }
}

fn other_protocol(number: IpNumber, carried: &[u8]) -> NotTcp {
    let is_443 = |at: usize| carried.get(at..at + 2) == Some(&443_u16.to_be_bytes());
    if number == ip_number::UDP && (is_443(0) || is_443(2)) { NotTcp::Udp443 } else { NotTcp::NotTcp }
}

/// Octets of the header of LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
const LINUX_COOKED: usize = 16;
const LINUX_COOKED_2: usize = 20;
/// A tag of the customer inside one of the provider, and one more.
const MAX_TAGS: usize = 3;
