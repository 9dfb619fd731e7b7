//! Whether a connection stays open for another request, and why it ends (RFC 9112 section 9).

use std::fmt;

/// Whether another request may come on this connection, and why (RFC 9112 section 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// HTTP/1.1, and nobody said close.
    Http11,
    /// HTTP/1.0, and the client asked for keep-alive.
    Http10KeepAlive,
    /// It ends.
    Ends(CloseReason),
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client said `Connection: close`.
    ClientSaidClose,
    /// HTTP/1.0 without keep-alive.
    Http10,
    /// The response has neither a length nor chunks: FIN ends it.
    CloseDelimited,
    /// A request was refused; where the next one begins is not certain.
    Refused,
    /// Their FIN came, and all requests before it are answered.
    TheirFin,
    /// No request came in time.
    Idle,
    /// The client takes nothing.
    WriteStall,
    /// The server is going down.
    Draining,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CloseReason::ClientSaidClose => "the client said Connection: close (RFC 9112 9.6)",
            CloseReason::Http10 => "HTTP/1.0 without keep-alive: one response for each connection (RFC 9112 9.3)",
            CloseReason::CloseDelimited => "the body has neither length nor chunks: FIN ends it (RFC 9112 6.3)",
            CloseReason::Refused => "the request was refused; no other one is read here (RFC 9112 9.6)",
            CloseReason::TheirFin => "their FIN came, and every request before it is answered (RFC 9112 9.6)",
            CloseReason::Idle => "no request came in time (RFC 9112 9.5)",
            CloseReason::WriteStall => "the client has taken nothing for too long (RFC 9112 9.5)",
            CloseReason::Draining => "the server is going down (RFC 9112 9.5)",
        })
    }
}
