//! A sink that hands on a part of the records: one connection, one direction.

use std::io;

use super::record::{ConnectionId, Record, Sink, What};
use crate::wire::flow::Flow;

/// Hands on what is wanted, and nothing else.
pub struct Filter {
    sink: Box<dyn Sink>,
    connection: Option<ConnectionId>,
    flow: Option<Flow>,
}

impl Filter {
    /// Only records of `connection` and of the direction `flow` go to `sink`; without one of them
    /// all do.
    pub fn new(sink: Box<dyn Sink>, connection: Option<ConnectionId>, flow: Option<Flow>) -> Filter {
        Filter { sink, connection, flow }
    }
}

impl Sink for Filter {
    fn name(&self) -> &str {
        self.sink.name()
    }

    fn begin(&mut self) -> io::Result<()> {
        self.sink.begin()
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let is_of = |wanted: Option<Flow>, flow: Option<Flow>| wanted.is_none() || flow.is_none() || wanted == flow;
        let is_wanted = self.connection.is_none_or(|connection| connection == record.connection)
            && is_of(self.flow, flow_of(&record.what));
        if is_wanted { self.sink.record(record) } else { Ok(()) }
    }
}

/// The direction of a record; what concerns the whole connection has none.
fn flow_of(what: &What<'_>) -> Option<Flow> {
    match what {
        What::Octets { flow, .. } | What::Missing { flow, .. } => Some(*flow),
        What::Fin { flow, .. } | What::Rst { flow, .. } | What::Blocked { flow, .. } => Some(*flow),
        What::Held { .. } | What::Verdict(_) => Some(Flow::Responses),
        What::Opened { .. } | What::Foreign { .. } | What::State(_) | What::Closed { .. } => None,
    }
}
