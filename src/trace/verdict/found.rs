//! A finding, before it is a record.

use std::sync::Arc;
use std::time::Duration;

use crate::trace::record::{ConnectionId, Evidence};
use crate::wire::finding::Finding;

/// A finding about one response, with what shows it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) at: Duration,
    pub(super) connection: ConnectionId,
    /// The number of the response on its connection.
    pub(super) message: u32,
    pub(super) finding: Finding,
    /// The names of the outer and the inner hop, if two are compared.
    pub(super) hops: Option<(Arc<str>, Arc<str>)>,
    pub(super) evidence: Vec<Evidence>,
}
