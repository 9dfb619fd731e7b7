//! What is known of a socket's two buffers.
//!
//! ```text
//! poll: readable            Empty -> Ready     read() took less than it could: Ready -> Empty
//! poll: FIN or an error     -> ReadyToEnd      read() returned 0, an error or EAGAIN: -> Empty
//! poll: writable            Full -> Ready      write() would have blocked: Ready -> Full
//! ```
//!
//! Events are edge-triggered: poll says once that something has changed, and what it said is
//! remembered here until a call says that it is over.

use mio::event::Event;

/// What is known of a socket's receive buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadReadiness {
    /// It was empty; poll will say when it is not.
    Empty,
    /// It may hold octets.
    Ready,
    /// It may hold octets, and poll has seen FIN or an error after them: it is read until the call
    /// says so.
    ReadyToEnd,
}

/// What is known of a socket's send buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteReadiness {
    /// It was full; poll will say when it is not.
    Full,
    /// It may have room.
    Ready,
}

impl ReadReadiness {
    /// Poll has seen this of the socket.
    pub(super) fn mark(&mut self, event: &Event) {
        if event.is_read_closed() || event.is_error() {
            *self = ReadReadiness::ReadyToEnd;
        } else if event.is_readable() && *self == ReadReadiness::Empty {
            *self = ReadReadiness::Ready;
        }
    }
}

impl WriteReadiness {
    /// Poll has seen this of the socket.
    pub(super) fn mark(&mut self, event: &Event) {
        if event.is_writable() || event.is_write_closed() || event.is_error() {
            *self = WriteReadiness::Ready;
        }
    }
}
