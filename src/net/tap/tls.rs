//! TLS between the relay and an origin, by rustls.
//!
//! ```text
//! client   GET / HTTP/1.1 ...  ->  relay  ->  17 03 03 00 4e ...  origin       TCP port 443
//!          in plain text           shows      encrypted
//! ```
//!
//! One record of the origin is one piece: it is shown, and goes on to the client, in one `write()`.
//! What the client has sent in one piece is encrypted in one piece, in as many records as it needs.
//! `close_notify` is to a stream in TLS what FIN is to TCP: it goes on as FIN. A FIN without it
//! goes on too, since it is what has come, and the trace says that the end may be missing (RFC 9112
//! section 9.8).
//!
//! Of the protocols in ALPN only `http/1.1` is offered: HTTP/2 is binary, and no row could show it.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion,
    RootCertStore, SignatureScheme,
};

use crate::wire::tls_fault::{TlsFault, TlsVersion};

/// How TLS with origins begins: which authorities are trusted, which versions are offered.
#[derive(Debug, Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    is_checking: bool,
}

/// TLS on one connection to an origin.
#[derive(Debug)]
pub(super) struct Session {
    connection: Box<ClientConnection>,
    is_checked: bool,
    has_said_close: bool,
}

/// What the origin has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decrypted {
    /// This many octets of one record, at the beginning of the buffer.
    Octets(usize),
    /// It sends nothing more.
    CloseNotify,
    /// Its FIN has come without close_notify.
    FinAlone,
    /// It breaks TLS, or ends it with an alert.
    Fault(TlsFault),
}

/// How far the handshake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handshake {
    /// It waits for the origin.
    Waits,
    /// Both sides have agreed.
    Done(TlsVersion),
    /// There will be no TLS.
    Failed(TlsFault),
}

impl TlsClient {
    /// Trusts the authorities that this machine trusts, and those in `file` (PEM) beside them.
    ///
    /// # Errors
    /// The file cannot be read or has no certificate, or no authority at all is known.
    pub fn checking(file: Option<&Path>) -> io::Result<TlsClient> {
        let mut roots = RootCertStore::empty();
        let platform = rustls_native_certs::load_native_certs();
        for error in &platform.errors {
            log::debug!("an authority of this machine cannot be read: {error}");
        }
        roots.add_parsable_certificates(platform.certs);
        if let Some(file) = file {
            add_authorities(file, &mut roots)
                .map_err(|error| io::Error::other(format!("--ca {}: {error}", file.display())))?;
        }
        if roots.is_empty() {
            return Err(io::Error::other(
                "this machine names no authority for certificates (Debian: ca-certificates); see --ca and --insecure",
            ));
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
            .build()
            .map_err(io::Error::other)?;
        TlsClient::with_verifier(verifier, true)
    }

    /// Accepts every certificate, whichever name it is for and whichever side has signed it.
    ///
    /// # Errors
    /// None that is known: rustls refuses settings that contradict each other.
    pub fn insecure() -> io::Result<TlsClient> {
        TlsClient::with_verifier(Arc::new(AnyCertificate(ring::default_provider())), false)
    }

    fn with_verifier(verifier: Arc<dyn ServerCertVerifier>, is_checking: bool) -> io::Result<TlsClient> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsClient { config: Arc::new(config), is_checking })
    }

    /// TLS on a connection that is not there yet; nothing is sent.
    pub(super) fn session(&self, name: &ServerName<'static>) -> Result<Session, TlsFault> {
        let connection = ClientConnection::new(self.config.clone(), name.clone()).map_err(|error| fault(&error))?;
        Ok(Session { connection: Box::new(connection), is_checked: self.is_checking, has_said_close: false })
    }
}

fn add_authorities(file: &Path, roots: &mut RootCertStore) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())?;
    let before = roots.len();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.len() == before { Err("no certificate (PEM) is in it".to_owned()) } else { Ok(()) }
}

impl Session {
    /// The origin's certificate is one that is accepted for its name.
    pub(super) fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// Goes on with the handshake, as far as the socket allows.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) fn shake_hands(&mut self, socket: &mut TcpStream) -> io::Result<Handshake> {
        loop {
            match self.flush(socket) {
                Err(error) if is_wait(&error) => return Ok(Handshake::Waits),
                flushed => flushed?,
            }
            if !self.connection.is_handshaking() {
                return Ok(Handshake::Done(self.version()));
            }
            match self.connection.read_tls(socket) {
                Ok(0) => return Ok(Handshake::Failed(TlsFault::Closed)),
                Err(error) if is_wait(&error) => return Ok(Handshake::Waits),
                read => read?,
            };
            if let Err(error) = self.connection.process_new_packets() {
                return Ok(Handshake::Failed(self.fail(&error, socket)));
            }
        }
    }

    fn version(&self) -> TlsVersion {
        match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            Some(_) | None => TlsVersion::Tls13,
        }
    }

    /// What the next record of the origin holds.
    ///
    /// # Errors
    /// There is none yet (`WouldBlock`), or the connection is gone.
    pub(super) fn read(&mut self, socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Decrypted> {
        loop {
            match self.connection.reader().into_first_chunk() {
                Ok([]) => return Ok(Decrypted::CloseNotify),
                Ok(record) => {
                    let count = record.len().min(buffer.len());
                    return self.connection.reader().read(&mut buffer[..count]).map(Decrypted::Octets);
                }
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Decrypted::FinAlone),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) => {}
            }
            self.connection.read_tls(socket)?;
            if let Err(error) = self.connection.process_new_packets() {
                return Ok(Decrypted::Fault(self.fail(&error, socket)));
            }
        }
    }

    /// Encrypts the octets and sends them as far as the socket allows; how many were taken, which
    /// is none of them before all that was taken earlier has left.
    ///
    /// # Errors
    /// There is no room (`WouldBlock`), or the connection is gone.
    pub(super) fn write(&mut self, socket: &mut TcpStream, octets: &[u8]) -> io::Result<usize> {
        self.flush(socket)?;
        let count = self.connection.writer().write(octets)?;
        match self.flush(socket) {
            Err(error) if is_wait(&error) => {}
            flushed => flushed?,
        }
        Ok(count)
    }

    /// Sends what has been encrypted.
    ///
    /// # Errors
    /// There is no room (`WouldBlock`), or the connection is gone.
    pub(super) fn flush(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(socket)?;
        }
        Ok(())
    }

    /// Something encrypted has not been sent.
    pub(super) fn has_unsent(&self) -> bool {
        self.connection.wants_write()
    }

    /// Sends close_notify: nothing more follows.
    ///
    /// # Errors
    /// There is no room (`WouldBlock`), or the connection is gone.
    pub(super) fn close(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_said_close, true) {
            self.connection.send_close_notify();
        }
        self.flush(socket)
    }

    // The alert that tells the origin why is sent if there is room: nothing waits for it.
    fn fail(&mut self, error: &Error, socket: &mut TcpStream) -> TlsFault {
        log::info!("TLS with the origin: {error}");
        if let Err(error) = self.flush(socket) {
            log::debug!("the alert has not been sent: {error}");
        }
        fault(error)
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn fault(error: &Error) -> TlsFault {
    match error {
        Error::InvalidCertificate(error) => certificate_fault(error),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) | Error::NoApplicationProtocol => {
            TlsFault::NoHttp1
        }
        Error::AlertReceived(alert) => TlsFault::Alert(u8::from(*alert)),
        Error::InvalidMessage(_) => TlsFault::NotTls,
        _ => TlsFault::Broken,
    }
}

fn certificate_fault(error: &CertificateError) -> TlsFault {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::WrongName,
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
        _ => TlsFault::BadCertificate,
    }
}

/// Accepts every certificate. That the origin has the key of the one that it shows is checked all
/// the same: a fault there is none of trust.
#[derive(Debug)]
struct AnyCertificate(CryptoProvider);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
