//! The parameters of a query.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::problem::Problem;
use crate::wire::fields::decimal;
use crate::wire::request::RequestHead;

/// The parameters of a query, decoded; each known, and each there once.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(query: &str, known: &[&str]) -> Result<Parameters, Problem> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if !known.contains(&name.as_str()) {
                let there_are = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(bad_parameter(&name, format_args!("is not known here; there are: {there_are}")));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(bad_parameter(&name, format_args!("is there twice")));
            }
            // The decoder puts it for octets that are not UTF-8, and no client means to send it.
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(bad_parameter(&name, format_args!("is not UTF-8")));
            }
            parameters.push((name, value));
        }
        Ok(Parameters(parameters))
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match decimal(value.as_bytes()) {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            Some(_) | None => Err(bad_parameter(
                name,
                format_args!("must be a number from {} to {}, not {value:?}", range.start(), range.end()),
            )),
        }
    }

    /// Whether a parameter that can only be switched off is switched off.
    pub(super) fn is_none(&self, name: &str) -> Result<bool, Problem> {
        match self.value(name) {
            None => Ok(false),
            Some("none") => Ok(true),
            Some(value) => Err(bad_parameter(name, format_args!("must be \"none\" or left out, not {value:?}"))),
        }
    }

    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match humantime::parse_duration(value) {
            Ok(duration) if duration <= LONGEST_DURATION => Ok(Some(duration)),
            _ => Err(bad_parameter(
                name,
                format_args!("must be a duration of at most 1h, such as 100ms or 2s, not {value:?}"),
            )),
        }
    }
}

const LONGEST_DURATION: Duration = Duration::from_secs(3600);

pub(super) fn no_parameters(head: &RequestHead) -> Result<(), Problem> {
    Parameters::parse(head.query(), &[]).map(|_| ())
}

pub(super) fn bad_parameter(name: &str, what: fmt::Arguments<'_>) -> Problem {
    Problem::new(400, format!("the parameter {name:?} {what}"))
}
