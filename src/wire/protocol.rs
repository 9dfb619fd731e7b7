//! What a connection speaks, as far as its first octets tell.
//!
//! ```text
//! GET /events HTTP/1.1 CRLF      Http1          RFC 9112 section 3
//! HTTP/1.1 200 OK CRLF           Http1          RFC 9112 section 4
//! PRI * HTTP/2.0 CRLF            Http2          RFC 9113 section 3.4
//! 16 03 01 ..                    Tls            RFC 8446 section 5.1
//! SSH-2.0-OpenSSH_9.2 CRLF       Ssh            RFC 4253 section 4.2
//! 05 01 00                       Socks          RFC 1928 section 3
//! PROXY TCP4 192.0.2.1 ..        ProxyHeader    haproxy, PROXY protocol
//! ```
//!
//! A client that speaks another protocol to a server of HTTP/1.x has the wrong port, scheme or
//! setting. To name the grammar that its octets break helps little: what they look like helps.
//!
//! For the next editor: the answer must not depend on how the octets were cut, so whatever is told
//! here from one octet stays so with the next ones.

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1: it can be labelled.
    Http1,
    /// HTTP/2 without TLS: its connection preface (RFC 9113 section 3.4).
    Http2,
    /// TLS: what is inside cannot be seen.
    Tls,
    /// SSH: its identification string.
    Ssh,
    /// SOCKS 4 or 5: the client takes the server for a proxy.
    Socks,
    /// The PROXY protocol: a load balancer tells where the client is, before the client's own
    /// octets.
    ProxyHeader,
    /// Octets that fit no protocol known here.
    Other,
}

impl Protocol {
    /// What this octet looks like where the start-line of a request should begin.
    ///
    /// ```
    /// use wirestep::wire::protocol::Protocol;
    ///
    /// assert_eq!(Protocol::begun_by(0x16), Some(Protocol::Tls));
    /// assert_eq!(Protocol::begun_by(b'G'), None);
    /// ```
    pub const fn begun_by(octet: u8) -> Option<Protocol> {
        match octet {
            // The types of a record: change cipher spec, alert, handshake, application data.
            0x14..=0x17 => Some(Protocol::Tls),
            // The version of SOCKS.
            4 | 5 => Some(Protocol::Socks),
            _ => None,
        }
    }

    /// What this line looks like where a request-line should stand; it may lack its end.
    pub fn of_line(line: &[u8]) -> Option<Protocol> {
        match line {
            [b'S', b'S', b'H', b'-', ..] => Some(Protocol::Ssh),
            [b'P', b'R', b'O', b'X', b'Y', b' ', b'T' | b'U', ..] => Some(Protocol::ProxyHeader),
            [b'P', b'R', b'I', b' ', b'*', b' ', rest @ ..] if rest.starts_with(b"HTTP/2") => Some(Protocol::Http2),
            _ => None,
        }
    }

    /// The name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Protocol::Http1 => "http1",
            Protocol::Http2 => "http2",
            Protocol::Tls => "tls",
            Protocol::Ssh => "ssh",
            Protocol::Socks => "socks",
            Protocol::ProxyHeader => "proxy-header",
            Protocol::Other => "other",
        }
    }

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Http1 => "HTTP/1.x",
            Protocol::Http2 => "HTTP/2",
            Protocol::Tls => "TLS",
            Protocol::Ssh => "SSH",
            Protocol::Socks => "SOCKS",
            Protocol::ProxyHeader => "PROXY",
            Protocol::Other => "other",
        }
    }

    /// The section where its first octets are described; empty for one that is not known.
    pub const fn section(self) -> &'static str {
        match self {
            Protocol::Http1 => "RFC 9112 2.1",
            Protocol::Http2 => "RFC 9113 3.4",
            Protocol::Tls => "RFC 8446 5.1",
            Protocol::Ssh => "RFC 4253 4.2",
            Protocol::Socks => "RFC 1928 3",
            Protocol::ProxyHeader => "haproxy, PROXY protocol",
            Protocol::Other => "",
        }
    }
}

/// The signature of version 2 of the PROXY protocol, up to the octet that no HTTP has: two empty
/// lines come before it.
pub const EMPTY_LINES_OF_PROXY_HEADER: &[u8] = b"\r\n\r\n";
