//! What passes a hop of a relay, as far as another hop can be compared with it.

use std::time::Duration;

use crate::trace::record::ConnectionId;
use crate::wire::finding::{Delimited, FieldNames, Product};

/// Something that passed on one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub(super) at: Duration,
    pub(super) connection: ConnectionId,
    pub(super) what: PassedWhat,
}

/// What passed.
#[derive(Debug, Clone, Copy)]
pub(super) enum PassedWhat {
    /// The head of a request; the number stands for its method and target.
    Request { key: u64 },
    /// The head of the final response.
    Head(HeadPassed),
    /// A piece of a response.
    Octets { count: u64 },
    /// An event, which came with `piece`.
    Event { hash: u64, piece: u64 },
    /// How many comments have come so far.
    Comments(u32),
    /// The side that asks does not read.
    Blocked,
    /// The side that asks has closed its half, or reset.
    AskerLeft,
    /// The response has ended, in whichever way.
    End(SideEnd),
}

/// The head of a response.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadPassed {
    pub(super) at: Duration,
    pub(super) status: u16,
    pub(super) delimited: Option<Delimited>,
    pub(super) is_coded: bool,
    pub(super) is_event_stream: bool,
    pub(super) fields: FieldNames,
    pub(super) product: Option<Product>,
}

/// How the response of one hop ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideEnd {
    pub(super) at: Duration,
    /// The number of the response on its connection.
    pub(super) message: u32,
    /// Its end came: the last chunk, the last octet of Content-Length, or FIN without a length.
    pub(super) is_whole: bool,
    /// The side that responds cut it.
    pub(super) is_cut: bool,
}
