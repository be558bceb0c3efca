//! Series that are known before anything is measured, so that they exist at 0 from the start.

use crate::{Instrument, LabelSource, Measure, Rule, key::Key, outcome::Verdict, sink::Sink, values::Value};

/// Instruments with more known series than this start with none.
const MOST: usize = 64;

/// Makes the series of a measure whose labels are all closed.
pub(crate) fn bind(rule: &Rule, measure: &Measure, sink: &Sink) {
    let Some(choices) = choices(rule, measure) else { return };
    let size = choices.iter().try_fold(1_usize, |size, (_, values)| size.checked_mul(values.len()));
    if size.is_none_or(|size| size > MOST) {
        return;
    }
    let mut sets: Vec<Vec<Option<&str>>> = vec![vec![None; sink.keys().len()]];
    for (name, values) in &choices {
        let Some(index) = sink.keys().iter().position(|key| key.as_str() == *name) else { return };
        sets = sets
            .iter()
            .flat_map(|set| {
                values.iter().map(move |value| {
                    let mut set = set.clone();
                    set[index] = Some(value);
                    set
                })
            })
            .collect();
    }
    for set in &sets {
        let mut key = Key::new(set.len());
        for (label, _) in set.iter().enumerate().filter(|(_, value)| value.is_some()) {
            key.set(label, Value::UNKNOWN);
        }
        let admitted = sink.admit(&mut key, |index| set[index].unwrap_or_default().to_owned());
        if let Some(series) = admitted.and_then(|seat| sink.at(seat)) {
            sink.touch(series);
        }
    }
}

/// Every label with its possible values; none if a label is open.
fn choices<'a>(rule: &'a Rule, measure: &'a Measure) -> Option<Vec<(&'a str, Vec<&'a str>)>> {
    let Instrument { labels, .. } = measure.instrument();
    labels
        .iter()
        .map(|label| {
            let values: Vec<&str> = match &label.source {
                LabelSource::Constant(value) => vec![value],
                LabelSource::Outcome if matches!(measure, Measure::Errors(_)) => vec![Verdict::Error.as_str()],
                LabelSource::Outcome => Verdict::ALL.map(Verdict::as_str).to_vec(),
                LabelSource::SpanName => vec![rule.matches.name.as_deref().filter(|name| !name.contains(['*', '?']))?],
                LabelSource::Field(_) => {
                    let mut values: Vec<&str> = Vec::new();
                    for value in label.values.as_ref()?.iter().chain(&label.default) {
                        if !values.contains(&value.as_str()) {
                            values.push(value);
                        }
                    }
                    values
                }
            };
            Some((label.name.as_str(), values))
        })
        .collect()
}
