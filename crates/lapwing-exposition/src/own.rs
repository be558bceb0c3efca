//! What the exposition says of itself.

use crate::{
    Family, InstrumentKind, Kind, Labels, Number, Problems, Series, Translation, Value,
    assembly::{Joining, Part},
    catalogue::Place,
    labels::Label,
    prometheus_name,
};

/// `lapwing_gathers_total` and `lapwing_problems_total`, always there: a scrape without them is a failure.
pub(crate) struct OwnMetrics {
    gathers: String,
    problems: String,
}

impl OwnMetrics {
    pub(crate) fn new(translation: Translation) -> OwnMetrics {
        let name = |name| prometheus_name(name, "", InstrumentKind::Counter, translation);
        OwnMetrics { gathers: name("lapwing.gathers"), problems: name("lapwing.problems") }
    }

    pub(crate) fn is_own(&self, name: &str) -> bool {
        name == self.gathers || name == self.problems
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
            part(&self.gathers, "How often metrics were gathered", vec![counter(labels.clone(), gathers)]),
            part(&self.problems, "What telemetry could not record, or had to alter", problems.collect()),
        ]
    }
}

fn part(name: &str, help: &str, series: Vec<Series>) -> Part {
    let family =
        Family { name: name.to_owned(), help: help.to_owned(), unit: String::new(), kind: Kind::Counter, series };
    Part { family, place: Place { instrument: String::new(), scope: "lapwing".to_owned() }, joining: Joining::Shared }
}
