//! One of the two sockets of a relayed connection.

use std::io::{self, ErrorKind, Read};

use mio::event::Event;
use mio::net::TcpStream;

use super::readiness::{ReadReadiness, WriteReadiness};
use super::tls::{Decrypted, Handshake, Session};
use crate::net::socket;
use crate::wire::cause::{Call, Cause};
use crate::wire::flow::Flow;

/// Which socket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// That of the client, which `accept()` has returned.
    Client,
    /// That of the origin, to which the relay connects.
    Origin,
}

/// A socket, and what is known of it.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) side: Side,
    pub(super) socket: TcpStream,
    pub(super) read: ReadReadiness,
    pub(super) write: WriteReadiness,
    health: Health,
    /// TLS, if it is spoken on this socket.
    tls: Option<Session>,
}

/// Whether the connection of this socket still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Sound,
    /// Poll has seen an error (EPOLLERR) that no call has reported yet.
    Marked,
    /// A call has reported the error. What came before it may still be in the receive buffer.
    Broken(Cause),
}

/// What a read has found.
pub(super) enum ReadOutcome {
    /// This many octets, at the beginning of the buffer.
    Octets(usize),
    /// Nothing more comes, for this cause: the sender's FIN, or what TLS has in its place.
    Fin(Cause),
    /// `read()` would have blocked.
    Nothing,
    /// The connection of this socket is gone, and all that came before has been read.
    Broken(Cause),
}

impl Side {
    /// The direction of what this side sends.
    pub(super) fn flow(self) -> Flow {
        match self {
            Side::Client => Flow::Requests,
            Side::Origin => Flow::Responses,
        }
    }

    /// What `read()` = 0 means.
    fn fin(self) -> Cause {
        match self {
            Side::Client => Cause::ReadZero,
            Side::Origin => Cause::OriginFin,
        }
    }

    // ECONNRESET, EPIPE and ENOTCONN mean that this side sent RST, whichever call reports it; other
    // errors do not.
    fn cause(self, call: Call, error: &io::Error) -> Cause {
        let errno = error.raw_os_error();
        let is_reset =
            matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected);
        match (self, error.kind()) {
            (Side::Client, _) if is_reset => Cause::PeerReset { call, errno },
            (Side::Origin, _) if is_reset => Cause::OriginReset { call, errno },
            (Side::Client, ErrorKind::TimedOut) => Cause::Unacknowledged,
            (Side::Origin, ErrorKind::TimedOut) => Cause::OriginUnacknowledged,
            (Side::Client | Side::Origin, _) => Cause::CallFailed { call, errno },
        }
    }
}

impl Leg {
    /// A socket that is registered; the first event comes with whatever is there already.
    pub(super) fn new(side: Side, socket: TcpStream, write: WriteReadiness) -> Leg {
        Leg { side, socket, read: ReadReadiness::Empty, write, health: Health::Sound, tls: None }
    }

    /// The same, encrypted.
    pub(super) fn encrypted(self, tls: Option<Session>) -> Leg {
        Leg { tls, ..self }
    }

    /// Poll has seen something. It is a hint: the truth is what the next call returns.
    pub(super) fn mark_ready(&mut self, event: &Event) {
        self.read.mark(event);
        self.write.mark(event);
        if event.is_error() && self.health == Health::Sound {
            self.health = Health::Marked;
        }
    }

    /// One `read(2)` into the buffer that all legs share.
    #[inline(never)]
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        if self.tls.is_some() {
            return self.read_tls(buffer);
        }
        match (self.socket.read(buffer), self.health) {
            // A call before this one has taken the error off the socket, which looks closed since
            // then.
            (Ok(0), Health::Broken(cause)) => ReadOutcome::Broken(cause),
            (Ok(0), Health::Sound | Health::Marked) => {
                self.read = ReadReadiness::Empty;
                ReadOutcome::Fin(self.side.fin())
            }
            (Ok(count), _) => {
                // A short read has emptied the buffer (epoll(7)).
                if count < buffer.len() && self.read == ReadReadiness::Ready {
                    self.read = ReadReadiness::Empty;
                }
                ReadOutcome::Octets(count)
            }
            (Err(error), _) => self.read_failed(&error),
        }
    }

    /// One record of TLS, for which none, one or several calls of `read(2)` are needed.
    fn read_tls(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        let Some(tls) = &mut self.tls else { return ReadOutcome::Nothing };
        match (tls.read(&mut self.socket, buffer), self.health) {
            (Ok(Decrypted::Octets(count)), _) => ReadOutcome::Octets(count),
            (Ok(Decrypted::Fault(fault)), _) => ReadOutcome::Broken(Cause::OriginTls(fault)),
            (Ok(Decrypted::FinAlone), Health::Broken(cause)) => ReadOutcome::Broken(cause),
            (Ok(Decrypted::CloseNotify), _) => self.end_tls(Cause::OriginCloseNotify),
            (Ok(Decrypted::FinAlone), _) => self.end_tls(Cause::OriginFinAlone),
            (Err(error), _) => self.read_failed(&error),
        }
    }

    fn read_failed(&mut self, error: &io::Error) -> ReadOutcome {
        match (error.kind(), self.health) {
            (ErrorKind::WouldBlock, _) => {
                self.read = ReadReadiness::Empty;
                ReadOutcome::Nothing
            }
            (ErrorKind::Interrupted, _) => ReadOutcome::Nothing,
            (_, Health::Broken(cause)) => ReadOutcome::Broken(cause),
            (_, Health::Sound | Health::Marked) => ReadOutcome::Broken(self.side.cause(Call::Read, error)),
        }
    }

    fn end_tls(&mut self, cause: Cause) -> ReadOutcome {
        self.read = ReadReadiness::Empty;
        ReadOutcome::Fin(cause)
    }

    /// Goes on with the handshake of TLS; none if there is no TLS on this socket.
    pub(super) fn shake_hands(&mut self) -> Option<Result<Handshake, Cause>> {
        let tls = self.tls.as_mut()?;
        Some(tls.shake_hands(&mut self.socket).map_err(|error| self.side.cause(Call::Read, &error)))
    }

    /// After the handshake: octets may have come with its last record.
    pub(super) fn begin_encrypted(&mut self) -> Option<bool> {
        if self.read == ReadReadiness::Empty {
            self.read = ReadReadiness::Ready;
        }
        self.tls.as_ref().map(Session::is_checked)
    }

    /// Octets were taken, and wait encrypted for room in the socket.
    pub(super) fn has_unsent(&self) -> bool {
        // Of a connection that is gone nothing can leave any more.
        !matches!(self.health, Health::Broken(_)) && self.tls.as_ref().is_some_and(Session::has_unsent)
    }

    /// Sends what waits encrypted.
    pub(super) fn flush(&mut self) {
        let flushed = self.tls.as_mut().map_or(Ok(()), |tls| tls.flush(&mut self.socket));
        self.note_sent(Call::Write, flushed);
    }

    fn note_sent(&mut self, call: Call, sent: io::Result<()>) {
        match sent {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.write = WriteReadiness::Full,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => self.fail(call, &error),
        }
    }

    /// One write(2); how many octets the socket took, or none if it was full. If the connection is
    /// gone, the octets have nowhere to go, and are taken too.
    #[inline(never)]
    pub(super) fn write(&mut self, octets: &[u8]) -> Option<usize> {
        let sent = match &mut self.tls {
            None => socket::send(&self.socket, octets),
            Some(tls) => tls.write(&mut self.socket, octets),
        };
        match sent {
            Ok(count) => {
                if self.has_unsent() {
                    self.write = WriteReadiness::Full;
                }
                Some(count)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.write = WriteReadiness::Full;
                None
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Some(0),
            Err(error) => {
                self.fail(Call::Write, &error);
                Some(octets.len())
            }
        }
    }

    /// FIN goes on to this side, after close_notify in TLS; false if there is no room for that yet.
    pub(super) fn send_fin(&mut self) -> bool {
        if let Some(tls) = &mut self.tls {
            let closed = tls.close(&mut self.socket);
            self.note_sent(Call::Write, closed);
            if self.has_unsent() {
                return false;
            }
        }
        if let Err(error) = socket::send_fin(&self.socket) {
            self.fail(Call::Shutdown, &error);
        }
        true
    }

    // What was sent before the RST is to be read first, as it would be without the relay.
    fn fail(&mut self, call: Call, error: &io::Error) {
        self.health = Health::Broken(self.side.cause(call, error));
        self.read = ReadReadiness::ReadyToEnd;
    }

    /// Why the connection of this socket is gone, if it is.
    pub(super) fn broken(&mut self) -> Option<Cause> {
        if self.health == Health::Marked {
            let error = self.socket.take_error().ok().flatten();
            let unknown = || io::Error::from(ErrorKind::ConnectionReset);
            self.health = Health::Broken(self.side.cause(Call::Read, &error.unwrap_or_else(unknown)));
        }
        match self.health {
            Health::Sound | Health::Marked => None,
            Health::Broken(cause) => Some(cause),
        }
    }

    /// The connection is gone, or will be found to be.
    pub(super) fn is_sound(&self) -> bool {
        self.health == Health::Sound
    }
}
