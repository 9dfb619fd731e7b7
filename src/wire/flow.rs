//! The two directions of a connection.
//!
//! ```text
//! Requests    client -> server    what the client writes and the server reads
//! Responses   server -> client    what the server writes and the client reads
//! ```
//!
//! They are not "sent" and "received": an observer in the middle sees both from either side.

/// One of the two directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Responses,
}

impl Flow {
    /// The direction of the other side's octets.
    pub const fn opposite(self) -> Flow {
        match self {
            Flow::Requests => Flow::Responses,
            Flow::Responses => Flow::Requests,
        }
    }
}
