//! Captures of connections that never were, written by the server's own sink, and what tshark says
//! of them.
//!
//! ```text
//! Capture::default()
//!     .connection(&[(Requests, b"GET ..."), (Responses, b"HTTP/1.1 2"), (Responses, b"00 OK\r\n")], Fin)
//!     .read(&home, &["wirestep.info"])      one run of tshark, a Row for each packet
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use wirestep::trace::pcapng::Pcapng;
use wirestep::trace::record::ConnectionId;
use wirestep::trace::recorder::Trace;
use wirestep::wire::cause::Cause;
use wirestep::wire::flow::Flow;

use crate::CLIENT_TIME;
use crate::common::run;
use crate::page::root;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It does not.
    Open,
    /// FIN from the server, then from the client.
    Fin,
    /// RST from the client.
    Rst,
    /// FIN from the client, then from the server.
    Leave,
    /// FIN from the client, then RST from it.
    LeaveWithRst,
}

/// Packets of one connection after another, each in a block of its own.
#[derive(Default)]
pub(crate) struct Capture {
    /// What stands before the packets.
    preamble: Vec<u8>,
    /// The packets of each connection.
    pub(crate) connections: Vec<Vec<Packet>>,
}

/// A block of a capture, with one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet(Vec<u8>);

impl Capture {
    /// Adds a connection in which these pieces passed, each in a packet of its own.
    pub(crate) fn connection(&mut self, pieces: &[(Flow, &[u8])], end: End) {
        let packets = self.packets(pieces, end);
        self.connections.push(packets);
    }

    /// The packets of the next connection, however often it is asked for.
    pub(crate) fn packets(&mut self, pieces: &[(Flow, &[u8])], end: End) -> Vec<Packet> {
        let octets = Octets::default();
        let sink = Pcapng::new(Box::new(octets.clone()), "test".to_owned(), SystemTime::now());
        let now = Duration::ZERO;
        let mut trace = Trace::new(vec![Box::new(sink)]);
        self.preamble = octets.take();
        // The number decides about ports and sequence numbers: each connection is another
        // tcp.stream.
        let number = self.connections.len() as u64 + 1;
        let id = ConnectionId::new(number);
        let port = 20_000 + u16::try_from(number).expect("there are not so many");
        trace.opened(now, id, ([127, 0, 0, 1], 8080).into(), ([127, 0, 0, 1], port).into());
        for (flow, piece) in pieces {
            trace.octets(now, id, *flow, piece);
        }
        match end {
            End::Open => {}
            End::Fin => {
                trace.fin(now, id, Flow::Responses, Cause::Script);
                trace.fin(now, id, Flow::Requests, Cause::ReadZero);
            }
            End::Leave => {
                trace.fin(now, id, Flow::Requests, Cause::ReadZero);
                trace.fin(now, id, Flow::Responses, Cause::Script);
            }
            End::LeaveWithRst => {
                trace.fin(now, id, Flow::Requests, Cause::ReadZero);
                trace.rst(now, id, Flow::Requests, Cause::ReadZero);
            }
            End::Rst => trace.rst(now, id, Flow::Requests, Cause::ReadZero),
        }
        blocks(&octets.take())
    }

    /// Leaves out the packets that only acknowledge.
    pub(crate) fn without_acknowledgements(&mut self) {
        for connection in &mut self.connections {
            connection.retain(|packet| !packet.is_acknowledgement());
        }
    }

    /// The file.
    pub(crate) fn save(&self, path: &Path) {
        let mut file = self.preamble.clone();
        for Packet(block) in self.connections.iter().flatten() {
            file.extend(block);
        }
        fs::write(path, file).expect("there is room for a file");
    }

    /// The octets that the kit keeps when it has read everything.
    pub(crate) fn kept(&self) -> usize {
        let folder = tempfile::tempdir().expect("there is a place for files");
        let (path, measure) = (folder.path().join("test.pcapng"), folder.path().join("measure.lua"));
        self.save(&path);
        fs::write(&measure, MEASURE).expect("there is room for a file");
        let mut tshark = tshark(&path);
        tshark.arg("-X").arg(format!("lua_script:{}", measure.display()));
        // Reassembly reads a body from its beginning with every segment; it is not what is
        // measured.
        tshark.args(["-q", "-o", "http.desegment_body:FALSE", "-o", "http.desegment_headers:FALSE"]);
        let text = run(&mut tshark, CLIENT_TIME).success().text();
        text.trim().parse().unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Where each row of the kit that has octets is in the payload of its packet, and its field,
    /// packet for packet.
    pub(crate) fn ranges(&self) -> Vec<Vec<(Range<usize>, String)>> {
        let folder = tempfile::tempdir().expect("there is a place for files");
        let path = folder.path().join("test.pcapng");
        self.save(&path);
        let text = run(tshark(&path).args(["-T", "pdml", "-j", "wirestep"]), CLIENT_TIME).success().text();
        let packets = text.split("<packet>").skip(1);
        packets.map(|packet| packet.lines().filter_map(range).collect()).collect()
    }

    /// What tshark and the kit say of each packet, in their order.
    pub(crate) fn read(&self, fields: &[String]) -> Vec<Row> {
        self.read_with(fields, &[])
    }

    /// The same, with other options of tshark.
    pub(crate) fn read_with(&self, fields: &[String], options: &[&str]) -> Vec<Row> {
        let folder = tempfile::tempdir().expect("there is a place for files");
        let path = folder.path().join("test.pcapng");
        self.save(&path);
        rows(&path, fields, options)
    }
}

/// Blocks of a file, each of which says its length behind its type.
fn blocks(mut file: &[u8]) -> Vec<Packet> {
    let mut packets = Vec::new();
    while let Some(length) = file.get(4..8) {
        let length = u32::from_le_bytes(length.try_into().expect("four octets")) as usize;
        packets.push(Packet(file[..length].to_vec()));
        file = &file[length..];
    }
    packets
}

impl Packet {
    /// The octets of TCP: link type 101, IP version 4, no options in either header, and then a
    /// comment.
    fn tcp(&self) -> &[u8] {
        let length = u32::from_le_bytes(self.0[20..24].try_into().expect("four octets")) as usize;
        &self.0[48..28 + length]
    }

    /// It carries neither octets nor SYN, FIN or RST.
    pub(crate) fn is_acknowledgement(&self) -> bool {
        self.tcp()[13] & 0x07 == 0 && !self.has_octets()
    }

    /// It carries octets.
    pub(crate) fn has_octets(&self) -> bool {
        self.tcp().len() > usize::from(self.tcp()[12] >> 4) * 4
    }

    /// Only its first `length` octets are in the capture.
    pub(crate) fn cut(&self, length: usize) -> Packet {
        let length = length.next_multiple_of(4);
        let mut block = self.0[..28 + length].to_vec();
        block.extend([0; 4]);
        let total = u32::try_from(block.len()).expect("it is short").to_le_bytes();
        block[4..8].copy_from_slice(&total);
        block[20..24].copy_from_slice(&u32::try_from(length).expect("it is short").to_le_bytes());
        let end = block.len() - 4;
        block[end..].copy_from_slice(&total);
        Packet(block)
    }
}

/// What tshark says of one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// `tcp.stream`.
    pub(crate) stream: usize,
    /// From the port 8080.
    pub(crate) is_response: bool,
    /// The values of each field that was asked for and is there.
    pub(crate) values: BTreeMap<String, Vec<String>>,
}

impl Row {
    /// It has octets, FIN or RST.
    pub(crate) fn carries(&self) -> bool {
        let is_set = |field: &str| ["1", "True"].contains(&self.first(field));
        self.first("tcp.len") != "0" || is_set("tcp.flags.fin") || is_set("tcp.flags.reset")
    }

    /// The kit says nothing of it.
    pub(crate) fn is_untold(&self) -> bool {
        self.values.keys().all(|field| !field.starts_with("wirestep"))
    }

    /// All values of a field.
    pub(crate) fn all(&self, field: &str) -> &[String] {
        self.values.get(field).map_or(&[], Vec::as_slice)
    }

    /// The first value of a field; nothing if it is not there.
    pub(crate) fn first(&self, field: &str) -> &str {
        self.all(field).first().map_or("", String::as_str)
    }
}

/// A line `<field name="wirestep.chunk.size" ... size="3" pos="40" ...>`. The headers have 40
/// octets.
fn range(line: &str) -> Option<(Range<usize>, String)> {
    let attribute = |name: &str| line.split_once(&format!(" {name}=\""))?.1.split('"').next();
    let name = attribute("name")?.strip_prefix("wirestep.")?.to_owned();
    let (at, length): (usize, usize) = (attribute("pos")?.parse().ok()?, attribute("size")?.parse().ok()?);
    (length > 0).then(|| (at - 40..at - 40 + length, name))
}

/// Said behind the last packet. All scripts share one heap.
const MEASURE: &str = "
    local tap = Listener.new('frame')
    function tap.draw()
        collectgarbage('collect')
        print(math.floor(collectgarbage('count') * 1024))
    end
";

/// Runs tshark with the kit on a file. The server's port is 8080.
fn rows(path: &Path, fields: &[String], options: &[&str]) -> Vec<Row> {
    let mut tshark = tshark(path);
    tshark.args(options).args(["-T", "json"]);
    let always = ["tcp.stream", "tcp.srcport", "tcp.len", "tcp.flags.fin", "tcp.flags.reset", "_ws.lua.error"]
        .map(str::to_owned);
    for field in always.iter().chain(fields) {
        tshark.args(["-e", field]);
    }
    let text = run(&mut tshark, CLIENT_TIME).success().text();
    let packets: Vec<Value> = serde_json::from_str(&text).expect("tshark writes JSON");
    packets.iter().map(|packet| row(&packet["_source"]["layers"])).collect()
}

fn row(layers: &Value) -> Row {
    let layers = layers.as_object().expect("the fields by name");
    let text = |value: &Value| value.as_str().expect("every value is text").to_owned();
    let values = |list: &Value| list.as_array().expect("a list for each field").iter().map(text).collect::<Vec<_>>();
    let values: BTreeMap<String, Vec<String>> =
        layers.iter().map(|(name, list)| (name.clone(), values(list))).collect();
    assert!(!values.contains_key("_ws.lua.error"), "the kit has failed: {values:?}");
    let stream = values["tcp.stream"][0].parse().expect("a number");
    let is_response = values["tcp.srcport"] == ["8080"];
    Row { stream, is_response, values }
}

/// A tshark that reads this file, has the kit, and knows nothing of who runs it.
fn tshark(path: &Path) -> Command {
    let mut tshark = Command::new("tshark");
    tshark.env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME");
    tshark.arg("-r").arg(path).arg("-X").arg(format!("lua_script:{}", kit().display()));
    tshark
}

/// The dissector.
pub(crate) fn kit() -> std::path::PathBuf {
    root().join("scripts/wireshark/wirestep.lua")
}

/// The names of all fields of the kit, in their order.
pub(crate) fn all_fields() -> Vec<String> {
    let source = fs::read_to_string(kit()).expect("the kit is there");
    let names = source.split("ProtoField.").skip(1).filter_map(|rest| rest.split('"').nth(1));
    names.map(str::to_owned).collect()
}

/// The octets that a sink writes.
#[derive(Clone, Default)]
struct Octets(Arc<Mutex<Vec<u8>>>);

impl Octets {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Octets {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
