//! A capture, as tshark reads it.

// Each file of tests uses a part of this one.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What tshark says about one packet: its fields by name.
pub(crate) type Packet = BTreeMap<&'static str, String>;

const FIELDS: [&str; 18] = [
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    "tcp.srcport",
    "tcp.seq_raw",
    "tcp.len",
    "tcp.payload",
    "tcp.flags.syn",
    "tcp.flags.fin",
    "tcp.flags.reset",
    "tcp.checksum.status",
    "ip.checksum.status",
    "tcp.analysis.flags",
    "_ws.malformed",
    "http.chunk_size",
    "http.response.code",
    "http.request.uri",
    "frame.comment",
];

/// The octets of each stream and direction. True is from the server.
pub(crate) type Payloads = BTreeMap<(u64, bool), Vec<u8>>;

/// The packets of a capture that is complete, with every checksum looked at.
pub(crate) fn packets(path: &Path, port: u16) -> Vec<Packet> {
    packets_so_far(path, port, "http", "tcp").unwrap_or_else(|said| panic!("{said}"))
}

/// The same, or what tshark says when the file ends in the middle of a packet. It reads the octets as `payload`: "http", or
/// "data", if they are wrong on purpose.
pub(crate) fn packets_so_far(path: &Path, port: u16, payload: &str, filter: &str) -> Result<Vec<Packet>, String> {
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(path).args(["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]);
    tshark.args(["-d", &format!("tcp.port=={port},{payload}"), "-Y", filter, "-T", "fields", "-E", "separator=/t"]);
    for field in FIELDS {
        tshark.args(["-e", field]);
    }
    let output = tshark.output().expect("tshark is installed");
    let text = String::from_utf8(output.stdout).expect("tshark writes UTF-8");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let packet = |line: &str| FIELDS.into_iter().zip(line.split('\t').map(str::to_owned)).collect();
    Ok(text.lines().map(packet).collect())
}

/// What every capture of ours must be.
pub(crate) fn assert_sound(packets: &[Packet], connections: usize) {
    for packet in packets {
        assert_eq!(packet["tcp.checksum.status"], "1", "{packet:?}");
        assert!(matches!(packet["ip.checksum.status"].as_str(), "1" | ""), "{packet:?}");
        assert_eq!(packet["tcp.analysis.flags"], "", "{packet:?}");
        assert_eq!(packet["_ws.malformed"], "", "{packet:?}");
        assert_ne!(packet["frame.comment"], "", "{packet:?}");
    }
    let streams: BTreeSet<&str> = packets.iter().map(|packet| packet["tcp.stream"].as_str()).collect();
    assert_eq!(streams.len(), connections, "one tcp.stream for each connection");
}

/// The octets of all packets in their order.
pub(crate) fn payloads(packets: &[Packet], port: u16) -> Payloads {
    let mut payloads = Payloads::new();
    for packet in packets {
        let stream = packet["tcp.stream"].parse().expect("a number");
        let octets = payloads.entry((stream, packet["tcp.srcport"] == port.to_string())).or_default();
        let hex = packet["tcp.payload"].as_bytes();
        octets.extend(hex.chunks(2).map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("two digits of hexadecimal")
        }));
    }
    payloads
}
