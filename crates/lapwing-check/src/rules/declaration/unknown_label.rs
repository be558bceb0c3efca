//! `monitoring.yaml` names a label that the instrument does not have, or a value that the label never has: in `where`, `of`, `part`, `by`, or for a
//! variable of the dashboard.
//!
//! ```yaml
//! good: {instrument: sigil.encode, where: {outcom: ok}}     # the label is `outcome`, ok or error
//! ```
//!
//! ## Why it matters
//!
//! Nothing can be made of it: `lapwing generate` refuses the file. A rule that asked for such a label would select nothing, and the alert never fire.
//!
//! ## How to mend it
//!
//! Correct it; the finding names the labels, or the values, that there are. Or declare the label in `telemetry.yaml`. One that only relabelling in
//! Prometheus adds can be asked for by `promql`.
//!
//! ## When to allow it
//!
//! Never.

use lapwing_config::monitoring::{Condition, Filter, Good, Located, Query, Series};
use lapwing_monitor::{Label, Metric, TARGET_LABELS, Values};

use crate::{Findings, Frame, Project, Rule, Service, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/unknown-label",
    severity: Severity::Error,
    headline: "what is watched asks for a label, or a value, that there is not",
    source: include_str!("unknown_label.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        let (Some((frame, _)), Some(_)) = (&service.monitoring, &service.watched) else { continue };
        for (instrument, label, values) in asked(service) {
            // An instrument that isn't declared is told by `declaration/unknown-instrument`.
            let Some(metric) = signals.instrument(instrument) else { continue };
            let name = metric.in_promql(label);
            match metric.label(&name) {
                Some(known) => unknown_values(frame, metric, label, known, values, findings),
                // `job` and `instance` of a declaration of its own are `exported_…`; else they are the target's.
                None if [name.as_str(), label.as_str()].iter().any(|name| TARGET_LABELS.contains(name)) => {}
                None => {
                    let all: Vec<&str> = metric.labels.iter().map(|label| label.name.as_str()).collect();
                    findings
                        .add(
                            frame.spot(label.place()),
                            format!("`{}` has no label `{}`", instrument.value, label.value),
                        )
                        .help(meant(
                            &name,
                            &all,
                            "its labels",
                            "it has none but those of its target, such as `instance`",
                        ));
                }
            }
        }
    }
}

fn unknown_values(
    frame: &Frame,
    metric: &Metric,
    label: &Located<String>,
    known: &Label,
    values: &[String],
    findings: &mut Findings,
) {
    let Values::Closed(all) = &known.values else { return };
    // Without a value are the series that lack the label.
    let is = |value: &String| all.contains(value) || (known.optional && value.is_empty());
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    for value in values.iter().filter(|value| !is(value)) {
        let name = metric.instrument.as_ref().unwrap_or(&metric.name);
        findings
            .add(frame.spot(label.place()), format!("`{}` of `{name}` is never `{value}`", label.value))
            .help(meant(value, &all, "its values", "it has no value at all there"));
    }
}

fn meant(written: &str, all: &[&str], own: &str, none: &str) -> String {
    let nearest = all.iter().copied().find(|known| known.eq_ignore_ascii_case(written));
    match (nearest.or_else(|| lapwing_config::nearest(written, all.iter().copied())), all) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => none.to_owned(),
        (None, all) => format!("{own}: `{}`", all.join("`, `")),
    }
}

/// A label that is asked for: of which instrument, and with which values.
type Asked<'s> = (&'s Located<String>, &'s Located<String>, &'s [String]);

/// All that is asked for by name in `monitoring.yaml`; PromQL is looked at where it was generated to.
fn asked(service: &Service) -> Vec<Asked<'_>> {
    let mut asked = Vec::new();
    let Some(watched) = &service.watched else { return asked };
    for objective in &watched.objectives {
        let (Good::Events { instrument, good, of } | Good::Within { instrument, good, of, .. }) = &objective.good;
        filter(instrument, good, &mut asked);
        filter(instrument, of, &mut asked);
    }
    let conditions = watched.alerts.iter().filter_map(|alert| match &alert.condition {
        Condition::Threshold { query, .. } => Some(query),
        Condition::PromQl(_) => None,
    });
    let panels = watched.dashboard.rows.iter().flat_map(|row| &row.panels);
    for query in conditions.chain(panels.flat_map(|panel| panel.queries.iter().map(|(query, _)| query))) {
        let of: &Series = match query {
            Query::Quantile { of, .. }
            | Query::Rate { of, .. }
            | Query::Increase(of)
            | Query::Share { of, .. }
            | Query::Value { of, .. } => of,
            Query::PromQl(_) => continue,
        };
        filter(&of.instrument, &of.filter, &mut asked);
        if let Query::Share { part, .. } = query {
            filter(&of.instrument, part, &mut asked);
        }
        asked.extend(of.by.iter().map(|label| (&of.instrument, label, &[][..])));
    }
    asked.extend(watched.dashboard.variables.iter().map(|variable| (&variable.instrument, &variable.label, &[][..])));
    asked
}

fn filter<'s>(instrument: &'s Located<String>, filter: &'s Filter, asked: &mut Vec<Asked<'s>>) {
    asked.extend(filter.iter().map(|(label, values)| (instrument, label, values.as_slice())));
}
