//! Packets and the files that hold them, made octet by octet.

// Each file of tests uses a part of this one.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::time::Duration;

use etherparse::PacketBuilder;

/// One IP packet, and when it was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Counted from 1970.
    pub(crate) at: Duration,
    /// From the IP header on.
    pub(crate) octets: Vec<u8>,
    /// Octets that it had on the wire.
    pub(crate) original: usize,
}

impl Packet {
    /// A packet that was captured whole.
    pub(crate) fn new(at: Duration, octets: Vec<u8>) -> Packet {
        Packet { at, original: octets.len(), octets }
    }

    /// The same, of which the capture keeps `length` octets.
    pub(crate) fn snapped(mut self, length: usize) -> Packet {
        self.octets.truncate(length);
        self
    }

    /// Octets of its IP and TCP headers. It must be TCP over IPv4 or IPv6 without extensions.
    pub(crate) fn headers(&self) -> usize {
        let ip = if self.octets[0] >> 4 == 6 { 40 } else { usize::from(self.octets[0] & 15) * 4 };
        ip + usize::from(self.octets[ip + 12] >> 4) * 4
    }

    /// Octets that it carries.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.octets[self.headers()..]
    }

    /// The octets of its TCP header, where they can be changed.
    pub(crate) fn tcp(&mut self) -> &mut [u8] {
        let ip = if self.octets[0] >> 4 == 6 { 40 } else { usize::from(self.octets[0] & 15) * 4 };
        &mut self.octets[ip..]
    }
}

/// Both sides of one TCP connection, as they speak.
pub(crate) struct Talk {
    pub(crate) packets: Vec<Packet>,
    pub(crate) now: Duration,
    client: Side,
    server: Side,
}

#[derive(Clone, Copy)]
struct Side {
    address: SocketAddr,
    /// The sequence number of its next octet.
    next: u32,
}

impl Talk {
    /// A connection that is open: both have said SYN. Each packet comes a millisecond after the one before it.
    pub(crate) fn open(client: &str, server: &str) -> Talk {
        Talk::open_at(client, server, 1000, 9000)
    }

    /// The same, with these initial sequence numbers.
    pub(crate) fn open_at(client: &str, server: &str, client_isn: u32, server_isn: u32) -> Talk {
        let side = |address: &str, next| Side { address: address.parse().expect("an address"), next };
        let mut talk = Talk {
            packets: Vec::new(),
            now: Duration::from_secs(1_700_000_000),
            client: side(client, client_isn),
            server: side(server, server_isn),
        };
        talk.push(true, Flags { syn: true, ..NO_ACK }, b"");
        talk.push(false, Flags { syn: true, ..ACK }, b"");
        talk.push(true, ACK, b"");
        talk
    }

    /// The client sends these octets in one segment.
    pub(crate) fn ask(&mut self, octets: &[u8]) -> &mut Talk {
        self.push(true, ACK, octets)
    }

    /// The server does, and the client acknowledges them.
    pub(crate) fn answer(&mut self, octets: &[u8]) -> &mut Talk {
        self.push(false, ACK, octets).push(true, ACK, b"")
    }

    /// The server sends FIN, and then the client does.
    pub(crate) fn end(&mut self) -> &mut Talk {
        self.push(false, FIN, b"").push(true, FIN, b"").push(false, ACK, b"")
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, time: Duration) -> &mut Talk {
        self.now += time;
        self
    }

    /// One segment, of the client or of the server.
    pub(crate) fn push(&mut self, is_client: bool, flags: Flags, payload: &[u8]) -> &mut Talk {
        let (from, to) =
            if is_client { (&mut self.client, &mut self.server) } else { (&mut self.server, &mut self.client) };
        let packet = segment(*from, *to, flags, payload);
        let counted = u32::from(flags.syn) + u32::from(flags.fin);
        from.next = from.next.wrapping_add(payload.len() as u32).wrapping_add(counted);
        self.packets.push(Packet::new(self.now, packet));
        self.now += Duration::from_millis(1);
        self
    }
}

/// What a segment says beside its octets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flags {
    pub(crate) syn: bool,
    pub(crate) ack: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) window: u16,
}

pub(crate) const ACK: Flags = Flags { syn: false, ack: true, fin: false, rst: false, window: 512 };
pub(crate) const NO_ACK: Flags = Flags { ack: false, ..ACK };
pub(crate) const FIN: Flags = Flags { fin: true, ..ACK };
pub(crate) const RST: Flags = Flags { rst: true, ..ACK };

fn segment(from: Side, to: Side, flags: Flags, payload: &[u8]) -> Vec<u8> {
    let ip = match (from.address, to.address) {
        (SocketAddr::V4(from), SocketAddr::V4(to)) => PacketBuilder::ipv4(from.ip().octets(), to.ip().octets(), 64),
        (SocketAddr::V6(from), SocketAddr::V6(to)) => PacketBuilder::ipv6(from.ip().octets(), to.ip().octets(), 64),
        _ => panic!("both sides have the same version of IP"),
    };
    let mut tcp = ip.tcp(from.address.port(), to.address.port(), from.next, flags.window);
    tcp = if flags.ack { tcp.ack(to.next) } else { tcp };
    tcp = if flags.syn { tcp.syn() } else { tcp };
    tcp = if flags.fin { tcp.fin() } else { tcp };
    tcp = if flags.rst { tcp.rst() } else { tcp };
    let mut octets = Vec::new();
    tcp.write(&mut octets, payload).expect("a vector takes all");
    octets
}

/// How a file numbers and writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) is_big_endian: bool,
    /// Decimal digits of a second.
    pub(crate) digits: u32,
}

impl Form {
    pub(crate) fn u16(self, number: u16) -> [u8; 2] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    pub(crate) fn u32(self, number: u32) -> [u8; 4] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn i64(self, number: i64) -> [u8; 8] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }
}

/// A pcap file of the link type `link`, with microseconds or nanoseconds.
pub(crate) fn pcap(form: Form, link: u32, packets: &[Packet]) -> Vec<u8> {
    let magic = if form.digits == 9 { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let mut file = form.u32(magic).to_vec();
    for half in [2, 4] {
        file.extend(form.u16(half));
    }
    for word in [0, 0, 262_144, link] {
        file.extend(form.u32(word));
    }
    for packet in packets {
        let part = packet.at.subsec_nanos() / 10_u32.pow(9 - form.digits);
        for word in [packet.at.as_secs() as u32, part, packet.octets.len() as u32, packet.original as u32] {
            file.extend(form.u32(word));
        }
        file.extend(&packet.octets);
    }
    file
}

/// One section of a pcapng file, with one interface for each link type; packets are of each in turn.
pub(crate) fn section(form: Form, links: &[u16], offset: i64, packets: &[Packet]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut header = form.u32(0x1a2b_3c4d).to_vec();
    header.extend(form.u16(1));
    header.extend(form.u16(0));
    header.extend(form.i64(-1));
    block(form, &mut file, 0x0a0d_0d0a, &header);
    for link in links {
        let mut interface = form.u16(*link).to_vec();
        interface.extend([0, 0]);
        interface.extend(form.u32(0));
        interface.extend([form.u16(9), form.u16(1)].concat());
        interface.extend([form.digits as u8, 0, 0, 0]);
        interface.extend([form.u16(14), form.u16(8)].concat());
        interface.extend(form.i64(offset));
        interface.extend([0; 4]);
        block(form, &mut file, 1, &interface);
    }
    // What is not known is passed over.
    block(form, &mut file, 0x8000_4711, b"whatever");
    for (index, packet) in packets.iter().enumerate() {
        let at = packet.at - Duration::from_secs(offset.unsigned_abs());
        let ticks = at.as_nanos() / 10_u128.pow(9 - form.digits);
        let mut body = form.u32((index % links.len()) as u32).to_vec();
        for word in [(ticks >> 32) as u32, ticks as u32, packet.octets.len() as u32, packet.original as u32] {
            body.extend(form.u32(word));
        }
        body.extend(&packet.octets);
        body.resize(body.len().next_multiple_of(4), 0);
        block(form, &mut file, 6, &body);
    }
    file
}

/// A block of a pcapng file.
pub(crate) fn block(form: Form, file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = form.u32(body.len() as u32 + 12);
    file.extend([&form.u32(kind)[..], &length, body, &length].concat());
}

/// The packets with what each link type puts before them.
pub(crate) fn linked(packets: &[Packet], before: impl Fn(bool) -> Vec<u8>) -> Vec<Packet> {
    let linked = |packet: &Packet| {
        let header = before(packet.octets[0] >> 4 == 6);
        let original = packet.original + header.len();
        Packet { at: packet.at, original, octets: [header, packet.octets.clone()].concat() }
    };
    packets.iter().map(linked).collect()
}
