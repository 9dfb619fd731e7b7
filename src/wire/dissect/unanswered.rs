//! The requests that wait for a response, as far as they decide how it ends.
//!
//! ```text
//! GET GET GET HEAD HEAD GET     three runs: 3 x Other, 2 x Head, 1 x Other
//! ```
//!
//! Equal requests in a row are one run, so thousands of pipelined requests of one kind cost as much
//! as one. What is beyond [`MOST_RUNS`] is counted, and its method is not known any more; nothing
//! is guessed for it.

use std::collections::VecDeque;

use super::head::Method;

/// What a request decides about its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestFacts {
    pub(super) method: Method,
    pub(super) before_http_1_1: bool,
}

/// Requests in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered {
    runs: VecDeque<(RequestFacts, u32)>,
    /// Requests after those in the runs, whose methods are not kept.
    beyond: usize,
}

impl Unanswered {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.runs.iter().map(|(_, count)| *count as usize).sum::<usize>() + self.beyond
    }

    /// A request has begun; its version is not known yet.
    pub(super) fn push(&mut self, method: Method) {
        self.push_asked(RequestFacts { method, before_http_1_1: false });
    }

    /// The last request is of HTTP/1.0 or earlier.
    pub(super) fn last_is_before_http_1_1(&mut self) {
        if self.beyond > 0 {
            return;
        }
        let Some((asked, count)) = self.runs.back_mut() else { return };
        let asked = RequestFacts { before_http_1_1: true, ..*asked };
        *count -= 1;
        if *count == 0 {
            self.runs.pop_back();
        }
        self.push_asked(asked);
    }

    fn push_asked(&mut self, asked: RequestFacts) {
        let has_room = self.runs.len() < MOST_RUNS;
        match self.runs.back_mut() {
            _ if self.beyond > 0 => self.beyond += 1,
            Some((last, count)) if *last == asked && *count < u32::MAX => *count += 1,
            _ if has_room => self.runs.push_back((asked, 1)),
            _ => self.beyond += 1,
        }
    }

    /// The request that the next final response belongs to.
    pub(super) fn first(&self) -> First {
        match self.runs.front() {
            Some((asked, _)) => First::Known(*asked),
            None if self.beyond > 0 => First::NotKept,
            None => First::None,
        }
    }

    /// That request has its response.
    pub(super) fn pop(&mut self) {
        match self.runs.front_mut() {
            Some((_, count)) if *count > 1 => *count -= 1,
            Some(_) => _ = self.runs.pop_front(),
            None => self.beyond = self.beyond.saturating_sub(1),
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Unanswered::default();
    }
}

/// What is known of the first request without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Known(RequestFacts),
    /// It was there, and its method is not kept.
    NotKept,
    /// No request was seen.
    None,
}

/// Runs of equal requests that are kept for one connection.
const MOST_RUNS: usize = 1024;
