//! The judge: all connections, and what is found of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::conversation::{Conversation, Out};
use super::found::Found;
use super::pairs::Pairs;
use crate::trace::record::{ConnectionId, Verdict, What};
use crate::wire::ending::Ending;
use crate::wire::finding::Hops;
use crate::wire::flow::Flow;
use crate::wire::span::Span;

/// Hears what passes, and finds what is to be said of it.
#[derive(Debug, Default)]
pub struct Judge {
    conversations: HashMap<ConnectionId, Conversation>,
    pairs: Pairs,
    out: Out,
}

impl Judge {
    /// The connection passes the hop with this name.
    pub fn at_hop(&mut self, id: ConnectionId, hop: Arc<str>) {
        self.pairs.at_hop(id, hop);
    }

    /// One call took `count` octets; they are given to [`Judge::octets`], in one or more parts.
    pub fn begin_piece(&mut self, at: Duration, id: ConnectionId, flow: Flow, count: usize) {
        let conversation = self.conversations.entry(id).or_insert_with(|| Conversation::new(id, at));
        conversation.begin_piece(at, flow, count, &mut self.out);
    }

    /// A part of the octets that one call took, with all of its labels.
    pub fn octets(&mut self, at: Duration, id: ConnectionId, flow: Flow, octets: &[u8], spans: &[Span]) {
        if let Some(conversation) = self.conversations.get_mut(&id) {
            conversation.octets(at, flow, octets, spans, &mut self.out);
            self.compare();
        }
    }

    /// Any other record.
    pub fn hear(&mut self, at: Duration, id: ConnectionId, what: &What<'_>) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let out = &mut self.out;
        match *what {
            What::Fin { flow, ending, .. } => conversation.fin(at, flow, ending, out),
            What::Rst { flow, cause, of, ending } => {
                // What is cut short in the direction of the requests has no response to be judged.
                let ending = if of == Flow::Responses { ending } else { Ending::BodyTorn };
                conversation.rst(at, flow, cause, ending, out);
            }
            What::Blocked { flow: Flow::Responses, pending } => conversation.blocked(at, pending, out),
            What::Closed { .. } => conversation.closed(at, out),
            What::Opened { .. }
            | What::Octets { .. }
            | What::Missing { .. }
            | What::Foreign { .. }
            | What::Blocked { .. }
            | What::Held { .. }
            | What::State(_)
            | What::Verdict(_) => {}
        }
        self.compare();
        if let What::Closed { .. } = what {
            self.forget(id);
        }
    }

    /// Nothing more is said of this connection.
    pub fn forget(&mut self, id: ConnectionId) {
        self.conversations.remove(&id);
        self.pairs.closed(id);
    }

    /// Gives what has been found since the last call to `tell`, in order.
    pub fn tell(&mut self, mut tell: impl FnMut(Duration, ConnectionId, Verdict<'_>)) {
        for found in self.out.found.drain(..) {
            let Found { message, finding, hops, evidence, .. } = &found;
            let hops = hops.as_ref().map(|(edge, app)| Hops { edge, app });
            let verdict = Verdict { message: *message, finding: *finding, hops, evidence };
            tell(found.at, found.connection, verdict);
        }
    }

    fn compare(&mut self) {
        self.out.found.retain(|found| {
            let is_better_said = found.hops.is_none() && found.finding.is_of_source();
            !(is_better_said && self.pairs.is_outer(found.connection))
        });
        for passed in self.out.passed.drain(..) {
            self.pairs.hear(&passed, &mut self.out.found);
        }
    }
}
