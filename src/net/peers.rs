//! The peers, by key, with those that are to be served and their deadlines.

use std::net::SocketAddr;
use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;
use slab::Slab;

use super::peer::{Gone, Peer, Turn};
use super::shared::Shared;
use super::timers::Timers;
use crate::trace::record::ConnectionId;

/// All peers of a server.
#[derive(Debug, Default)]
pub(super) struct Peers {
    peers: Slab<Peer>,
    /// The peers that are to be served in this turn or the next.
    ready: Vec<usize>,
    timers: Timers,
    /// Connections accepted so far; the number of the last one.
    accepted: u64,
}

impl Peers {
    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    pub(super) fn get(&self, key: usize) -> Option<&Peer> {
        self.peers.get(key)
    }

    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut Peer> {
        self.peers.get_mut(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().map(|(_, peer)| peer)
    }

    pub(super) fn keys(&self) -> Vec<usize> {
        self.peers.iter().map(|(key, _)| key).collect()
    }

    pub(super) fn key_of(&self, connection: ConnectionId) -> Option<usize> {
        self.peers.iter().find(|(_, peer)| peer.id == connection).map(|(key, _)| key)
    }

    /// The key of the next peer.
    pub(super) fn next_key(&self) -> usize {
        self.peers.vacant_key()
    }

    /// Adds a connection that has been accepted, and is registered under [`Peers::next_key`].
    pub(super) fn add(&mut self, socket: TcpStream, address: SocketAddr, shared: &mut Shared) {
        let key = self.peers.vacant_key();
        self.accepted += 1;
        let id = ConnectionId::new(self.accepted);
        shared.metrics.connections.add(1);
        if shared.trace.is_on()
            && let Ok(local) = socket.local_addr()
        {
            shared.trace.opened(shared.at(), id, local, address);
        }
        self.peers.insert(Peer::new(socket, address.ip().into(), key, id, shared));
        self.queue(key);
    }

    /// Closes a peer and forgets it.
    pub(super) fn remove(&mut self, key: usize, gone: Gone, shared: &mut Shared) {
        if let Some(peer) = self.peers.try_remove(key) {
            peer.close(gone, shared);
        }
    }

    /// Poll has seen something of a peer.
    pub(super) fn mark_ready(&mut self, key: usize, event: &Event) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.mark_ready(event);
            self.queue(key);
        }
    }

    /// The peer is served in this turn or the next.
    pub(super) fn queue(&mut self, key: usize) {
        if let Some(peer) = self.peers.get_mut(key)
            && std::mem::replace(&mut peer.turn, Turn::Queued) == Turn::Waiting
        {
            self.ready.push(key);
        }
    }

    /// A peer is to be served.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The peers that are to be served now. The vector is given back to [`Peers::end_turn`].
    pub(super) fn begin_turn(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.ready)
    }

    /// Peers that are to be served again have been queued meanwhile; the larger of the two buffers
    /// is kept.
    pub(super) fn end_turn(&mut self, served: Vec<usize>) {
        if self.ready.is_empty() {
            self.ready = served;
        }
    }

    // ---- deadlines

    /// Notes the deadline of a peer's connection.
    pub(super) fn set_timer(&mut self, key: usize) {
        if let Some(peer) = self.peers.get_mut(key)
            && let Some(deadline) = peer.connection.deadline()
        {
            self.timers.set(key, &mut peer.timer, deadline);
        }
    }

    /// The earliest deadline of all peers.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.earliest()
    }

    /// Queues the peers whose deadline has passed; the connection itself sees what has expired.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            let key = timer.key as usize;
            let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.timer == Some(timer.at)) else { continue };
            peer.timer = None;
            match peer.connection.deadline() {
                Some(deadline) if deadline > now => self.timers.set(key, &mut peer.timer, deadline),
                Some(_) => self.queue(key),
                None => {}
            }
        }
    }

    // ---- memory

    /// Gives back memory that many peers have needed; true if it did. A slab shrinks only after its
    /// last entry: while that entry stays, later calls find nothing to do.
    pub(super) fn shrink(&mut self) -> bool {
        let peers = &self.peers;
        let is_live = |key: u32, at| peers.get(key as usize).is_some_and(|peer| peer.timer == Some(at));
        self.timers.shrink(peers.len(), |timer| is_live(timer.key, timer.at));
        let room = self.peers.capacity();
        if self.peers.len() >= room / FEW {
            return false;
        }
        self.peers.shrink_to_fit();
        let has_shrunk = self.peers.capacity() < room;
        if has_shrunk {
            self.ready.shrink_to_fit();
        }
        has_shrunk
    }
}

/// What a peer costs that only waits: its place in the slab, and one deadline. A subscriber has 16
/// octets more in its topic. (In debug builds mio notes with each socket where it is registered.)
#[cfg(not(debug_assertions))]
const _: () =
    assert!(size_of::<Peer>() + size_of::<super::timers::Timer>() <= 216, "an idle peer has more octets than that");

/// The slab shrinks when fewer than 1 in this many slots is used: shrinking scans it.
const FEW: usize = 64;
