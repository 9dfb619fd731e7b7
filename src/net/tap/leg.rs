//! One of the two sockets of a relayed connection.

use std::io::{self, ErrorKind, Read};

use mio::event::Event;
use mio::net::TcpStream;

use super::readiness::{ReadReadiness, WriteReadiness};
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
    /// So many octets, at the beginning of the buffer.
    Octets(usize),
    /// `read()` returned 0: the sender's FIN.
    Fin,
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
        Leg { side, socket, read: ReadReadiness::Empty, write, health: Health::Sound }
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
        match (self.socket.read(buffer), self.health) {
            // A call before this one has taken the error off the socket, which looks closed since
            // then.
            (Ok(0), Health::Broken(cause)) => ReadOutcome::Broken(cause),
            (Ok(0), Health::Sound | Health::Marked) => {
                self.read = ReadReadiness::Empty;
                ReadOutcome::Fin
            }
            (Ok(count), _) => {
                // A short read has emptied the buffer (epoll(7)).
                if count < buffer.len() && self.read == ReadReadiness::Ready {
                    self.read = ReadReadiness::Empty;
                }
                ReadOutcome::Octets(count)
            }
            (Err(error), _) if error.kind() == ErrorKind::WouldBlock => {
                self.read = ReadReadiness::Empty;
                ReadOutcome::Nothing
            }
            (Err(error), _) if error.kind() == ErrorKind::Interrupted => ReadOutcome::Nothing,
            (Err(_), Health::Broken(cause)) => ReadOutcome::Broken(cause),
            (Err(error), Health::Sound | Health::Marked) => ReadOutcome::Broken(self.side.cause(Call::Read, &error)),
        }
    }

    /// One write(2); how many octets the socket took, or none if it was full. If the connection is
    /// gone, the octets have nowhere to go, and are taken too.
    #[inline(never)]
    pub(super) fn write(&mut self, octets: &[u8]) -> Option<usize> {
        match socket::send(&self.socket, octets) {
            Ok(count) => Some(count),
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

    /// FIN goes on to this side.
    pub(super) fn send_fin(&mut self) {
        if let Err(error) = socket::send_fin(&self.socket) {
            self.fail(Call::Shutdown, &error);
        }
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
