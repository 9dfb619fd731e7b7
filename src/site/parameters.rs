//! The parameters of a query.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::problem::Problem;
use crate::wire::fields::decimal;

/// The parameters of a query that an address knows, decoded. Others are ignored: trackers and
/// polyfills add them to any address.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// # Errors
    /// A known parameter occurs twice, or is not UTF-8.
    pub(super) fn parse(query: &str, known: &[&str]) -> Result<Parameters, Problem> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        if query.is_empty() {
            return Ok(Parameters(parameters));
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if !is_known(&name, known) {
                continue;
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(bad_parameter(&name, format_args!("occurs twice"), format_args!("두 번 지정됨")));
            }
            // The decoder puts it for octets that are not UTF-8, and no client means to send it.
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(bad_parameter(&name, format_args!("is not UTF-8"), format_args!("UTF-8이 아님")));
            }
            parameters.push((name, value));
        }
        Ok(Parameters(parameters))
    }

    /// How many parameters of a query are not known.
    pub(super) fn ignored(query: &str, known: &[&str]) -> usize {
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !is_known(name, known)).count()
    }

    /// Whether a parameter without a value is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
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
                format_args!("{}부터 {}까지의 수여야 함: {value:?}", range.start(), range.end()),
            )),
        }
    }

    /// What a parameter stands for that has one of a few words.
    pub(super) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == value) {
            return Ok(Some(*meaning));
        }
        let words = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        Err(bad_parameter(
            name,
            format_args!("must be one of {words}, not {value:?}"),
            format_args!("{words} 중 하나여야 함: {value:?}"),
        ))
    }

    /// Whether a parameter that can only be switched off is switched off.
    pub(super) fn is_none(&self, name: &str) -> Result<bool, Problem> {
        match self.value(name) {
            None => Ok(false),
            Some("none") => Ok(true),
            Some(value) => Err(bad_parameter(
                name,
                format_args!("must be \"none\" or left out, not {value:?}"),
                format_args!("\"none\"이거나 없어야 함: {value:?}"),
            )),
        }
    }

    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match humantime::parse_duration(value) {
            Ok(duration) if duration <= LONGEST_DURATION => Ok(Some(duration)),
            _ => Err(bad_parameter(
                name,
                format_args!("must be a duration of at most 1h, such as 100ms or 2s, not {value:?}"),
                format_args!("100ms, 2s 같은 1h 이하의 시간이어야 함: {value:?}"),
            )),
        }
    }
}

const LONGEST_DURATION: Duration = Duration::from_secs(3600);

fn is_known(name: &str, known: &[&str]) -> bool {
    known.contains(&name) || EVERYWHERE.contains(&name)
}

/// Parameters that every address knows: `step` holds each step of the response, `tag` is for the
/// sender alone.
const EVERYWHERE: &[&str] = &["step", "tag"];

pub(super) fn bad_parameter(name: &str, what: fmt::Arguments<'_>, korean: fmt::Arguments<'_>) -> Problem {
    Problem::new(400, format!("the parameter {name:?} {what}")).in_korean(format!("매개변수 {name:?}: {korean}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_parameters_are_ignored_and_known_ones_are_checked() {
        let query = Parameters::parse("utm_source=x&count=3&_=17&step", &["count"]).expect("count occurs once");
        assert_eq!((query.value("count"), query.has("step"), query.value("_")), (Some("3"), true, None));
        assert_eq!(Parameters::ignored("utm_source=x&count=3&_=17&step", &["count"]), 2);
        assert!(Parameters::parse("count=1&count=2", &["count"]).is_err());
        assert!(Parameters::parse("count=%ff", &["count"]).is_err());
        assert!(Parameters::parse("other=%ff&other=1", &["count"]).is_ok());
    }
}
