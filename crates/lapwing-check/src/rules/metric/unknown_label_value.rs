//! A query asks for a value that a label never has, as the declared values are all there are.
//!
//! ```yaml
//! - alert: SigilEncodeFails
//!   expr: rate(sigil_encode_total{outcome="failed"}[5m]) > 0     # `outcome` is ok or error
//! ```
//!
//! ## Why it matters
//!
//! The selector selects nothing, so the alert never fires; as `!=` it selects everything.
//!
//! ## How to mend it
//!
//! Correct the value; the finding names those there are. Or let the service emit it, and declare it in `telemetry.yaml`.
//!
//! Only labels whose values are listed there are looked at. Of a regular expression each alternative has to be a value, as far as it
//! can be written as alternatives; of others at least one value has to match.
//!
//! ## When to allow it
//!
//! While old and new versions of a service run side by side and the query is for both.

use lapwing_monitor::{Metric, Values};
use lapwing_promql::{MatchOp, Matcher};

use crate::{Findings, Project, Rule, Service, Severity, rule::Check, series::Known};

pub(crate) const RULE: Rule = Rule {
    id: "metric/unknown-label-value",
    severity: Severity::Error,
    headline: "a query asks for a value that the label never has",
    source: include_str!("unknown_label_value.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    for selected in known.selected(project) {
        for matcher in selected.used.selector.label_matchers() {
            let Some(values) = matcher.name.fixed().and_then(|label| closed(selected.metrics(), label)) else {
                continue;
            };
            let Some(wrong) = wrong(matcher, &values) else { continue };
            let label = &matcher.name.text;
            let effect = match matcher.op {
                MatchOp::Equal | MatchOp::Regex => "never matches",
                MatchOp::NotEqual | MatchOp::NotRegex => "leaves nothing out",
            };
            let help = match wrong.iter().find_map(|wrong| lapwing_config::nearest(wrong, values.iter().copied())) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("its values are `{}`", values.join("`, `")),
            };
            findings
                .add(
                    selected.asked.query.spot(&matcher.value.span),
                    format!("the label `{label}` of `{}` is never `{}`", selected.name.0, wrong.join("`, `")),
                )
                .label(effect)
                .help(help);
        }
    }
}

/// The values of a label, if all metrics list them.
fn closed<'p>(metrics: &[(&'p Service, &'p Metric)], label: &str) -> Option<Vec<&'p str>> {
    let mut all = Vec::new();
    for (_, metric) in metrics {
        match &metric.label(label)?.values {
            Values::Open => return None,
            Values::Closed(values) => all.extend(values.iter().map(String::as_str)),
        }
    }
    (!all.is_empty()).then_some(all)
}

/// What is asked for and isn't there.
fn wrong(matcher: &Matcher, values: &[&str]) -> Option<Vec<String>> {
    let fixed = matcher.value.fixed()?;
    let asked = match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => vec![fixed.to_owned()],
        MatchOp::Regex => match matcher.values() {
            Some(asked) => asked.into_iter().collect(),
            None => {
                let some = values.iter().chain([&""]).any(|value| matcher.matches(value) == Some(true));
                return (!some).then(|| vec![fixed.to_owned()]);
            }
        },
        MatchOp::NotRegex => return None,
    };
    // Empty stands for series without the label.
    let wrong: Vec<String> =
        asked.into_iter().filter(|asked| !asked.is_empty() && !values.contains(&asked.as_str())).collect();
    (!wrong.is_empty()).then_some(wrong)
}
