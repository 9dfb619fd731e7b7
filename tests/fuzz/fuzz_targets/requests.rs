//! Any octets from a client: nothing panics, nothing spins, and the pieces in which they come and go change nothing.
//!
//! The first two octets of an input say where the rest is cut; the rest is what the client sends before its FIN.

#![no_main]

#[path = "../../diagram/mod.rs"]
mod diagram;
#[path = "../pieces.rs"]
mod pieces;

use diagram::{Act, Diagram};
use libfuzzer_sys::fuzz_target;
use pieces::Pieces;
use wirestep::exchange::limits::Limits;

fuzz_target!(|input: &[u8]| {
    let [seed, other_seed, stream @ ..] = input else { return };
    let whole = acts(stream, &[], &[]);
    let cuts: Vec<usize> = Pieces::new(*seed).cuts(stream.len()).collect();
    assert_eq!(acts(stream, &cuts, &[]), whole, "cut at {cuts:?}");
    // Single writes that take little, and some that take nothing.
    let mut takes: Vec<usize> = Pieces::new(*other_seed).sizes().take(20).collect();
    takes.extend([0, 1]);
    assert_eq!(acts(stream, &[], &takes), whole, "taken in pieces of {takes:?}");
});

fn acts(stream: &[u8], cuts: &[usize], takes: &[usize]) -> Vec<Act> {
    let limits = Limits { body: 200, framing_overhead: 64, gather: 512, ..Limits::default() };
    let mut diagram = Diagram::within(limits);
    diagram.writes_take(takes).they_send_in_pieces(stream, cuts, true).at_most(50, 3_600_000);
    diagram.acts()
}
