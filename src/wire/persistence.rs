//! Whether a connection stays open for another request, and why it ends (RFC 9112 section 9).
//!
//! ```text
//! HTTP/1.1, no "close"                         Http11             stays
//! HTTP/1.0, Connection: keep-alive             Http10KeepAlive    stays
//! HTTP/1.0 without it                          Ends(Http10)
//! Connection: close                            Ends(ClientSaidClose)
//! a body that only FIN ends                    Ends(CloseDelimited)
//! ```
//!
//! The client's FIN is not "close": it says that no more requests come, and those that are here are
//! answered.

use std::time::Duration;

use super::request::RequestHead;
use super::start_line::Version;

/// Whether another request may come on this connection, and why (RFC 9112 section 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// HTTP/1.1, and neither side has said close.
    Http11,
    /// HTTP/1.0, and the client asked for keep-alive.
    Http10KeepAlive,
    /// The connection ends with this response, or at once.
    Ends(CloseReason),
}

impl Persistence {
    /// What holds after this request. A connection that has been ended (while draining) is not
    /// taken back.
    pub fn after_request(self, head: &RequestHead) -> Persistence {
        match (self, head.version(), head.persists()) {
            (Persistence::Ends(reason), _, _) => Persistence::Ends(reason),
            (_, Version::Http11, true) => Persistence::Http11,
            (_, Version::Http10, true) => Persistence::Http10KeepAlive,
            (_, Version::Http11, false) => Persistence::Ends(CloseReason::ClientSaidClose),
            (_, Version::Http10, false) => Persistence::Ends(CloseReason::Http10),
        }
    }
}

/// `Connection` and `Keep-Alive` of a response after which the connection stays open this long, as
/// field lines. A time below a second cannot be announced: the hint must be neither above the truth
/// nor 0.
///
/// ```
/// use std::time::Duration;
/// use wirestep::wire::persistence::keep_alive_fields;
///
/// let minute = keep_alive_fields(Duration::from_secs(60));
/// assert_eq!(minute, "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n");
/// assert_eq!(keep_alive_fields(Duration::from_millis(500)), "Connection: keep-alive\r\n");
/// ```
pub fn keep_alive_fields(idle: Duration) -> String {
    match idle.as_secs() {
        0 => "Connection: keep-alive\r\n".to_owned(),
        seconds => format!("Connection: keep-alive\r\nKeep-Alive: timeout={seconds}\r\n"),
    }
}

/// `Connection` of a response after which the connection ends, as a field line.
pub const CLOSE_FIELDS: &str = "Connection: close\r\n";

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
    /// The client's FIN came, and all requests before it are answered.
    ClientFin,
    /// No request came in time.
    Idle,
    /// The client takes nothing.
    WriteStall,
    /// The server is going down.
    Draining,
}

impl CloseReason {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            CloseReason::ClientSaidClose => "client-said-close",
            CloseReason::Http10 => "http10",
            CloseReason::CloseDelimited => "close-delimited",
            CloseReason::Refused => "refused",
            CloseReason::ClientFin => "client-fin",
            CloseReason::Idle => "idle",
            CloseReason::WriteStall => "write-stall",
            CloseReason::Draining => "draining",
        }
    }

    /// The section that it rests on.
    pub const fn section(self) -> &'static str {
        match self {
            CloseReason::ClientSaidClose | CloseReason::Refused | CloseReason::ClientFin => "RFC 9112 9.6",
            CloseReason::Http10 => "RFC 9112 9.3",
            CloseReason::CloseDelimited => "RFC 9112 6.3",
            CloseReason::Idle | CloseReason::WriteStall | CloseReason::Draining => "RFC 9112 9.5",
        }
    }
}
