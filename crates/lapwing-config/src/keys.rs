//! Every key the decoder knows, by object: what checks files, and what the documentation is made from.

mod dashboard;
mod exporter;
mod lapwing;
mod metric;
mod monitoring;
mod query;
mod root;
mod trace;

use std::fmt;

pub(crate) use dashboard::*;
pub(crate) use exporter::*;
pub(crate) use lapwing::*;
pub(crate) use metric::*;
pub(crate) use monitoring::*;
pub(crate) use query::*;
pub(crate) use root::*;
pub(crate) use trace::*;

/// Editions of the format that differ in keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// `file_format: "1.0"`.
    V1_0,
    /// `file_format: "1.1"`.
    V1_1,
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Edition::V1_0 => "1.0",
            Edition::V1_1 => "1.1",
        })
    }
}

/// One kind of mapping in a configuration file and the keys it may have.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Name for readers.
    pub name: &'static str,
    /// Its definition in the standard's JSON schema: empty for the root, none for Lapwing's own.
    pub schema: Option<&'static str>,
    /// Whether exactly one of the keys must be given.
    pub choice: bool,
    /// Whether keys that are not listed are left to others instead of being errors.
    pub extensible: bool,
    /// Groups of keys of each of which exactly one must be given.
    pub groups: &'static [&'static [&'static str]],
    /// The keys, in the order of the documentation.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written in the file.
    pub name: &'static str,
    /// What may stand under it; anything, if it is not served.
    pub kind: Type,
    /// Served or not.
    pub status: Status,
    /// The only edition that has the key, and what to write in the other one.
    pub only: Option<(Edition, &'static str)>,
}

/// What may stand under a key. What it cannot say (an order, say) is in the key's text.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Anything.
    Any,
    /// `true` or `false`.
    Boolean,
    /// An integer from the first to the second.
    Integer(i64, i64),
    /// A number between bounds.
    Number(Bound, Bound),
    /// A string.
    Text,
    /// A string, or null, which is no missing value here.
    TextOrNull,
    /// A string of a form: the regular expression, and an example.
    Form(&'static str, &'static str),
    /// A length of time such as `5m`.
    Duration,
    /// A length of time, or `off`.
    DurationOrOff,
    /// A number, or a length of time.
    NumberOrDuration,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of them.
    List(&'static Type),
    /// A mapping.
    Object(&'static Object),
    /// A list of mappings.
    Objects(&'static Object),
    /// A list of strings and mappings.
    Mixed(&'static Object),
    /// A mapping of any keys to strings.
    Labels,
    /// A mapping of any keys to a string or a list of strings.
    Filter,
}

/// Where a range of numbers ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Nowhere.
    None,
    /// At this number, which belongs to it.
    At(f64),
    /// At this number, which does not.
    Beyond(f64),
}

/// What Lapwing does with a key.
#[derive(Clone, Copy, Debug)]
pub enum Status {
    /// It is read and has its effect.
    Served {
        /// Type, unit and bounds.
        value: &'static str,
        /// What holds without it; `required` if there must be one, empty where absence means nothing.
        default: &'static str,
    },
    /// It is accepted with one warning.
    Unserved {
        /// Why it has no effect.
        why: &'static str,
    },
    /// It is meant for others and accepted in silence.
    Ignored {
        /// For whom.
        why: &'static str,
    },
}

impl Object {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub(crate) fn names(&self, edition: Edition) -> impl Iterator<Item = &'static str> + use<> {
        let keys = self.keys;
        keys.iter().filter(move |key| key.only.is_none_or(|(only, _)| only == edition)).map(|key| key.name)
    }

    /// What belongs under `key`, for the help of a missing one.
    pub(crate) fn describe(&self, key: &str) -> String {
        match self.key(key).map(|key| key.status) {
            // An object that is only named says nothing yet.
            Some(Status::Served { value, .. }) if value == key => match self.key(key).map(|key| key.kind) {
                Some(Type::Object(object)) => {
                    let keys: Vec<String> = object.keys.iter().map(|key| format!("`{}`", key.name)).collect();
                    format!("add `{key}`, with keys of {}", keys.join(", "))
                }
                _ => format!("add `{key}`"),
            },
            Some(Status::Served { value, .. }) => format!("add `{key}`: {value}"),
            _ => format!("add `{key}`"),
        }
    }

    /// Where that belongs which is written under an unknown key, by who knows Prometheus' files.
    pub(crate) fn elsewhere(&self, key: &str) -> Option<&'static str> {
        match (self.name, key) {
            ("alert", "expr" | "promql" | "query") => {
                Some("write it under `condition`: `condition: {promql: …}`, which holds any expression of PromQL")
            }
            ("condition", "expr" | "query") => Some("write it under `promql`: `condition: {promql: …}`"),
            ("alert", "alert") => Some("write it under `name`"),
            ("alert", "annotations") => Some("write `summary` and `description` beside `name`; the rest is made"),
            _ => None,
        }
    }
}

impl Key {
    pub(crate) fn is_served(&self) -> bool {
        matches!(self.status, Status::Served { .. })
    }

    const fn only(self, edition: Edition, instead: &'static str) -> Key {
        Key { only: Some((edition, instead)), ..self }
    }
}

const fn served(name: &'static str, kind: Type, value: &'static str, default: &'static str) -> Key {
    Key { name, kind, status: Status::Served { value, default }, only: None }
}

const fn unserved(name: &'static str, why: &'static str) -> Key {
    Key { name, kind: Type::Any, status: Status::Unserved { why }, only: None }
}

const fn ignored(name: &'static str, why: &'static str) -> Key {
    Key { name, kind: Type::Any, status: Status::Ignored { why }, only: None }
}

const fn object(name: &'static str, schema: &'static str, keys: &'static [Key]) -> Object {
    Object { name, schema: Some(schema), choice: false, extensible: false, groups: &[], keys }
}

const fn choice(name: &'static str, schema: &'static str, keys: &'static [Key]) -> Object {
    Object { choice: true, ..object(name, schema, keys) }
}

const fn own(name: &'static str, keys: &'static [Key]) -> Object {
    Object { name, schema: None, choice: false, extensible: false, groups: &[], keys }
}

/// Every object of the format with its keys, in the order of the documentation.
///
/// This is the table files are checked with, so whatever is made from it (documentation, completion) cannot differ
/// from what is read.
///
/// ```
/// let view = lapwing_config::reference().iter().find(|object| object.name == "selector").unwrap();
/// assert!(view.keys.iter().any(|key| key.name == "instrument_name"));
/// ```
pub fn reference() -> &'static [&'static Object] {
    &OBJECTS
}

static OBJECTS: [&Object; 63] = [
    &ROOT,
    &RESOURCE,
    &ATTRIBUTE,
    &ATTRIBUTE_LIMITS,
    &PROPAGATOR,
    &PROPAGATOR_ENTRY,
    &TRACECONTEXT,
    &BAGGAGE,
    &TRACER_PROVIDER,
    &SPAN_PROCESSOR,
    &BATCH,
    &SIMPLE,
    &SPAN_EXPORTER,
    &SAMPLER,
    &PARENT_BASED,
    &TRACE_ID_RATIO,
    &ALWAYS_ON,
    &ALWAYS_OFF,
    &SPAN_LIMITS,
    &ID_GENERATOR,
    &RANDOM,
    &OTLP_HTTP,
    &OTLP_GRPC,
    &CONSOLE,
    &OTLP_HTTP_METRIC,
    &OTLP_GRPC_METRIC,
    &CONSOLE_METRIC,
    &HTTP_TLS,
    &GRPC_TLS,
    &HEADER,
    &METER_PROVIDER,
    &METRIC_READER,
    &PULL,
    &PULL_EXPORTER,
    &PROMETHEUS,
    &PERIODIC,
    &PUSH_EXPORTER,
    &CARDINALITY_LIMITS,
    &VIEW,
    &SELECTOR,
    &STREAM,
    &AGGREGATION,
    &DEFAULT_AGGREGATION,
    &DROP_AGGREGATION,
    &SUM_AGGREGATION,
    &LAST_VALUE_AGGREGATION,
    &EXPLICIT_BUCKETS,
    &EXPONENTIAL_BUCKETS,
    &INCLUDE_EXCLUDE,
    &INSTRUMENTATION,
    &RUST,
    &LAPWING,
    &RULE,
    &DEFAULT_RULE,
    &OUTCOME,
    &DURATION,
    &INSTRUMENT,
    &FIELD_HISTOGRAM,
    &FIELD_COUNTER,
    &LABEL,
    &GAUGE,
    &ENDPOINT,
    &LOG,
];

/// Every object of `monitoring.yaml` with its keys, the root first.
pub(crate) fn of_monitoring() -> &'static [&'static Object] {
    &MONITORING_OBJECTS
}

static MONITORING_OBJECTS: [&Object; 27] = [
    &MONITORING,
    &SCRAPE,
    &LINKS,
    &OBJECTIVE,
    &GOOD,
    &ALERT,
    &ALERT_TEST,
    &CONDITION,
    &QUANTILE,
    &RATE,
    &INCREASE,
    &SHARE,
    &VALUE,
    &RUNBOOK,
    &STANDARD_ALERTS,
    &DASHBOARD,
    &VARIABLE,
    &ROW,
    &PANEL,
    &PANEL_QUERY,
    &THRESHOLD,
    &MAPPING,
    &RECEIVER,
    &SLACK,
    &PAGERDUTY,
    &WEBHOOK,
    &ROUTE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::asked;

    /// A key that is called served and never read would be swallowed in silence.
    #[test]
    fn every_served_key_is_asked_for() {
        let full = include_str!("../tests/it/full.yaml");
        for text in [full.to_owned(), format!("file_format: \"1.0\"\n{}", full.replace("file_format", "#"))] {
            // In the older edition some keys are errors, but all are asked for.
            let _ = crate::parse(&text, "full.yaml", &|_| None);
        }
        let full = include_str!("../tests/it/monitoring/full.yaml");
        let _ = crate::monitoring::parse(full, "full.yaml");
        let asked = asked::keys();
        for object in reference().iter().chain(of_monitoring()).filter(|object| !object.choice) {
            for key in object.keys.iter().filter(|key| key.is_served()) {
                assert!(asked.contains(&(object.name, key.name)), "`{}` of `{}` is never read", key.name, object.name);
            }
        }
    }
}
