//! A client that follows an event stream block by block, and says how the body ended.
//!
//! It decodes on its own, with nothing of the server's code: a fault in the server's chunks must not be undone by the same
//! fault here. Reads give up after [`PATIENCE`], which only a test that fails ever waits for.

// Each file of tests uses a part of this one.
#![allow(dead_code)]

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// One response that is being read.
pub(crate) struct Follower {
    stream: BufReader<TcpStream>,
    /// The response's head as it came, with its blank line.
    pub(crate) head: String,
    framing: Framing,
    text: Vec<u8>,
    /// How the body ended, when it has.
    pub(crate) ending: Option<Ending>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Chunked,
    Length(usize),
    UntilFin,
}

/// How a body came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The last chunk, or as many octets as were announced.
    Complete,
    /// FIN, in a body that only FIN ends.
    Fin,
    /// FIN or RST, before the body was complete.
    CutShort,
}

impl Follower {
    /// Asks for `path` with these further field lines, and reads the head of the answer.
    pub(crate) fn get(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> io::Result<Follower> {
        Follower::request(address, "GET", path, fields, b"")
    }

    /// The same with any method and a body.
    pub(crate) fn request(
        address: SocketAddr,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Follower> {
        let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
        for (name, value) in fields {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        (&socket).write_all(&[request.as_bytes(), body].concat())?;
        let mut stream = BufReader::new(socket);
        let head = read_head(&mut stream)?;
        let framing = Framing::of(&head);
        let ending = (framing == Framing::Length(0)).then_some(Ending::Complete);
        Ok(Follower { stream, head, framing, text: Vec::new(), ending })
    }

    /// The status code.
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// The next block of the stream with its blank line; none if the body has ended.
    pub(crate) fn block(&mut self) -> Option<String> {
        loop {
            // A comment is one line.
            let end: &[u8] = if self.text.first() == Some(&b':') { b"\n" } else { b"\n\n" };
            if let Some(at) = self.text.windows(end.len()).position(|octets| octets == end) {
                let rest = self.text.split_off(at + end.len());
                let block = std::mem::replace(&mut self.text, rest);
                return Some(String::from_utf8(block).expect("an event stream is UTF-8"));
            }
            if self.ending.is_some() {
                return None;
            }
            self.read_some();
        }
    }

    /// The rest of the body.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.ending.is_none() {
            self.read_some();
        }
        std::mem::take(&mut self.text)
    }

    // One chunk, or what has come.
    fn read_some(&mut self) {
        let read = match self.framing {
            Framing::Chunked => self.read_chunk(),
            Framing::Length(left) => self.read_octets(left),
            Framing::UntilFin => self.read_octets(usize::MAX),
        };
        self.ending = match (read, self.framing) {
            (Ok(true), _) => None,
            (Ok(false), Framing::UntilFin) => Some(Ending::Fin),
            (Ok(false), _) => Some(Ending::Complete),
            (Err(error), _) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("nothing has come for {PATIENCE:?}, after {:?}", String::from_utf8_lossy(&self.text))
            }
            (Err(_), _) => Some(Ending::CutShort),
        };
    }

    // False: it was the last one.
    fn read_chunk(&mut self) -> io::Result<bool> {
        let size = read_line(&mut self.stream)?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| io::Error::other(format!("chunk-size {size:?}")))?;
        let mut data = vec![0; size];
        self.stream.read_exact(&mut data)?;
        self.text.extend_from_slice(&data);
        match read_line(&mut self.stream)?.as_str() {
            "" => Ok(size > 0),
            other => Err(io::Error::other(format!("{other:?} where CRLF belongs"))),
        }
    }

    fn read_octets(&mut self, left: usize) -> io::Result<bool> {
        let octets = self.stream.fill_buf()?;
        let count = octets.len().min(left);
        self.text.extend_from_slice(&octets[..count]);
        self.stream.consume(count);
        match &mut self.framing {
            Framing::Length(left) if count == 0 && *left > 0 => Err(ErrorKind::UnexpectedEof.into()),
            Framing::Length(left) => {
                *left -= count;
                Ok(*left > 0)
            }
            Framing::Chunked | Framing::UntilFin => Ok(count > 0),
        }
    }
}

impl Framing {
    fn of(head: &str) -> Framing {
        let head = head.to_ascii_lowercase();
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        if value("transfer-encoding") == Some("chunked") {
            return Framing::Chunked;
        }
        match value("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => Framing::Length(length),
            None if head.split(' ').nth(1) == Some("204") => Framing::Length(0),
            None => Framing::UntilFin,
        }
    }
}

fn read_head(stream: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    loop {
        let line = read_line(stream)?;
        head.push_str(&line);
        head.push_str("\r\n");
        if line.is_empty() {
            return Ok(head);
        }
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 || !line.ends_with("\r\n") {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.len() - 2);
    Ok(line)
}
