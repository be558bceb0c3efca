//! What happens to some series, and which alerts fire meanwhile.

use std::{collections::BTreeMap, time::Duration};

use super::{
    alerts::{Alerts, Expected},
    labels::Series,
    time::{self, steps},
};
use crate::{expression::duration, yaml::Yaml};

/// What a series does for a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    /// A gauge stays at this value.
    Is(f64),
    /// A counter rises (a gauge moves) by this much a second.
    Moves(f64),
    /// It isn't there.
    Gone,
}

impl Sample {
    pub(super) fn half(self) -> Sample {
        match self {
            Sample::Is(value) => Sample::Is(value / 2.0),
            Sample::Moves(rate) => Sample::Moves(rate / 2.0),
            Sample::Gone => Sample::Gone,
        }
    }
}

/// Series and what they do; the one at fault is the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scene {
    pub(super) series: Vec<(Series, Sample)>,
    /// What the condition yields of them in the end, if that is sure.
    pub(super) value: Option<f64>,
}

impl Scene {
    pub(super) fn of(series: Vec<(Series, Sample)>) -> Scene {
        Scene { series, value: None }
    }

    pub(super) fn yields(self, value: f64) -> Scene {
        Scene { value: Some(value), ..self }
    }
}

/// A time in which nothing changes. All phases of a story have the same series.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    pub(super) lasts: Duration,
    pub(super) scene: Scene,
}

/// A test.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) name: String,
    /// Between samples; phases last multiples of it.
    pub(super) interval: Duration,
    /// Between evaluations of the rules.
    pub(super) evaluation: Duration,
    pub(super) phases: Vec<Phase>,
    /// Further series, with their values in promtool's notation.
    pub(super) given: Vec<(String, String)>,
    pub(super) alerts: Vec<Alerts>,
    pub(super) expected: Vec<Expected>,
    /// Expressions that yield 1 without labels at a time.
    pub(super) holds: Vec<(String, Duration)>,
}

impl Story {
    pub(super) fn yaml(&self) -> Yaml {
        let series = self
            .series()
            .into_iter()
            .map(|(series, values)| (series.to_string(), values))
            .chain(self.given.iter().cloned())
            .map(|(series, values)| Yaml::map([("series", series.into()), ("values", values.into())]));
        let (tests, queries): (Vec<_>, Vec<_>) =
            self.alerts.iter().map(|alerts| alerts.test().ok_or_else(|| alerts.query())).partition(Result::is_ok);
        let tests: Vec<Yaml> = tests.into_iter().filter_map(Result::ok).collect();
        let mut queries: Vec<Yaml> = queries.into_iter().filter_map(Result::err).collect();
        queries.extend(self.expected.iter().map(Expected::query));
        queries.extend(self.holds.iter().map(|(expr, at)| {
            let test = Yaml::map([("expr", expr.as_str().into()), ("eval_time", time::at(*at))]);
            test.with("exp_samples", vec![Yaml::map([("labels", "{}".into()), ("value", 1.0.into())])])
        }));
        let story = Yaml::map([
            ("name", self.name.clone().into()),
            ("interval", duration(self.interval).into()),
            ("input_series", series.collect::<Vec<_>>().into()),
        ]);
        let asked = [("alert_rule_test", tests), ("promql_expr_test", queries)].into_iter();
        asked.filter(|(_, all)| !all.is_empty()).fold(story, |story, (key, all)| story.with(key, all))
    }

    /// Each series with its values, as promtool expands them: `a+bxn` are `n + 1` values from `a` on.
    fn series(&self) -> BTreeMap<&Series, String> {
        let mut written: BTreeMap<&Series, String> = BTreeMap::new();
        let mut values: BTreeMap<&Series, f64> = BTreeMap::new();
        for (number, phase) in self.phases.iter().enumerate() {
            let count = steps(phase.lasts, self.interval);
            for (series, sample) in phase.scene.series.iter().filter(|_| count > 0) {
                let last = values.get(series).copied();
                let text = match sample {
                    Sample::Is(value) => {
                        values.insert(series, *value);
                        format!("{}+0x{}", number_text(*value), count - 1)
                    }
                    Sample::Moves(rate) => {
                        let step = rate * self.interval.as_secs_f64();
                        let first = last.map_or(0.0, |last| last + step);
                        values.insert(series, first + step * (count - 1) as f64);
                        let sign = if step < 0.0 { "-" } else { "+" };
                        format!("{}{sign}{}x{}", number_text(first), number_text(step.abs()), count - 1)
                    }
                    // The marker ends it at once; without one it would be seen for five minutes more.
                    Sample::Gone if last.is_some() => match count {
                        1 => "stale".to_owned(),
                        count => format!("stale _x{}", count - 1),
                    },
                    Sample::Gone => format!("_x{count}"),
                };
                let all = written.entry(series).or_default();
                if number > 0 {
                    all.push(' ');
                }
                all.push_str(&text);
            }
        }
        written
    }
}

/// Without exponents, which promtool's notation of series can't be sure to read.
pub(super) fn number_text(number: f64) -> String {
    let rounded = format!("{number:.9}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" { "0".to_owned() } else { short.to_owned() }
}
