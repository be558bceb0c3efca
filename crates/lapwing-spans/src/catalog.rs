//! All instruments of all rules: checked, then made.

use std::{collections::BTreeSet, sync::Arc};

use opentelemetry::{Key, metrics::Meter};

use crate::{
    BuildError, Instrument, Label, LabelSource, Matched, Measure, Rule, Timing,
    instrument::nanoseconds,
    series::OVERFLOW,
    sink::{SdkInstrument, Sink},
    values::Values,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Histogram,
    Counter,
    UpDown,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Histogram => "histogram",
            Kind::Counter => "counter",
            Kind::UpDown => "up/down counter",
        }
    }
}

/// Instruments by name, put together from all their declarations.
#[derive(Default)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    kind: Kind,
    /// A counter that takes fields takes fractions.
    float: bool,
    unit: String,
    description: String,
    boundaries: Option<Vec<f64>>,
    /// A histogram that takes durations.
    duration: bool,
    limit: usize,
    keys: BTreeSet<String>,
}

impl Catalog {
    /// Checks a rule and adds its instruments.
    pub(crate) fn add(&mut self, rule: &Rule) -> Result<(), BuildError> {
        if rule.matches.kind == Matched::Event {
            check_event(rule)?;
        }
        for measure in &rule.measures {
            check_labels(measure)?;
            self.declare(measure)?;
        }
        Ok(())
    }

    /// Makes the instruments.
    pub(crate) fn build(self, meter: &Meter, values: &Arc<Values>) -> Vec<Arc<Sink>> {
        self.entries.into_iter().map(|entry| Arc::new(entry.build(meter, values))).collect()
    }

    fn declare(&mut self, measure: &Measure) -> Result<(), BuildError> {
        let entry = Entry::new(measure)?;
        match self.entries.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&entry.name)) {
            Some(known) => known.merge(entry),
            None => {
                self.entries.push(entry);
                Ok(())
            }
        }
    }
}

impl Entry {
    fn new(measure: &Measure) -> Result<Self, BuildError> {
        let instrument = measure.instrument();
        let name = instrument.name.clone();
        check_name(&name)?;
        let unit = check_unit(measure)?;
        if let Some(bounds) = &instrument.boundaries
            && !(bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|a, b| a < b))
        {
            return Err(BuildError::Boundaries { name });
        }
        let limit = instrument.series_limit.unwrap_or(Instrument::DEFAULT_SERIES_LIMIT);
        if !(1..=Instrument::MAX_SERIES_LIMIT).contains(&limit) {
            return Err(BuildError::SeriesLimit { name, limit });
        }
        Ok(Self {
            name,
            kind: match measure {
                Measure::Duration(_) | Measure::Histogram { .. } => Kind::Histogram,
                Measure::Calls(_) | Measure::Errors(_) | Measure::Counter { .. } => Kind::Counter,
                Measure::InFlight(_) => Kind::UpDown,
            },
            float: matches!(measure, Measure::Counter { .. }),
            unit,
            description: instrument.description.clone(),
            boundaries: instrument.boundaries.clone(),
            duration: matches!(measure, Measure::Duration(_)),
            limit,
            keys: instrument.labels.iter().map(|label| label.name.clone()).collect(),
        })
    }

    fn merge(&mut self, other: Self) -> Result<(), BuildError> {
        let conflict = |what, first: &dyn ToString, second: &dyn ToString| {
            Err(BuildError::Conflict {
                name: other.name.clone(),
                what,
                first: first.to_string(),
                second: second.to_string(),
            })
        };
        if self.kind != other.kind {
            return conflict("kind", &self.kind.as_str(), &other.kind.as_str());
        }
        if self.unit != other.unit {
            return conflict("unit", &self.unit, &other.unit);
        }
        if self.description.is_empty() {
            self.description = other.description;
        } else if !other.description.is_empty() && self.description != other.description {
            return conflict("description", &self.description, &other.description);
        }
        match (&self.boundaries, other.boundaries) {
            (Some(first), Some(second)) if *first != second => {
                return conflict("boundaries", &format!("{first:?}"), &format!("{second:?}"));
            }
            (None, second) => self.boundaries = second,
            (Some(_), _) => {}
        }
        self.float |= other.float;
        self.duration |= other.duration;
        self.limit = self.limit.max(other.limit);
        self.keys.extend(other.keys);
        Ok(())
    }

    fn build(self, meter: &Meter, values: &Arc<Values>) -> Sink {
        let Self { name, kind, float, unit, description, boundaries, duration, limit, keys } = self;
        macro_rules! build {
            ($builder:ident) => {{
                let mut builder = meter.$builder(name.clone());
                if !unit.is_empty() {
                    builder = builder.with_unit(unit);
                }
                if !description.is_empty() {
                    builder = builder.with_description(description);
                }
                builder
            }};
        }
        let mut bounds = Box::default();
        let instrument = match (kind, float) {
            (Kind::Histogram, _) => {
                let boundaries =
                    boundaries.unwrap_or_else(|| Instrument::default_boundaries(duration.then_some(unit.as_str())));
                bounds = boundaries.clone().into_boxed_slice();
                SdkInstrument::Histogram(build!(f64_histogram).with_boundaries(boundaries).build())
            }
            (Kind::Counter, false) => SdkInstrument::Counter(build!(u64_counter).build()),
            (Kind::Counter, true) => SdkInstrument::FloatCounter(build!(f64_counter).build()),
            (Kind::UpDown, _) => SdkInstrument::UpDown(build!(i64_up_down_counter).build()),
        };
        let keys = keys.into_iter().map(|key| Key::from(Arc::<str>::from(key)));
        Sink::new(name, instrument, keys, Arc::clone(values), bounds, limit)
    }
}

fn check_event(rule: &Rule) -> Result<(), BuildError> {
    let what = if rule.timing == Timing::Busy {
        "busy time"
    } else if rule.log_over.is_some() {
        "a log of slow spans"
    } else {
        match rule.measures.iter().find(|m| matches!(m, Measure::Duration(_) | Measure::InFlight(_))) {
            Some(Measure::Duration(_)) => "a duration",
            Some(_) => "a number in flight",
            None => return Ok(()),
        }
    };
    Err(BuildError::NotForEvents { event: rule.matches.name.clone().unwrap_or_else(|| "*".to_owned()), what })
}

/// The rules of OpenTelemetry's metrics API.
fn check_name(name: &str) -> Result<(), BuildError> {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let all = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c));
    if first && all && name.len() <= 255 { Ok(()) } else { Err(BuildError::Name { name: name.to_owned() }) }
}

fn check_unit(measure: &Measure) -> Result<String, BuildError> {
    let instrument = measure.instrument();
    let wrong = |advice| Err(BuildError::Unit { name: instrument.name.clone(), unit: instrument.unit.clone(), advice });
    if matches!(measure, Measure::Duration(_)) {
        if nanoseconds(&instrument.unit).is_none() {
            return wrong("a duration is measured in `s`, `ms`, `us` or `ns`");
        }
        if instrument.unit.is_empty() {
            return Ok("s".to_owned());
        }
    }
    if instrument.unit.len() > 63 || !instrument.unit.is_ascii() {
        return wrong("a unit has at most 63 ASCII characters");
    }
    Ok(instrument.unit.clone())
}

fn check_labels(measure: &Measure) -> Result<(), BuildError> {
    let instrument = measure.instrument();
    for (index, label) in instrument.labels.iter().enumerate() {
        let problem = if label.name.is_empty() {
            "has no name: give it one"
        } else if label.name == OVERFLOW {
            "marks overflow series: choose another name"
        } else if instrument.labels[..index].iter().any(|earlier| earlier.name == label.name) {
            "is declared twice: rename one"
        } else if label.source == LabelSource::Outcome && matches!(measure, Measure::InFlight(_)) {
            "is the outcome, which a span in flight has not got yet: remove it"
        } else if values(label).any(|value| value.len() > Label::VALUE_LIMIT) {
            "has a value longer than 1024 bytes, which would be cut: shorten it"
        } else {
            continue;
        };
        return Err(BuildError::label(instrument, label, problem));
    }
    Ok(())
}

/// All values a label's declaration spells out.
fn values(label: &Label) -> impl Iterator<Item = &String> {
    let constant = match &label.source {
        LabelSource::Constant(value) => Some(value),
        _ => None,
    };
    constant.into_iter().chain(&label.default).chain(label.values.iter().flatten())
}
