//! A connection with the response that it is given, without a socket: what `net/peer.rs` does between two system calls.

// Each file of tests uses a part of this one.
#![allow(dead_code, unreachable_pub)]

use wirestep::exchange::connection::{Action, Connection};
use wirestep::exchange::context::Context;
use wirestep::exchange::stepping::{Pace, StepMode};
use wirestep::site::producer::Producer;
use wirestep::site::{self, Answer, Client, Site};
use wirestep::topic::topics::Topics;
use wirestep::wire::step::{Batch, Next};

/// By what name the topics know the connection of a [`Driver::new`].
pub const KEY: u32 = 0;

/// A connection, and the steps of its response.
pub struct Driver {
    pub connection: Connection,
    pub producer: Producer,
    key: u32,
    /// The next request gets this, whatever it asks for.
    pub script: Option<Producer>,
}

/// What is to be done with the socket.
#[derive(Debug, PartialEq, Eq)]
pub enum SocketAct {
    /// Write these octets, and report to [`Driver::sent`].
    Write(Vec<u8>, Origin),
    Fin,
    Rst,
    Close,
    Rest,
}

/// Where octets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Connection,
    Topic(Batch),
}

impl Driver {
    pub fn new(pace: Pace, cx: &Context<'_>) -> Driver {
        Driver::with_key(KEY, pace, cx)
    }

    pub fn with_key(key: u32, pace: Pace, cx: &Context<'_>) -> Driver {
        Driver { connection: Connection::new(pace, cx), producer: Producer::default(), key, script: None }
    }

    pub fn next_act(&mut self, site: &Site, topics: &mut Topics, cx: &Context<'_>) -> SocketAct {
        loop {
            match self.connection.next_action(cx) {
                Action::Respond(request) => {
                    let (producer, mode) = match self.script.take() {
                        Some(script) => (script, StepMode::AsConnection),
                        None => match site::respond(site, &request, Client::Local, topics, cx) {
                            Answer::Response(producer, mode) => (producer, mode),
                            // The loop alone can carry it out.
                            Answer::Operator(_) => (Producer::default(), StepMode::Never),
                        },
                    };
                    self.respond(producer, mode);
                }
                Action::Permit(head) => match site::permit(head, cx) {
                    Ok(()) => self.connection.continue_(),
                    Err(producer) => self.respond(producer, StepMode::AsConnection),
                },
                Action::NextStep(demand) => {
                    let next = self.producer.next_step(demand, self.key, cx.limits.heartbeat, topics);
                    if let Next::End { .. } = next {
                        self.leave(topics);
                    }
                    self.connection.supply(next, cx);
                }
                Action::Send(octets) => return SocketAct::Write(octets.to_vec(), Origin::Connection),
                Action::Deliver(batch) => match topics.octets(batch) {
                    Some(frames) => return SocketAct::Write(frames.to_vec(), Origin::Topic(batch)),
                    None => self.connection.delivered(&[], cx),
                },
                Action::SetSendBuffer(_) => self.connection.carried_out(),
                Action::SendFin => return SocketAct::Fin,
                Action::SendRst => return SocketAct::Rst,
                Action::Close => return SocketAct::Close,
                Action::Rest => return SocketAct::Rest,
            }
        }
    }

    pub fn respond(&mut self, mut producer: Producer, mode: StepMode) {
        if self.connection.status().fin_received {
            producer.on_fin();
        }
        self.connection.respond(producer.manner(mode));
        self.producer = producer;
    }

    /// The socket took `count` of the octets of [`SocketAct::Write`].
    pub fn sent(&mut self, origin: Origin, count: usize, topics: &mut Topics, cx: &Context<'_>) {
        match origin {
            Origin::Connection => self.connection.sent(count, cx),
            Origin::Topic(batch) => {
                let rest = topics.sent(batch, count);
                self.connection.delivered(&rest, cx);
            }
        }
    }

    pub fn receive_fin(&mut self, cx: &Context<'_>) {
        self.producer.on_fin();
        self.connection.receive_fin(cx);
    }

    pub fn drain(&mut self, cx: &Context<'_>) {
        self.producer.wind_down();
        self.connection.drain(cx);
    }

    /// The response is over, or the connection is gone.
    pub fn leave(&mut self, topics: &mut Topics) {
        std::mem::take(&mut self.producer).leave(topics);
    }

    /// Octets of the connection that wait for the socket.
    pub fn pending(&mut self, site: &Site, topics: &mut Topics, cx: &Context<'_>) -> usize {
        match self.next_act(site, topics, cx) {
            SocketAct::Write(octets, _) => octets.len(),
            _ => 0,
        }
    }
}
