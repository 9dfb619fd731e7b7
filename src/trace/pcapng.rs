//! The trace for Wireshark: a capture that needs no root, written while it is read.
//!
//! ```text
//! wirestep --pcapng - | wireshark -k -i -
//! wirestep --pcapng - | tshark -i - -l
//! wirestep --pcapng run.pcapng
//! ```
//!
//! A capture holds packets, and the server has none: it knows what `read` and `write` took, and not
//! what the kernel made of it. So the octets, their order and their times are true, and **every IP
//! and TCP header is synthetic**: a packet for each call, a handshake before it, an acknowledgement
//! after it, FIN and RST where the server sent or saw them. What a real capture would show beside
//! that (retransmission, windows, when the octets arrived) is not here, and the section, the
//! interface and the comments say so. In exchange each packet says what its octets are.
//!
//! ```text
//! Section Header          the file, and who wrote it        draft-ietf-opsawg-pcapng, section 4.1
//! Interface Description   link type 101: IP, no Ethernet    section 4.2
//! Enhanced Packet         one packet and its comment        section 4.3, again and again
//! ```
//!
//! The blocks are written by hand: three kinds are needed, all have the same frame, and the crate
//! that knows them brings five others and knows no time but nanoseconds. Headers and checksums are
//! etherparse's.
//!
//! For the next editor: one record is one `write`, so that a reader that follows the file never
//! sees half a block for long.

mod clause;
mod comment;
mod tcp;

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use self::comment::comment;
use self::tcp::{Conversation, Flags};
use super::record::{ConnectionId, Record, Sink, What};
use crate::wire::cause::Cause;
use crate::wire::ending::Ending;
use crate::wire::explain::Saying;
use crate::wire::flow::Flow;
use crate::wire::language::Language;
use crate::wire::span::Span;

/// A sink that writes a capture.
pub struct Pcapng {
    out: Box<dyn Write + Send>,
    name: String,
    /// When the server was started, counted from 1970.
    started: Duration,
    conversations: HashMap<ConnectionId, Conversation>,
    recorded: Recorded,
    language: Language,
    /// Blocks that go out in one write.
    blocks: Blocks,
}

/// Which calls the records are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recorded {
    /// A server reads requests and writes responses.
    Server,
    /// A relay shows what it reads, from either side.
    Relay,
}

impl Pcapng {
    /// A capture to `out`, which the operator knows as `name`. `started` is the time from which
    /// records count.
    pub fn new(out: Box<dyn Write + Send>, name: String, started: SystemTime) -> Pcapng {
        let started = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Pcapng {
            out,
            name,
            started,
            conversations: HashMap::new(),
            recorded: Recorded::Server,
            language: Language::En,
            blocks: Blocks::default(),
        }
    }

    /// The records are those of a relay: what it reads, from either side.
    #[must_use]
    pub fn of_a_relay(self) -> Pcapng {
        Pcapng { recorded: Recorded::Relay, ..self }
    }

    /// With comments in `language`.
    #[must_use]
    pub fn in_language(self, language: Language) -> Pcapng {
        Pcapng { language, ..self }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.blocks.0)?;
        self.blocks.0.clear();
        self.blocks.0.shrink_to(KEPT);
        self.out.flush()
    }
}

impl Sink for Pcapng {
    fn name(&self) -> &str {
        &self.name
    }

    // At once, and not before the first packet: the reader of a pipe waits for it.
    fn begin(&mut self) -> io::Result<()> {
        self.blocks.section_header(self.language);
        self.blocks.interface_description(self.language);
        self.flush()
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        if let What::Opened { local, peer } = record.what {
            self.conversations.insert(record.connection, Conversation::new(record.connection, peer, local));
        }
        let Some(conversation) = self.conversations.get_mut(&record.connection) else { return Ok(()) };
        let at = self.started + record.at;
        let (recorded, language) = (self.recorded, self.language);
        let mut packets = Packets { at, recorded, language, conversation, blocks: &mut self.blocks };
        match record.what {
            What::Opened { .. } => packets.handshake(record.connection),
            What::Octets { flow, octets, spans, .. } => packets.octets(flow, octets, spans),
            What::Fin { flow, cause, ending } => packets.fin(flow, cause, ending),
            What::Rst { flow, cause, of, ending } => packets.rst(flow, cause, of, ending),
            What::Blocked { .. } | What::Held { .. } | What::State(_) => {}
            // A capture of a capture is not written, and a verdict is about several packets.
            What::Missing { .. } | What::Foreign { .. } | What::Verdict(_) => {}
            What::Closed { .. } => _ = self.conversations.remove(&record.connection),
        }
        if self.blocks.0.is_empty() { Ok(()) } else { self.flush() }
    }
}

/// The packets of one record.
struct Packets<'a> {
    at: Duration,
    recorded: Recorded,
    language: Language,
    conversation: &'a mut Conversation,
    blocks: &'a mut Blocks,
}

impl Packets<'_> {
    // Before accept() returns, the kernels have already shaken hands (RFC 9293 section 3.5).
    fn handshake(&mut self, connection: ConnectionId) {
        let [syn, syn_ack, ack] = match self.language {
            Language::En => [
                &format!("synthetic, like all IP and TCP headers here: connection {connection} begins (RFC 9293 3.5)"),
                "synthetic: the kernel answers before wirestep knows",
                "synthetic: the handshake is complete, and accept() returns",
            ],
            Language::Ko => [
                &format!("합성(이 캡처의 IP, TCP 헤더는 모두 합성): 연결 {connection} 시작 (RFC 9293 3.5)"),
                "합성: wirestep이 알기 전에 커널이 응답",
                "합성: 핸드셰이크가 끝나고 accept()가 반환됨",
            ],
        };
        self.packet(Flow::Requests, Flags::Syn, &[], syn);
        self.packet(Flow::Responses, Flags::Syn, &[], syn_ack);
        self.packet(Flow::Requests, Flags::Ack, &[], ack);
    }

    fn octets(&mut self, flow: Flow, octets: &[u8], spans: &[Span]) {
        let call = match (flow, self.recorded) {
            (Flow::Requests, _) | (Flow::Responses, Recorded::Relay) => "read()",
            (Flow::Responses, Recorded::Server) => "write()",
        };
        let sentence = format!("{call} = {}: {}", octets.len(), comment(flow, octets, spans, self.language));
        let size = self.conversation.segment_size();
        for (index, segment) in octets.chunks(size).enumerate() {
            if octets.len() > size {
                let first = index * size + 1;
                let last = first + segment.len() - 1;
                let part = match self.language {
                    Language::En => format!("octets {first} to {last} of {sentence}"),
                    Language::Ko => format!("{first}~{last}바이트째. 전체: {sentence}"),
                };
                self.packet(flow, Flags::Psh, segment, &part);
            } else {
                self.packet(flow, Flags::Psh, segment, &sentence);
            }
            let taken = match (self.language, segment.len()) {
                (Language::En, 1) => "synthetic: acknowledges this octet".to_owned(),
                (Language::En, count) => format!("synthetic: acknowledges these {count} octets"),
                (Language::Ko, count) => format!("합성: 이 {count}바이트에 대한 ACK"),
            };
            self.packet(flow.opposite(), Flags::Ack, &[], &taken);
        }
    }

    fn fin(&mut self, flow: Flow, cause: Cause, ending: Ending) {
        let why = ended("FIN", cause, Saying::Ending(ending, None), self.language);
        self.packet(flow, Flags::Fin, &[], &why);
        let taken = match self.language {
            Language::En => "synthetic: acknowledges the FIN",
            Language::Ko => "합성: FIN에 대한 ACK",
        };
        self.packet(flow.opposite(), Flags::Ack, &[], taken);
    }

    fn rst(&mut self, flow: Flow, cause: Cause, of: Flow, ending: Ending) {
        let why = ended("RST", cause, Saying::Ending(ending, (of != flow).then_some(of)), self.language);
        self.packet(flow, Flags::Rst, &[], &why);
    }

    fn packet(&mut self, flow: Flow, flags: Flags, payload: &[u8], comment: &str) {
        let packet = self.conversation.segment(flow, flags, payload);
        self.blocks.enhanced_packet(self.at, flow, &packet, comment);
    }
}

fn ended(what: &str, cause: Cause, ending: Saying<'_>, language: Language) -> String {
    let note = Saying::Cause(cause).in_language(language).with_section();
    match ending {
        Saying::Ending(Ending::BetweenMessages, _) => format!("{what}: {note}"),
        _ => format!("{what}: {note}; {}", ending.in_language(language).with_section()),
    }
}

/// Blocks, one after the other. Each one says its length twice, so that a file can be read
/// backwards too.
#[derive(Default)]
struct Blocks(Vec<u8>);

impl Blocks {
    fn section_header(&mut self, language: Language) {
        self.block(0x0a0d_0d0a, |block| {
            // A reader that sees the magic the wrong way round knows that the file is
            // little-endian. The length of the section is not known before its end.
            block.extend(0x1a2b_3c4d_u32.to_le_bytes());
            block.extend([1, 0, 0, 0]);
            block.extend((-1_i64).to_le_bytes());
            option(block, COMMENT, synthetic(language).as_bytes());
            option(block, SHB_USERAPPL, concat!("wirestep ", env!("CARGO_PKG_VERSION")).as_bytes());
            option(block, END, &[]);
        });
    }

    fn interface_description(&mut self, language: Language) {
        self.block(1, |block| {
            block.extend(LINKTYPE_RAW.to_le_bytes());
            block.extend([0, 0]);
            // No bound on the octets of a packet.
            block.extend(0_u32.to_le_bytes());
            option(block, IF_NAME, b"wirestep");
            option(block, IF_DESCRIPTION, synthetic(language).as_bytes());
            option(block, IF_TSRESOL, &[MICROSECONDS]);
            option(block, END, &[]);
        });
    }

    fn enhanced_packet(&mut self, at: Duration, flow: Flow, packet: &[u8], comment: &str) {
        let at = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let direction: u32 = match flow {
            Flow::Requests => INBOUND,
            Flow::Responses => OUTBOUND,
        };
        self.block(6, |block| {
            block.extend(0_u32.to_le_bytes());
            block.extend(((at >> 32) as u32).to_le_bytes());
            block.extend((at as u32).to_le_bytes());
            block.extend(length.to_le_bytes());
            block.extend(length.to_le_bytes());
            block.extend(packet);
            pad(block);
            option(block, COMMENT, comment.as_bytes());
            option(block, EPB_FLAGS, &direction.to_le_bytes());
            option(block, END, &[]);
        });
    }

    fn block(&mut self, kind: u32, fill: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend(kind.to_le_bytes());
        self.0.extend([0; 4]);
        fill(&mut self.0);
        let length = (self.0.len() - start + 4) as u32;
        self.0.extend(length.to_le_bytes());
        self.0[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
    }
}

fn option(block: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    block.extend(code.to_le_bytes());
    block.extend((value.len() as u16).to_le_bytes());
    block.extend(value);
    pad(block);
}

// Everything begins at a multiple of four octets, counted from the beginning of its block; all
// blocks are such multiples.
fn pad(block: &mut Vec<u8>) {
    block.resize(block.len().next_multiple_of(4), 0);
}

/// What a reader of the file must know.
fn synthetic(language: Language) -> &'static str {
    match language {
        Language::En => {
            "octets that wirestep's read() and write() took, in their order; all IP and TCP headers, handshakes and \
             acknowledgements are synthetic"
        }
        Language::Ko => {
            "wirestep의 read()와 write()가 처리한 바이트를 순서대로 담음. IP, TCP 헤더와 핸드셰이크, ACK는 모두 합성"
        }
    }
}

/// A raw IP packet, version 4 or 6, without a link layer.
const LINKTYPE_RAW: u16 = 101;

const END: u16 = 0;
const COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
/// Times count 10 to the power of minus six seconds.
const MICROSECONDS: u8 = 6;
const EPB_FLAGS: u16 = 2;
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;

/// Octets of memory that are kept for the next record.
const KEPT: usize = 128 * 1024;
