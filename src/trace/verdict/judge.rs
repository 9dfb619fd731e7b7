//! The judge: all connections, and what is found of them.

use std::collections::HashMap;
use std::time::Duration;

use super::conversation::{Conversation, Found};
use crate::trace::record::{ConnectionId, Verdict, What};
use crate::wire::ending::Ending;
use crate::wire::flow::Flow;
use crate::wire::span::Span;

/// Hears what passes, and finds what is to be said of it.
#[derive(Debug, Default)]
pub struct Judge {
    conversations: HashMap<ConnectionId, Conversation>,
    found: Vec<Found>,
}

impl Judge {
    /// A piece of the octets that one call took, with all of its labels.
    pub fn octets(&mut self, at: Duration, id: ConnectionId, flow: Flow, octets: &[u8], spans: &[Span]) {
        let conversation = self.conversations.entry(id).or_insert_with(|| Conversation::new(id, at));
        conversation.octets(at, flow, octets, spans, &mut self.found);
    }

    /// Any other record.
    pub fn hear(&mut self, at: Duration, id: ConnectionId, what: &What<'_>) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        match *what {
            What::Fin { flow, ending, .. } => conversation.fin(at, flow, ending, &mut self.found),
            What::Rst { flow, cause, of, ending } => {
                // What is cut short in the direction of the requests has no response to be judged.
                let ending = if of == Flow::Responses { ending } else { Ending::BodyTorn };
                conversation.rst(at, flow, cause, ending, &mut self.found);
            }
            What::Closed { .. } => {
                conversation.closed(at, &mut self.found);
                self.conversations.remove(&id);
            }
            What::Opened { .. }
            | What::Octets { .. }
            | What::Missing { .. }
            | What::Foreign { .. }
            | What::Blocked { .. }
            | What::Held { .. }
            | What::State(_)
            | What::Verdict(_) => {}
        }
    }

    /// Nothing more is said of this connection.
    pub fn forget(&mut self, id: ConnectionId) {
        self.conversations.remove(&id);
    }

    /// Gives what has been found since the last call to `tell`, in order.
    pub fn tell(&mut self, mut tell: impl FnMut(Duration, ConnectionId, Verdict<'_>)) {
        for found in self.found.drain(..) {
            let Found { message, finding, .. } = found;
            tell(found.at, found.connection, Verdict { message, finding, evidence: &found.evidence });
        }
    }
}
