//! One function for each act on a socket that has a meaning on the wire.
//!
//! ```text
//! listen    bind(2) and listen(2), with the options that every accepted socket inherits
//! accept    accept(2): the next connection of the listen queue
//! connect   connect(2): a SYN goes out; poll says when it has been answered
//! set_send_buffer  setsockopt(SO_SNDBUF): a lesson makes a slow reader visible
//! send      write(2): octets go out, as many of them as there is room for
//! send_fin  shutdown(SHUT_WR): a FIN goes out after the octets written before; reading goes on
//! send_rst  close(2) with SO_LINGER 0: an RST goes out, octets on their way are thrown away
//! ```
//!
//! FIN and RST are acts that the caller chooses. Dropping a socket is neither: it happens when both
//! halves are done.

use std::io::{self, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

/// Connections that the kernel completes and keeps until they are accepted. More than Linux allows
/// by default (`net.core.somaxconn`) is cut down silently.
const BACKLOG: i32 = 4096;

/// How to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// The kernel gives an accepted connection up when what was written has got no further for this
    /// long; zero leaves that to its own rule, and so does any system but Linux.
    pub silence: Duration,
    /// Other processes may listen on the same address (SO_REUSEPORT), if they say so too. Linux
    /// gives each new connection to one of them; on other systems that is not promised.
    pub reuse_port: bool,
}

/// A socket that listens on `address`; on `[::]` for IPv4 as well.
///
/// # Errors
/// The address is in use, is not one of this machine, or needs a privilege.
pub fn listen(address: SocketAddr, how: Listening) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // Without it a restart would have to wait until old connections have left TIME-WAIT (RFC 9293
    // section 3.6.1).
    socket.set_reuse_address(true)?;
    if how.reuse_port {
        socket.set_reuse_port(true)?;
    }
    // One write, one segment: Nagle's algorithm would wait for more. Linux hands this on to each
    // accepted socket, and the next option too, which saves two system calls for each.
    socket.set_tcp_nodelay(true)?;
    // A host that has vanished acknowledges nothing. Without this the kernel would try for a
    // quarter of an hour, and heartbeats would be written all that time to a host that is gone (RFC
    // 9293 section 3.8.3, "user timeout").
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(how.silence))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// The next connection of the listen queue.
///
/// # Errors
/// None waits (`WouldBlock`), it has been reset already, or no descriptor is left.
pub fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let accepted = listener.accept()?;
    // Linux has handed it on from the listener; other systems need not.
    #[cfg(not(target_os = "linux"))]
    accepted.0.set_nodelay(true)?;
    Ok(accepted)
}

/// The address of this machine from which others are reached; none without a route. Connecting a
/// UDP socket sends nothing.
pub fn outward_address(is_ipv6: bool) -> Option<IpAddr> {
    let (any, other) = if is_ipv6 { ("[::]:0", "[2001:db8::1]:9") } else { ("0.0.0.0:0", "192.0.2.1:9") };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(other).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

/// A socket whose SYN is on its way to `address`. It is writable when the SYN has been answered, by
/// a connection or by an error, which [`TcpStream::take_error`] tells.
///
/// # Errors
/// There is no descriptor left, no way to that address, or no free port for it.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(true)?;
    begin_connect(socket, &address.into())
}

/// The same for the Unix-domain socket with this path. What is returned reads, writes and ends like
/// a socket of TCP: the calls are the same.
///
/// # Errors
/// There is no such socket, no program listens on it, or its queue is full.
pub fn connect_unix(path: &Path) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    begin_connect(socket, &SockAddr::unix(path)?)
}

/// The connection is there, and not only on its way.
pub fn is_connected(socket: &TcpStream) -> bool {
    SockRef::from(socket).peer_addr().is_ok()
}

fn begin_connect(socket: Socket, address: &SockAddr) -> io::Result<TcpStream> {
    socket.set_nonblocking(true)?;
    match socket.connect(address) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        Ok(()) | Err(_) => Ok(TcpStream::from_std(socket.into())),
    }
}

/// Lets the kernel keep about `octets` octets that the peer has not acknowledged; Linux doubles the
/// number for its own use.
///
/// # Errors
/// The socket is no socket any more.
pub fn set_send_buffer(socket: &TcpStream, octets: u32) -> io::Result<()> {
    SockRef::from(socket).set_send_buffer_size(octets as usize)
}

/// Sends these octets, or as many of them as the socket takes. A debugger that stops here sees what
/// is about to go out.
///
/// # Errors
/// There is no room (`WouldBlock`), or the peer has reset the connection.
#[inline(never)]
pub fn send(mut socket: &TcpStream, octets: &[u8]) -> io::Result<usize> {
    socket.write(octets)
}

/// Sends FIN: we write nothing more, and go on reading.
///
/// # Errors
/// The peer has already reset the connection.
#[inline(never)]
pub fn send_fin(socket: &TcpStream) -> io::Result<()> {
    socket.shutdown(Shutdown::Write)
}

/// Sends RST, by closing with nothing left to linger for.
#[inline(never)]
pub fn send_rst(socket: TcpStream) -> io::Result<()> {
    SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
    drop(socket);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn an_accepted_socket_inherits_what_its_listener_was_told() {
        let silence = Duration::from_secs(7);
        let how = Listening { silence, reuse_port: false };
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), how).expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let client = std::net::TcpStream::connect(address).expect("it listens");
        let (accepted, _) = listener.accept().expect("the client is there already");
        let accepted = SockRef::from(&accepted);
        assert_eq!(accepted.tcp_user_timeout().expect("Linux knows it"), Some(silence));
        assert!(accepted.tcp_nodelay().expect("Linux knows it"));
        drop(client);
    }
}
