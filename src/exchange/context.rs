//! What a connection may know about the world at one turn of the loop.

use std::time::{Duration, Instant, SystemTime};

use super::limits::Limits;
use super::metrics::Metrics;
use crate::wire::language::Language;
use crate::wire::persistence::{CLOSE_FIELDS, keep_alive_fields};
use crate::wire::response::encode_field_line;

/// The time, the bounds, the counters, and what every final head carries now.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time, read once for each turn of the loop.
    pub now: Instant,
    /// The bounds that the connection keeps to.
    pub limits: &'a Limits,
    /// The counters that the connection adds to.
    pub metrics: &'a Metrics,
    /// `Date`, and the field lines of a response after which the connection persists.
    pub keep_alive_fields: &'a [u8],
    /// `Date`, and the field lines of a response after which the connection ends.
    pub close_fields: &'a [u8],
    /// The language in which a refusal says once more what it says in English.
    pub language: Language,
}

/// What every final response head carries, encoded once a second: `Date`, and whether the
/// connection persists.
#[derive(Debug)]
pub struct GeneralFields {
    keep_alive: Vec<u8>,
    close: Vec<u8>,
    valid_until: Instant,
    language: Language,
}

impl GeneralFields {
    /// The fields at the wall-clock time `wall`, on a server that keeps idle connections open for
    /// `idle`.
    pub fn new(now: Instant, wall: SystemTime, idle: Duration) -> GeneralFields {
        let into_second = wall.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let mut keep_alive = Vec::new();
        encode_field_line("Date", httpdate::fmt_http_date(representable(wall)).as_bytes(), &mut keep_alive);
        // A browser must not guess another media type than the one that is said: octets of a peer
        // could be taken for a script or a page.
        encode_field_line("X-Content-Type-Options", b"nosniff", &mut keep_alive);
        let mut close = keep_alive.clone();
        keep_alive.extend_from_slice(keep_alive_fields(idle).as_bytes());
        close.extend_from_slice(CLOSE_FIELDS.as_bytes());
        let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(into_second.into()));
        GeneralFields { keep_alive, close, valid_until: now + left, language: Language::En }
    }

    /// With refusals that say the same in this language, too.
    pub fn refusing_in(self, language: Language) -> GeneralFields {
        GeneralFields { language, ..self }
    }

    /// The language in which refusals say the same.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The same at another time.
    pub fn renewed(&self, now: Instant, wall: SystemTime, idle: Duration) -> GeneralFields {
        GeneralFields::new(now, wall, idle).refusing_in(self.language)
    }

    /// The second has passed.
    pub fn are_old(&self, now: Instant) -> bool {
        now >= self.valid_until
    }

    /// The context of this turn.
    pub fn context<'a>(&'a self, now: Instant, limits: &'a Limits, metrics: &'a Metrics) -> Context<'a> {
        Context {
            now,
            limits,
            metrics,
            keep_alive_fields: &self.keep_alive,
            close_fields: &self.close,
            language: self.language,
        }
    }
}

// The date of a head has four digits for the year, and begins in 1970; a clock that is set to
// another time is clamped.
fn representable(wall: SystemTime) -> SystemTime {
    wall.clamp(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(END_OF_9999))
}

/// Seconds from 1970 to the last one of the year 9999.
const END_OF_9999: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_beyond_what_a_date_can_say_is_clamped() {
        let (limits, metrics, now) = (Limits::default(), Metrics::default(), Instant::now());
        for (wall, date) in [
            (SystemTime::UNIX_EPOCH - Duration::from_secs(5), "Thu, 01 Jan 1970 00:00:00 GMT"),
            (SystemTime::UNIX_EPOCH + Duration::from_secs(END_OF_9999 + 5), "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let fields = GeneralFields::new(now, wall, Duration::from_secs(60));
            let fields = fields.context(now, &limits, &metrics).close_fields.to_vec();
            assert_eq!(
                String::from_utf8_lossy(&fields),
                format!("Date: {date}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n")
            );
        }
    }
}
