//! TLS between a relay and its origin: the versions, and why there is none.
//!
//! ```text
//! ClientHello     ->   name of the origin, ALPN http/1.1
//!                 <-   ServerHello, Certificate ...     or an alert: TlsFault::NoHttp1
//! its certificate is looked at                          or: TlsFault::WrongName, TlsFault::Expired
//! ```

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsVersion {
    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        }
    }
}

/// Why TLS with the origin could not begin, or go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate is not valid any more.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other names.
    WrongName,
    /// No authority that is trusted has signed the certificate.
    UnknownIssuer,
    /// The certificate is refused for another reason.
    BadCertificate,
    /// The answer is not TLS.
    NotTls,
    /// The origin offers no HTTP/1.1 in TLS (ALPN).
    NoHttp1,
    /// The origin has closed the connection in the handshake.
    Closed,
    /// The origin has ended TLS with this alert.
    Alert(u8),
    /// The handshake was not complete before the deadline.
    TimedOut,
    /// The origin breaks the protocol.
    Broken,
}

impl TlsFault {
    /// The name for programs: it does not change when the sentence does.
    pub const fn code(self) -> &'static str {
        match self {
            TlsFault::Expired => "origin-certificate-expired",
            TlsFault::NotYetValid => "origin-certificate-not-yet-valid",
            TlsFault::WrongName => "origin-certificate-wrong-name",
            TlsFault::UnknownIssuer => "origin-certificate-unknown-issuer",
            TlsFault::BadCertificate => "origin-certificate-bad",
            TlsFault::NotTls => "origin-not-tls",
            TlsFault::NoHttp1 => "origin-no-http-1",
            TlsFault::Closed => "origin-tls-closed",
            TlsFault::Alert(_) => "origin-tls-alert",
            TlsFault::TimedOut => "origin-tls-timed-out",
            TlsFault::Broken => "origin-tls-broken",
        }
    }

    /// The section that it rests on; empty where no standard has a word in it.
    pub const fn section(self) -> &'static str {
        match self {
            TlsFault::Expired | TlsFault::NotYetValid => "RFC 5280 4.1.2.5",
            TlsFault::WrongName => "RFC 9110 4.3.4",
            TlsFault::UnknownIssuer | TlsFault::BadCertificate => "RFC 5280 6.1",
            TlsFault::NoHttp1 => "RFC 7301 3.2",
            TlsFault::Alert(_) => "RFC 8446 6",
            TlsFault::NotTls | TlsFault::Closed | TlsFault::TimedOut | TlsFault::Broken => "",
        }
    }
}
