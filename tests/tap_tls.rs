//! `wirestep tap` before an origin that speaks TLS: what is decrypted passes as it is, and a certificate that is not the
//! origin's ends in one sentence and an RST.

mod common;
#[path = "tap/records.rs"]
mod records;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{CLIENT_DEADLINE, DEADLINE, Server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use records::{count, ends_of, parsed, tell};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use serde_json::Value;
use socket2::SockRef;
use tempfile::TempDir;

#[test]
fn what_is_decrypted_passes_both_ways_and_the_trace_says_so() {
    for (version, name) in [(&rustls::version::TLS12, "TLS 1.2"), (&rustls::version::TLS13, "TLS 1.3")] {
        let mut scene = Scene::begin(&Origin { versions: vec![version], ..Origin::default() });
        pass(&mut scene.client, &mut scene.origin, b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
        pass(&mut scene.client, &mut scene.origin, b"body");
        pass(&mut scene.origin, &mut scene.client, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        pass(&mut scene.origin, &mut scene.client, b"ok");
        let records = scene.wait_for("the response", |records| count(records, "octets") == 4);
        let expected = [
            "begin",
            "opened",
            "state connected",
            "state encrypted",
            "octets requests 38",
            "octets requests 4",
            "octets responses 38",
            "octets responses 2",
        ];
        assert_eq!(records.iter().take(expected.len()).map(tell).collect::<Vec<_>>(), expected);
        let note = records[3]["note"].as_str().expect("it has a sentence");
        assert!(
            note.starts_with(&format!("{name} with the origin, its certificate is valid: what is shown is decrypted")),
            "{note}"
        );
    }
}

#[test]
fn each_record_of_the_origin_is_one_piece() {
    let mut scene = Scene::begin(&Origin::default());
    // Four records in one segment.
    for piece in [b"HTTP/1.1 200 OK\r\n".as_slice(), b"Content-Length: 3\r\n\r\n", b"a", b"bc"] {
        scene.origin.conn.writer().write_all(piece).expect("there is room");
    }
    scene.origin.conn.write_tls(&mut scene.origin.sock).expect("it is open");
    read_exactly(&mut scene.client, 41);
    let records = scene.wait_for("the response", |records| count(records, "octets") == 4);
    let pieces: Vec<String> = records.iter().filter(|record| record["what"] == "octets").map(tell).collect();
    assert_eq!(pieces, ["octets responses 17", "octets responses 21", "octets responses 1", "octets responses 2"]);
}

#[test]
fn the_host_of_an_https_origin_is_its_name() {
    let mut scene = Scene::begin(&Origin::default());
    scene.client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nX: y\r\n\r\n").expect("the tap reads");
    let expected = format!("GET / HTTP/1.1\r\nHost: localhost:{}\r\nX: y\r\n\r\n", scene.port);
    assert_eq!(String::from_utf8_lossy(&read_exactly(&mut scene.origin, expected.len())), expected);
    let records =
        scene.wait_for("the new value", |records| records.iter().any(|record| record["state"] == "host-replaced"));
    let replaced = records.iter().find(|record| record["state"] == "host-replaced").expect("it was waited for");
    let expected = format!("the origin gets Host: localhost:{} in this request (--host) (RFC 9110 7.2)", scene.port);
    assert_eq!(replaced["note"], expected);
    let octets = records.iter().find(|record| record["what"] == "octets").expect("the client's value is there");
    assert!(octets.to_string().contains("127.0.0.1:9000"), "{octets}");
}

// ---- the end ------------------------------------------------------------------------------------------------

#[test]
fn close_notify_goes_on_as_fin_and_fin_as_close_notify() {
    let mut scene = Scene::begin(&Origin::default());
    pass(&mut scene.client, &mut scene.origin, b"GET / HTTP/1.0\r\n\r\n");
    scene.origin.write_all(b"HTTP/1.0 200 OK\r\n\r\nall").expect("the tap reads");
    scene.origin.conn.send_close_notify();
    scene.origin.flush().expect("the tap reads");
    assert_eq!(read_to_end(&mut scene.client), (b"HTTP/1.0 200 OK\r\n\r\nall".to_vec(), Ok(())));
    // The other direction is open.
    pass(&mut scene.client, &mut scene.origin, b"more");
    scene.client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_end(&mut scene.origin), (Vec::new(), Ok(())), "close_notify comes before FIN");
    let expected = ["fin responses origin-close-notify", "fin requests read-zero", "closed both-fin"];
    assert_eq!(ends_of(&scene.tap), expected);
}

#[test]
fn a_fin_without_close_notify_is_told() {
    let mut scene = Scene::begin(&Origin::default());
    pass(&mut scene.client, &mut scene.origin, b"GET / HTTP/1.0\r\n\r\n");
    scene.origin.write_all(b"HTTP/1.0 200 OK\r\n\r\nhalf").expect("the tap reads");
    scene.origin.sock.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(read_to_end(&mut scene.client), (b"HTTP/1.0 200 OK\r\n\r\nhalf".to_vec(), Ok(())));
    scene.client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(ends_of(&scene.tap)[0], "fin responses origin-fin-alone");
    let records = parsed(&scene.tap.trace_lines());
    let fin = records.iter().find(|record| record["what"] == "fin").expect("it was waited for");
    let note = "the origin's FIN came without close_notify: TLS cannot tell whether the end is missing (RFC 9112 9.8)";
    assert_eq!(fin["note"], note);
}

#[test]
fn an_rst_in_tls_reaches_the_client_after_the_octets_before_it() {
    let Scene { tap, mut client, mut origin, .. } = Scene::begin(&Origin::default());
    pass(&mut origin, &mut client, b"HTTP/1.0 200 OK\r\n\r\nhalf");
    SockRef::from(&origin.sock).set_linger(Some(Duration::ZERO)).expect("it is a socket");
    drop(origin);
    assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-reset", "closed after-reset"]);
}

// ---- back-pressure ------------------------------------------------------------------------------------------

#[test]
fn much_passes_in_both_directions_at_once_and_nothing_is_lost() {
    let Scene { tap: _tap, mut client, mut origin, .. } = Scene::begin(&Origin::default());
    let echo = std::thread::spawn(move || {
        let mut buffer = vec![0; 50_000];
        loop {
            match origin.read(&mut buffer).expect("it is open") {
                0 => break,
                count => origin.write_all(&buffer[..count]).expect("it is open"),
            }
        }
        origin.conn.send_close_notify();
        origin.flush().expect("it is open");
    });
    let mut sender = client.try_clone().expect("a descriptor");
    // The client reads nothing before all has been taken, as far as the buffers of four sockets allow.
    let sent = std::thread::spawn(move || {
        for at in (0..MUCH).step_by(7919) {
            let piece: Vec<u8> = (at..MUCH.min(at + 7919)).map(pattern).collect();
            sender.write_all(&piece).expect("the tap reads");
        }
        sender.shutdown(Shutdown::Write).expect("it is open");
    });
    let (octets, end) = read_to_end(&mut client);
    sent.join().expect("all is sent");
    echo.join().expect("all is echoed");
    assert_eq!((octets.len(), end), (MUCH, Ok(())));
    assert_eq!(octets.iter().enumerate().position(|(at, octet)| *octet != pattern(at)), None);
}

#[test]
fn an_origin_in_tls_that_does_not_read_stops_the_client() {
    let Scene { tap: _tap, mut client, mut origin, .. } = Scene::begin(&Origin::default());
    client.set_write_timeout(Some(Duration::from_millis(500))).expect("it is not zero");
    let mut sent = 0;
    while sent < 64 * 1024 * 1024 {
        let piece: Vec<u8> = (sent..sent + 8192).map(pattern).collect();
        match client.write(&piece) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(sent < 64 * 1024 * 1024, "{sent} octets were taken although the origin reads nothing");
    client.shutdown(Shutdown::Write).expect("it is open");
    let (octets, end) = read_to_end(&mut origin);
    assert_eq!((octets.len(), end), (sent, Ok(())));
    assert_eq!(octets.iter().enumerate().position(|(at, octet)| *octet != pattern(at)), None);
}

// ---- there is no TLS ----------------------------------------------------------------------------------------

#[test]
fn a_certificate_that_is_not_the_origins_is_one_sentence_and_an_rst() {
    let expired = Origin { years: (2000, 2001), ..Origin::default() };
    let early = Origin { years: (2090, 2091), ..Origin::default() };
    let other = Origin { name: "other.example", ..Origin::default() };
    let unknown = Origin { is_trusted: false, ..Origin::default() };
    let cases = [
        (expired, "origin-certificate-expired", "the origin's certificate has expired (RFC 5280 4.1.2.5)"),
        (early, "origin-certificate-not-yet-valid", "the origin's certificate is not valid yet (RFC 5280 4.1.2.5)"),
        (other, "origin-certificate-wrong-name", "the origin's certificate is for another name (RFC 9110 4.3.4)"),
        (
            unknown,
            "origin-certificate-unknown-issuer",
            "the origin's certificate is signed by no authority that is trusted here; see --ca (RFC 5280 6.1)",
        ),
    ];
    for (origin, code, note) in cases {
        let (tap, listener, config, _folder) = origin.tap(&[]);
        let mut client = tap.connect();
        let (sock, _) = listener.accept().expect("the tap connects");
        let mut stream = stream(&config, sock);
        // The alert says why.
        let refused = stream.conn.complete_io(&mut stream.sock).expect_err("there is no TLS");
        assert!(refused.to_string().contains("received fatal alert"), "{refused}");
        assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)), "{code}");
        assert_eq!(ends_of(&tap), [format!("rst responses {code}"), "closed after-reset".to_owned()]);
        assert_eq!(rst_note(&tap), note);
    }
}

#[test]
fn an_origin_for_http_2_alone_is_called_so() {
    let (tap, listener, config, _folder) = Origin { alpn: vec![b"h2".to_vec()], ..Origin::default() }.tap(&[]);
    let mut client = tap.connect();
    let (sock, _) = listener.accept().expect("the tap connects");
    let mut stream = stream(&config, sock);
    stream.conn.complete_io(&mut stream.sock).expect_err("there is no protocol that both know");
    assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-no-http-1", "closed after-reset"]);
    assert_eq!(rst_note(&tap), "the origin offers no HTTP/1.1 in TLS (ALPN): most likely HTTP/2 alone (RFC 7301 3.2)");
}

#[test]
fn an_origin_without_tls_is_told() {
    let cases: [(&[u8], &str, &str); 2] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "origin-not-tls", "the origin does not answer in TLS: is it http://?"),
        (b"", "origin-tls-closed", "the origin has closed the connection before TLS was agreed on"),
    ];
    for (answer, code, note) in cases {
        let (tap, listener, _, _folder) = Origin::default().tap(&[]);
        let mut client = tap.connect();
        let (mut sock, _) = listener.accept().expect("the tap connects");
        sock.set_read_timeout(Some(DEADLINE)).expect("it is not zero");
        let mut hello = [0; 5];
        sock.read_exact(&mut hello).expect("it begins");
        assert_eq!(hello[0], 0x16, "a handshake record");
        sock.write_all(answer).expect("the tap reads");
        sock.shutdown(Shutdown::Write).expect("it is open");
        assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)), "{code}");
        assert_eq!(ends_of(&tap)[0], format!("rst responses {code}"));
        assert_eq!(rst_note(&tap), note);
    }
}

#[test]
fn an_origin_that_says_nothing_in_the_handshake_is_given_up() {
    let (tap, listener, _, _folder) = Origin::default().tap(&["--connect-timeout", "300ms"]);
    let mut client = tap.connect();
    let (_sock, _) = listener.accept().expect("the tap connects");
    assert_eq!(read_to_end(&mut client), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(ends_of(&tap), ["rst responses origin-tls-timed-out", "closed after-reset"]);
}

#[test]
fn insecure_accepts_any_certificate_and_warns() {
    let origin = Origin { name: "other.example", years: (2000, 2001), is_trusted: false, ..Origin::default() };
    let mut scene = Scene::begin_with(&origin, &["--insecure"]);
    pass(&mut scene.client, &mut scene.origin, b"GET / HTTP/1.1\r\n\r\n");
    let is_warning = |line: &String| line.contains("--insecure: any server can answer in the origin's place");
    scene.tap.wait_for_log("the warning", |lines| lines.iter().any(is_warning));
    let records = scene.wait_for("TLS", |records| records.iter().any(|record| record["state"] == "encrypted"));
    let encrypted = records.iter().find(|record| record["state"] == "encrypted").expect("it was waited for");
    let note = encrypted["note"].as_str().expect("it has a sentence");
    assert!(note.contains("not checked (--insecure)"), "{note}");
}

#[test]
fn a_file_of_authorities_that_is_none_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("there is a place for files");
    let (empty, missing) = (folder.path().join("empty.pem"), folder.path().join("missing.pem"));
    fs::write(&empty, "no certificate\n").expect("there is room");
    for (file, reason) in [(empty, "no certificate (PEM) is in it"), (missing, "No such file or directory")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.args(["tap", "--listen", "127.0.0.1:0", "https://localhost:1", "--ca"]).arg(&file);
        let finished = common::run(&mut command, CLIENT_DEADLINE);
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        assert_eq!(finished.status.code(), Some(1), "{said}");
        assert!(said.contains("--ca ") && said.contains(reason), "{said}");
    }
}

// ---- how ----------------------------------------------------------------------------------------------------

type Encrypted = StreamOwned<ServerConnection, TcpStream>;

/// What an origin shows of itself.
struct Origin {
    name: &'static str,
    years: (i32, i32),
    is_trusted: bool,
    alpn: Vec<Vec<u8>>,
    versions: Vec<&'static SupportedProtocolVersion>,
}

impl Default for Origin {
    fn default() -> Origin {
        Origin {
            name: "localhost",
            years: (2020, 2080),
            is_trusted: true,
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            versions: rustls::ALL_VERSIONS.to_vec(),
        }
    }
}

impl Origin {
    /// A tap to it, its listener, its side of TLS, and where the authority's certificate is.
    fn tap(&self, arguments: &[&str]) -> (Server, TcpListener, Arc<ServerConfig>, TempDir) {
        let folder = tempfile::tempdir().expect("there is a place for files");
        let (config, authority) = self.config(&folder);
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirestep"));
        command.args(["tap", "--listen", "127.0.0.1:0", "--trace", "json", &format!("https://localhost:{port}")]);
        if !arguments.contains(&"--insecure") {
            command.arg("--ca").arg(authority);
        }
        command.args(arguments);
        (Server::spawn(command), listener, config, folder)
    }

    fn config(&self, folder: &TempDir) -> (Arc<ServerConfig>, PathBuf) {
        let authority = authority();
        let mut params = CertificateParams::new(vec![self.name.to_owned()]).expect("it is a name");
        params.not_before = date_time_ymd(self.years.0, 1, 1);
        params.not_after = date_time_ymd(self.years.1, 1, 1);
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.signed_by(&key, &authority).expect("it can be signed");
        let file = folder.path().join("authority.pem");
        let trusted = if self.is_trusted { pem(&authority) } else { pem(&self::authority()) };
        fs::write(&file, trusted).expect("there is room");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&self.versions)
            .expect("the versions are known")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key is that of the certificate");
        config.alpn_protocols = self.alpn.clone();
        (Arc::new(config), file)
    }
}

/// Each has a key of its own, and a name: two without a name would be taken for one.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("there is randomness");
    let name = format!("authority {:?}", &key.public_key_raw()[1..9]);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, key).expect("it can be signed")
}

fn pem(authority: &CertifiedIssuer<'_, KeyPair>) -> String {
    let certificate = BASE64_STANDARD.encode(authority.der());
    format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n")
}

fn stream(config: &Arc<ServerConfig>, sock: TcpStream) -> Encrypted {
    sock.set_nodelay(true).expect("it is a socket");
    sock.set_read_timeout(Some(DEADLINE)).expect("it is not zero");
    StreamOwned::new(ServerConnection::new(config.clone()).expect("the settings fit"), sock)
}

/// A client and an origin with a tap between them, after the handshake.
struct Scene {
    tap: Server,
    client: TcpStream,
    origin: Encrypted,
    port: u16,
    _folder: TempDir,
}

impl Scene {
    fn begin(origin: &Origin) -> Scene {
        Scene::begin_with(origin, &[])
    }

    fn begin_with(origin: &Origin, arguments: &[&str]) -> Scene {
        let (tap, listener, config, _folder) = origin.tap(arguments);
        let port = listener.local_addr().expect("it is bound").port();
        let client = tap.connect();
        client.set_nodelay(true).expect("it is a socket");
        let (sock, _) = listener.accept().expect("the tap connects");
        let mut origin = stream(&config, sock);
        while origin.conn.is_handshaking() {
            origin.conn.complete_io(&mut origin.sock).expect("the tap speaks TLS");
        }
        Scene { tap, client, origin, port, _folder }
    }

    fn wait_for(&self, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        parsed(&self.tap.wait_for_trace(what, |lines| holds(&parsed(lines))))
    }
}

/// One side sends, and exactly that comes out at the other.
#[track_caller]
fn pass(from: &mut impl Write, to: &mut impl Read, octets: &[u8]) {
    from.write_all(octets).and_then(|()| from.flush()).expect("the tap reads");
    assert_eq!(read_exactly(to, octets.len()), octets);
}

#[track_caller]
fn read_exactly(stream: &mut impl Read, count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    stream.read_exact(&mut octets).expect("as many octets come");
    octets
}

/// All that comes, and how it ends.
fn read_to_end(stream: &mut impl Read) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut octets = Vec::new();
    let end = stream.read_to_end(&mut octets).map(drop).map_err(|error| error.kind());
    (octets, end)
}

/// The octet at this place of a long stream; its period is no power of two.
fn pattern(at: usize) -> u8 {
    (at % 251) as u8
}

const MUCH: usize = 6_000_000;

// ---- records ----

fn rst_note(tap: &Server) -> String {
    let records = parsed(&tap.trace_lines());
    let rst = records.iter().find(|record| record["what"] == "rst").expect("it is there");
    rst["note"].as_str().expect("it has a sentence").to_owned()
}
