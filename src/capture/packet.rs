//! A packet of a capture: octets, what the first of them are, and when they passed.
//!
//! ```text
//! at 1700000000.000003  Ethernet  66 octets of 1514    a snap length of 66 has cut the rest
//! ```

use std::time::Duration;

/// One packet, as the capture holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When it was captured, counted from 1970.
    pub at: Duration,
    /// What its first octets are.
    pub link: LinkType,
    /// The octets that were kept.
    pub octets: &'a [u8],
    /// How many octets it had on the wire; more than there are in `octets` if the capture has a
    /// snap length.
    pub original: usize,
}

/// What the first octets of a packet are (<https://www.tcpdump.org/linktypes.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkType {
    /// LINKTYPE_ETHERNET.
    Ethernet,
    /// LINKTYPE_NULL and LINKTYPE_LOOP: an address family.
    Loopback,
    /// LINKTYPE_RAW, _IPV4, _IPV6: nothing before IP.
    Raw,
    /// LINKTYPE_LINUX_SLL: what `-i any` writes in a pcap file.
    LinuxCooked,
    /// LINKTYPE_LINUX_SLL2: what newer versions write.
    LinuxCooked2,
    /// Another one, which is not read.
    Other(i32),
}

impl LinkType {
    /// The type with this number.
    pub fn from_number(number: i32) -> LinkType {
        match number {
            1 => LinkType::Ethernet,
            0 | 108 => LinkType::Loopback,
            // 12 and 14 are what some systems call the same in memory, and some programs write into
            // files.
            12 | 14 | 101 | 228 | 229 => LinkType::Raw,
            113 => LinkType::LinuxCooked,
            276 => LinkType::LinuxCooked2,
            other => LinkType::Other(other),
        }
    }
}
