//! The segments that TCP would have sent: sequence numbers, acknowledgements, checksums.
//!
//! ```text
//! client                                   server
//! SYN      seq=C                  ->
//!                                 <-       SYN,ACK  seq=S     ack=C+1
//! ACK      seq=C+1    ack=S+1     ->
//! PSH,ACK  seq=C+1    78 octets   ->
//!                                 <-       ACK      seq=S+1   ack=C+79
//! FIN,ACK  seq=C+79               ->                          FIN counts as one octet, like SYN
//! ```
//!
//! A segment is as large as one on the loopback interface: 65,495 octets over IPv4, 65,475 over
//! IPv6. So nearly every write is one segment, as in a real capture there, and only what is larger
//! than a packet can be is split.
//!
//! For the next editor: initial sequence numbers differ from connection to connection, since a
//! client may reconnect from the same port, and Wireshark tells two connections apart by that
//! alone.

use std::net::{IpAddr, SocketAddr};

use etherparse::{PacketBuilder, TcpOptionElement};

use crate::trace::record::ConnectionId;
use crate::wire::flow::Flow;

/// Both directions of one connection.
pub(super) struct Conversation {
    client: End,
    server: End,
}

/// One side: where it is, and the sequence number of the next octet that it sends.
struct End {
    address: SocketAddr,
    next: u32,
}

/// What a segment does beside carrying octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flags {
    /// It opens this direction. The first one of a connection acknowledges nothing.
    Syn,
    /// It acknowledges, and that is all.
    Ack,
    /// It carries octets that the application is to get at once.
    Psh,
    /// It closes this direction.
    Fin,
    /// It cuts both directions.
    Rst,
}

impl Conversation {
    pub(super) fn new(connection: ConnectionId, client: SocketAddr, server: SocketAddr) -> Conversation {
        let initial = (connection.number() as u32).wrapping_mul(SPREAD);
        Conversation {
            client: End { address: canonical(client), next: initial },
            server: End { address: canonical(server), next: initial.wrapping_add(SPREAD / 2) },
        }
    }

    /// Octets that one segment can carry.
    pub(super) fn segment_size(&self) -> usize {
        usize::from(self.maximum())
    }

    /// The next packet in the direction of `flow`.
    pub(super) fn segment(&mut self, flow: Flow, flags: Flags, payload: &[u8]) -> Vec<u8> {
        let maximum = self.maximum();
        let (from, to) = match flow {
            Flow::Requests => (&mut self.client, &self.server),
            Flow::Responses => (&mut self.server, &self.client),
        };
        let (sequence, acknowledged) = (from.next, to.next);
        let counted = u32::from(matches!(flags, Flags::Syn | Flags::Fin));
        from.next = sequence.wrapping_add(payload.len() as u32).wrapping_add(counted);

        let ip = match (from.address.ip(), to.address.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), HOPS),
            (from, to) => PacketBuilder::ipv6(v6(from), v6(to), HOPS),
        };
        let segment = ip.tcp(from.address.port(), to.address.port(), sequence, WINDOW);
        let segment = match (flags, flow) {
            (Flags::Syn, Flow::Requests) => segment.syn(),
            (Flags::Syn, Flow::Responses) => segment.syn().ack(acknowledged),
            (Flags::Ack, _) => segment.ack(acknowledged),
            (Flags::Psh, _) => segment.psh().ack(acknowledged),
            (Flags::Fin, _) => segment.fin().ack(acknowledged),
            (Flags::Rst, _) => segment.rst().ack(acknowledged),
        };
        let segment = match flags {
            Flags::Syn => segment.options(&[
                TcpOptionElement::MaximumSegmentSize(maximum),
                TcpOptionElement::Noop,
                TcpOptionElement::WindowScale(WINDOW_SCALE),
            ]),
            Flags::Ack | Flags::Psh | Flags::Fin | Flags::Rst => Ok(segment),
        };
        let mut packet = Vec::new();
        let written = segment.map(|segment| {
            packet.reserve_exact(segment.size(payload.len()));
            segment.write(&mut packet, payload)
        });
        // Neither can fail: three options have room, the payload is no larger than a segment, and a
        // vector takes all.
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log::error!("a packet could not be made: {error}"),
            Err(error) => log::error!("a packet could not be made: {error}"),
        }
        packet
    }

    fn maximum(&self) -> u16 {
        match (self.client.address, self.server.address) {
            (SocketAddr::V4(_), SocketAddr::V4(_)) => u16::MAX - 20 - 20,
            (SocketAddr::V4(_) | SocketAddr::V6(_), _) => u16::MAX - 40 - 20,
        }
    }
}

// A socket that listens on [::] knows an IPv4 client as ::ffff:192.0.2.1; on the wire there is
// IPv4.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

const HOPS: u8 = 64;
/// 4096 shifted by 7: 512 KiB, more than is ever on its way without an acknowledgement.
const WINDOW: u16 = 4096;
const WINDOW_SCALE: u8 = 7;
/// Between the initial sequence numbers of two connections (2^32 divided by the golden ratio).
const SPREAD: u32 = 0x9e37_79b9;
