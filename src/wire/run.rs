//! How many octets come before the first one of a kind.

/// The octets before the first one that `ends` the run; all of them if none does. Sixteen are
/// looked at together: without a branch for each, the compiler makes a few instructions of that.
///
/// ```
/// use wirestep::wire::run::run;
///
/// assert_eq!(run(b"Host: localhost\r\n", |octet| octet < b' '), 15);
/// ```
#[inline]
pub fn run(octets: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    let mut whole = 0;
    while let Some(chunk) = octets[whole..].first_chunk::<16>()
        && chunk.iter().map(|&octet| u8::from(ends(octet))).fold(0, |found, one| found | one) == 0
    {
        whole += chunk.len();
    }
    let rest = &octets[whole..];
    whole + rest.iter().position(|&octet| ends(octet)).unwrap_or(rest.len())
}
