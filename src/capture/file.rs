//! The file: packets out of pcap and pcapng, with constant memory, from anything that can be read.
//!
//! ```text
//! pcap     file header (24 octets)   packet header (16), octets   packet header, octets   ...
//! pcapng   section header   interface description   enhanced packet   enhanced packet   ...
//!          each block: type, length, body, length again            draft-ietf-opsawg-pcapng
//! ```
//!
//! The writer of the file chose its byte order, its link type and the unit of its times; the first
//! octets say which. In a pcapng file a later section may choose again, and each interface has a
//! link type and a unit of its own.
//!
//! Blocks are parsed by the crate `pcap_parser`. The buffer is of this room, since the reader of
//! that crate forgets why a `read()` failed and asks a pipe only once for the first block.
//!
//! For the next editor: nothing is kept of a packet that was given out, and one block has at most
//! [`MAX_BLOCK`] octets. A packet is given out as soon as its last octet has come, so `tcpdump -w -
//! |` can be read while it runs.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::time::Duration;

use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{InterfaceDescriptionBlock, LegacyPcapBlock, nom};
use pcap_parser::{PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header};

use super::packet::{LinkType, Packet};

/// A capture that is being read.
pub struct CaptureFile {
    input: Box<dyn Read>,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been given out yet.
    unread: Range<usize>,
    /// Octets of the file before those.
    offset: u64,
    has_ended: bool,
    format: Format,
    /// The time of the last packet, for those that have none.
    latest: Duration,
    /// A packet whose time has been asked for, and which has not been given out yet.
    next: Option<PacketRange>,
}

/// What the file has said about itself so far.
enum Format {
    Unknown,
    Pcap { header: PcapHeader },
    Pcapng { is_big_endian: bool, interfaces: Vec<Interface> },
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: LinkType,
    /// Octets that are kept of a packet; 0 is no bound.
    snap_length: u32,
    unit: Unit,
}

/// How a number of the file becomes a time (if_tsresol, if_tsoffset).
#[derive(Debug, Clone, Copy)]
struct Unit {
    per_second: u128,
    /// Seconds to be added.
    offset: i64,
}

/// A packet that lies in the buffer.
#[derive(Debug, Clone)]
struct PacketRange {
    at: Duration,
    link: LinkType,
    octets: Range<usize>,
    original: usize,
}

impl CaptureFile {
    /// A capture that is read from `input`. Nothing is read yet.
    pub fn new(input: Box<dyn Read>) -> CaptureFile {
        CaptureFile {
            input,
            buffer: vec![0; FIRST_BUFFER],
            unread: 0..0,
            offset: 0,
            has_ended: false,
            format: Format::Unknown,
            latest: Duration::ZERO,
            next: None,
        }
    }

    /// Octets of the file that have been dealt with.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next packet is not there yet: to get it means to read, which may have to wait.
    pub fn must_read(&self) -> bool {
        match self.block_length() {
            _ if self.next.is_some() => false,
            Ok(Some(length)) => self.unread.len() < length,
            Ok(None) => true,
            // The error is there at once.
            Err(_) => false,
        }
    }

    /// The time of the next packet, which stays the next one; `None` after the last one.
    ///
    /// # Errors
    /// As [`CaptureFile::next_packet`].
    pub fn next_time(&mut self) -> Result<Option<Duration>, FileError> {
        if self.next.is_none() {
            self.next = self.find_packet()?;
        }
        Ok(self.next.as_ref().map(|found| found.at))
    }

    /// The next packet; `None` after the last one.
    ///
    /// # Errors
    /// The file is no capture, is broken, or cannot be read. There is no packet after an error.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, FileError> {
        let found = match self.next.take() {
            Some(found) => Some(found),
            None => self.find_packet()?,
        };
        let Some(PacketRange { at, link, octets, original }) = found else { return Ok(None) };
        self.latest = at;
        Ok(Some(Packet { at, link, octets: &self.buffer[octets], original }))
    }

    /// Goes on after the next packet, which stays in the buffer until more is read.
    fn find_packet(&mut self) -> Result<Option<PacketRange>, FileError> {
        loop {
            let Some(length) = self.fill_block()? else { return Ok(None) };
            let start = self.unread.start;
            let found = self.read_block(start..start + length)?;
            self.unread.start += length;
            self.offset += length as u64;
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Reads until a whole block is in the buffer, and says how long it is; `None` at the end of
    /// the file.
    fn fill_block(&mut self) -> Result<Option<usize>, FileError> {
        loop {
            let needed = match self.block_length()? {
                Some(length) if self.unread.len() >= length => return Ok(Some(length)),
                needed => needed,
            };
            if self.has_ended {
                return self.at_end();
            }
            self.make_room(needed.unwrap_or(HEADER));
            match self.input.read(&mut self.buffer[self.unread.end..]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => self.unread.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.error(FileProblem::Read(error))),
            }
        }
    }

    fn at_end(&self) -> Result<Option<usize>, FileError> {
        match (self.unread.is_empty(), self.offset) {
            (true, 0) => Err(self.error(FileProblem::Empty)),
            (true, _) => Ok(None),
            (false, 0) if matches!(self.format, Format::Unknown) && self.unread.len() < 4 => {
                Err(self.error(FileProblem::NotACapture))
            }
            (false, _) => Err(self.error(FileProblem::Cut { there: self.unread.len() })),
        }
    }

    /// Space for `needed` octets from the first unread one on, and for one more at least.
    fn make_room(&mut self, needed: usize) {
        if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.buffer.len() < needed {
            self.buffer.resize(needed.next_power_of_two(), 0);
        }
    }

    /// How long the next block is; `None` if too little of it is there to know.
    fn block_length(&self) -> Result<Option<usize>, FileError> {
        let unread = &self.buffer[self.unread.clone()];
        match &self.format {
            Format::Unknown => match unread.first_chunk::<4>() {
                None => Ok(None),
                Some(&SECTION_HEADER) => self.section_length(unread),
                Some(magic) if PCAP_MAGIC.contains(magic) => Ok(Some(PCAP_HEADER)),
                Some(&[0x1f, 0x8b, ..]) => Err(self.error(FileProblem::Compressed("gzip"))),
                Some(&[0x28, 0xb5, 0x2f, 0xfd]) => Err(self.error(FileProblem::Compressed("zstd"))),
                Some(_) => Err(self.error(FileProblem::NotACapture)),
            },
            Format::Pcap { header } => {
                let frame = if header.is_modified_format() { 24 } else { 16 };
                let Some(length) = number(unread, 8, header.is_bigendian()) else { return Ok(None) };
                self.bounded(frame, length)
            }
            Format::Pcapng { .. } if unread.starts_with(&SECTION_HEADER) => self.section_length(unread),
            Format::Pcapng { is_big_endian, .. } => match number(unread, 4, *is_big_endian) {
                None => Ok(None),
                Some(length) if length < 12 || length % 4 != 0 => Err(self.error(FileProblem::Malformed)),
                Some(length) => self.bounded(0, length),
            },
        }
    }

    /// A section header says its byte order after its length.
    fn section_length(&self, unread: &[u8]) -> Result<Option<usize>, FileError> {
        match (number(unread, 8, false), number(unread, 8, true)) {
            (None, _) | (_, None) => Ok(None),
            (Some(BYTE_ORDER_MAGIC), _) => self.bounded(0, number(unread, 4, false).unwrap_or_default()),
            (_, Some(BYTE_ORDER_MAGIC)) => self.bounded(0, number(unread, 4, true).unwrap_or_default()),
            _ if self.offset == 0 => Err(self.error(FileProblem::NotACapture)),
            _ => Err(self.error(FileProblem::Malformed)),
        }
    }

    fn bounded(&self, header: usize, length: u32) -> Result<Option<usize>, FileError> {
        match usize::try_from(length) {
            Ok(length) if length <= MAX_BLOCK => Ok(Some(header + length)),
            Ok(_) | Err(_) => Err(self.error(FileProblem::TooLong { length })),
        }
    }

    /// What the block at `at` of the buffer is.
    fn read_block(&mut self, at: Range<usize>) -> Result<Option<PacketRange>, FileError> {
        let block = &self.buffer[at.clone()];
        let found = match &mut self.format {
            Format::Unknown if block.starts_with(&SECTION_HEADER) => {
                self.format = Format::Pcapng { is_big_endian: begins_big_endian(block), interfaces: Vec::new() };
                Ok(None)
            }
            Format::Unknown => match parse_pcap_header(block) {
                Ok((_, header)) => {
                    self.format = Format::Pcap { header };
                    Ok(None)
                }
                Err(_) => Err(FileProblem::Malformed),
            },
            Format::Pcap { header } => read_pcap(header, block),
            Format::Pcapng { is_big_endian, interfaces } if block.starts_with(&SECTION_HEADER) => {
                *is_big_endian = begins_big_endian(block);
                interfaces.clear();
                Ok(None)
            }
            Format::Pcapng { is_big_endian, interfaces } => read_pcapng(*is_big_endian, interfaces, self.latest, block),
        };
        let in_buffer = |octets: Range<usize>| at.start + octets.start..at.start + octets.end;
        match found {
            Ok(found) => Ok(found.map(|found| PacketRange { octets: in_buffer(found.octets), ..found })),
            Err(problem) => Err(self.error(problem)),
        }
    }

    fn error(&self, problem: FileProblem) -> FileError {
        FileError { offset: self.offset, problem }
    }
}

/// A packet of a pcap file.
fn read_pcap(header: &PcapHeader, block: &[u8]) -> Result<Option<PacketRange>, FileProblem> {
    let parsed = if header.is_modified_format() {
        parse_pcap_frame_modified(block)
    } else if header.is_bigendian() {
        parse_pcap_frame_be(block)
    } else {
        parse_pcap_frame(block)
    };
    let Ok((_, packet)) = parsed else { return Err(FileProblem::Malformed) };
    let LegacyPcapBlock { ts_sec, ts_usec, origlen, data, .. } = packet;
    let part = u64::from(ts_usec) * if header.is_nanosecond_precision() { 1 } else { 1000 };
    Ok(Some(PacketRange {
        at: Duration::from_secs(u64::from(ts_sec)).saturating_add(Duration::from_nanos(part)),
        link: LinkType::from_number(header.network.0 & LINK_TYPE),
        octets: block.len() - data.len()..block.len(),
        original: (origlen as usize).max(data.len()),
    }))
}

/// A block of a pcapng file that is no section header.
fn read_pcapng(
    is_big_endian: bool,
    interfaces: &mut Vec<Interface>,
    latest: Duration,
    block: &[u8],
) -> Result<Option<PacketRange>, FileProblem> {
    // Even what says that something is missing is malformed: the whole block is there.
    let parse = if is_big_endian { parse_block_be } else { parse_block_le };
    let parsed: nom::IResult<&[u8], Block<'_>, _> = parse(block);
    let Ok((_, parsed)) = parsed else { return Err(FileProblem::Malformed) };
    match parsed {
        Block::InterfaceDescription(description) => {
            if interfaces.len() >= MAX_INTERFACES {
                return Err(FileProblem::TooManyInterfaces);
            }
            interfaces.push(Interface::new(&description, is_big_endian));
            Ok(None)
        }
        Block::EnhancedPacket(packet) => {
            let Some(interface) = interfaces.get(packet.if_id as usize) else {
                return Err(FileProblem::UnknownInterface(packet.if_id));
            };
            let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            let length = packet.packet_data().len();
            Ok(Some(PacketRange {
                at: interface.unit.time(ticks),
                link: interface.link,
                octets: ENHANCED_HEADER..ENHANCED_HEADER + length,
                original: (packet.origlen as usize).max(length),
            }))
        }
        // It has neither a time nor an interface: it belongs to the first one.
        Block::SimplePacket(packet) => {
            let Some(interface) = interfaces.first() else { return Err(FileProblem::UnknownInterface(0)) };
            let bound = if interface.snap_length == 0 { usize::MAX } else { interface.snap_length as usize };
            let length = packet.packet_data().len().min(bound);
            Ok(Some(PacketRange {
                at: latest,
                link: interface.link,
                octets: SIMPLE_HEADER..SIMPLE_HEADER + length,
                original: (packet.origlen as usize).max(length),
            }))
        }
        // Names, statistics, keys, and what is not known: they hold no packet.
        Block::SectionHeader(_)
        | Block::NameResolution(_)
        | Block::InterfaceStatistics(_)
        | Block::SystemdJournalExport(_)
        | Block::DecryptionSecrets(_)
        | Block::ProcessInformation(_)
        | Block::Custom(_)
        | Block::Unknown(_) => Ok(None),
    }
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>, is_big_endian: bool) -> Interface {
        // pcap_parser takes the offset for little-endian whatever the section says.
        let offset = description.if_tsoffset;
        let offset = if is_big_endian { offset.swap_bytes() } else { offset };
        Interface {
            link: LinkType::from_number(description.linktype.0),
            snap_length: description.snaplen,
            unit: Unit::new(description.if_tsresol, offset),
        }
    }
}

impl Unit {
    /// `if_tsresol`: a negative power of 10, or of 2 if the highest bit is set.
    fn new(resolution: u8, offset: i64) -> Unit {
        let exponent = u32::from(resolution & 0x7f);
        let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
        // Finer than 64 bits can count is no unit; the usual one is as good as any then.
        let per_second = base.checked_pow(exponent).filter(|per_second| *per_second <= u128::from(u64::MAX));
        Unit { per_second: per_second.unwrap_or(1_000_000), offset }
    }

    fn time(self, ticks: u64) -> Duration {
        let ticks = u128::from(ticks);
        // Both fit: the first is at most the number of ticks, the second less than a second.
        let seconds = (ticks / self.per_second) as u64;
        let nanoseconds = (ticks % self.per_second * 1_000_000_000 / self.per_second) as u64;
        let seconds = seconds.saturating_add_signed(self.offset);
        Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds))
    }
}

/// Four octets as a number; `None` if they are not there.
fn number(octets: &[u8], at: usize, is_big_endian: bool) -> Option<u32> {
    let octets = *octets.get(at..)?.first_chunk::<4>()?;
    Some(if is_big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) })
}

fn begins_big_endian(section_header: &[u8]) -> bool {
    number(section_header, 8, true) == Some(BYTE_ORDER_MAGIC)
}

/// Why there are no more packets.
#[derive(Debug)]
pub struct FileError {
    /// Octets of the file before the place where it is broken.
    pub offset: u64,
    /// What is wrong there.
    pub problem: FileProblem,
}

/// What can be wrong with a file.
#[derive(Debug)]
pub enum FileProblem {
    /// It has no octet.
    Empty,
    /// It begins as neither pcap nor pcapng does.
    NotACapture,
    /// It is compressed, in this way.
    Compressed(&'static str),
    /// It ends inside a block, of which this many octets are there.
    Cut {
        /// Octets of the block.
        there: usize,
    },
    /// A block or packet says that it has this many octets, which none has.
    TooLong {
        /// The length in octets that the block announces.
        length: u32,
    },
    /// A block does not follow its grammar.
    Malformed,
    /// A packet of an interface that was not described.
    UnknownInterface(u32),
    /// A section describes more interfaces than are kept.
    TooManyInterfaces,
    /// `read()` failed.
    Read(io::Error),
}

impl FileError {
    /// Packets may have been given out before it: the file is a capture, and only what follows is
    /// lost.
    pub fn is_late(&self) -> bool {
        self.offset > 0
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.problem {
            FileProblem::Empty => f.write_str("it is empty: a capture has at least a header"),
            FileProblem::NotACapture => f.write_str("it is no capture: it begins neither as pcap nor as pcapng does"),
            FileProblem::Compressed(how) => write!(f, "it is compressed with {how}: decompress it first"),
            FileProblem::Cut { there } => {
                write!(f, "it is cut at octet {}, inside the block that begins at octet {at}", at + *there as u64)
            }
            FileProblem::TooLong { length } => {
                write!(f, "it is broken at octet {at}: a block says that it has {length} octets")
            }
            FileProblem::Malformed => write!(f, "it is broken at octet {at}: a block does not follow its grammar"),
            FileProblem::UnknownInterface(interface) => {
                write!(f, "it is broken at octet {at}: a packet of the interface {interface}, which is not described")
            }
            FileProblem::TooManyInterfaces => {
                write!(f, "it is broken at octet {at}: more than {MAX_INTERFACES} interfaces in one section")
            }
            FileProblem::Read(error) => write!(f, "it cannot be read from octet {at} on: {error}"),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            FileProblem::Read(error) => Some(error),
            _ => None,
        }
    }
}

/// The longest block that is read: room for 256 KiB of packet in captures with large segments, for
/// names and for keys, and a bound on what a broken length can make of the buffer.
pub const MAX_BLOCK: usize = 16 * 1024 * 1024;
/// Captures of all interfaces of a large machine have some hundred.
const MAX_INTERFACES: usize = 4096;
const FIRST_BUFFER: usize = 256 * 1024;
const HEADER: usize = 32;

/// The same in either byte order.
const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Microseconds, nanoseconds and Kuznetzov's format, and the first two in the other byte order.
const PCAP_MAGIC: [[u8; 4]; 5] = [
    0xa1b2_c3d4_u32.to_le_bytes(),
    0xa1b2_3c4d_u32.to_le_bytes(),
    0xa1b2_cd34_u32.to_le_bytes(),
    0xa1b2_c3d4_u32.to_be_bytes(),
    0xa1b2_3c4d_u32.to_be_bytes(),
];
const PCAP_HEADER: usize = 24;
/// The upper bits of the field say whether a frame check sequence follows.
const LINK_TYPE: i32 = 0xffff;
/// Octets of a block before the packet.
const ENHANCED_HEADER: usize = 28;
const SIMPLE_HEADER: usize = 12;
