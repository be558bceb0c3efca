//! What the exposition says of itself.

use crate::{
    Family, InstrumentKind, Kind, Labels, Number, Problems, Series, Translation, Value,
    assembly::{Joining, Part},
    catalogue::Place,
    labels::Label,
    prometheus_name,
};

const GATHERS: &str = "lapwing_gathers_total";
const PROBLEMS: &str = "lapwing_problems_total";
/// The stream on which other parts of telemetry count their problems.
const STREAM: &str = "lapwing.problems";

/// [`GATHERS`] and [`PROBLEMS`], always there: a scrape without them is a failure. Alerts are written for these names, so
/// no translation changes them.
pub(crate) struct OwnMetrics {
    /// What the counter of problems is translated to that other parts of telemetry count on.
    problems: String,
}

impl OwnMetrics {
    pub(crate) fn new(translation: Translation) -> OwnMetrics {
        OwnMetrics { problems: prometheus_name(STREAM, "", InstrumentKind::Counter, translation) }
    }

    /// Whether this stream joins one of ours, which carry no scope: one series a reason, whoever counted.
    pub(crate) fn joined_by(stream: &str) -> bool {
        stream == STREAM
    }

    /// The name a metric of the translated name `name` is exported under, and whether it joins one of ours, whose help
    /// text stays.
    pub(crate) fn named(&self, name: String) -> (String, bool) {
        if name == self.problems {
            return (PROBLEMS.to_owned(), true);
        }
        let own = name == GATHERS || name == PROBLEMS;
        (name, own)
    }

    pub(crate) fn parts(&self, labels: &Labels, gathers: u64, problems: &Problems) -> [Part; 2] {
        let counter = |labels, value| Series {
            labels,
            value: Value::Counter { value: Number::Unsigned(value), exemplar: None },
            created: None,
        };
        let reason = std::sync::Arc::<str>::from("reason");
        let problems = problems.read().into_iter().map(|(value, count)| {
            let mut with_reason: Vec<Label> = labels.as_slice().to_vec();
            with_reason.retain(|label| label.name != reason);
            with_reason.push(Label { name: reason.clone(), value: value.into() });
            with_reason.sort_by(|a, b| a.name.cmp(&b.name));
            counter(Labels::from_sorted(&mut with_reason), count)
        });
        [
            part(GATHERS, "How often metrics were gathered", vec![counter(labels.clone(), gathers)]),
            part(PROBLEMS, "What telemetry could not record, or had to alter", problems.collect()),
        ]
    }
}

fn part(name: &str, help: &str, series: Vec<Series>) -> Part {
    let family =
        Family { name: name.to_owned(), help: help.to_owned(), unit: String::new(), kind: Kind::Counter, series };
    Part {
        family,
        table: None,
        place: Place { instrument: String::new(), scope: "lapwing".to_owned() },
        joining: Joining::Shared,
    }
}
