//! A metric that is declared, and that is there from a service's start, is not served.
//!
//! ```yaml
//! calls: {instrument: sign, labels: [outcome]}
//! ```
//!
//! Only what is certain is found: metrics whose labels' values are all known exist at 0 before the first span, and so do
//! `lapwing_gathers_total` and `lapwing_problems_total`. A metric with an open label comes with its first event, and a gauge when its source
//! observes something: their absence says nothing.
//!
//! ## Why it matters
//!
//! Rules and dashboards made from the declaration ask for it, find nothing, and look as if all were well.
//!
//! ## How to mend it
//!
//! Mostly the running service has another declaration than the one that is checked: an older build, another `OTEL_CONFIG_FILE`, or values of
//! the environment. Compare its version with the files', and restart it. If the endpoint is not Lapwing's own, it may leave the metric out
//! until its first value.
//!
//! ## When to allow it
//!
//! For a service that is to be rolled out with the file: before the declaration, `# lapwing: allow live/missing-metric reason`.

use lapwing_monitor::{Label, Metric, Origin, Values};

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/missing-metric",
    severity: Severity::Error,
    headline: "a declared metric is not served",
    source: include_str!("missing_metric.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project).filter(|against| against.exposition.malformed.is_empty()) {
        for metric in against.signals.metrics() {
            if !is_always_there(metric)
                || against.exposition.family(&metric.name).is_some_and(|family| !family.samples.is_empty())
            {
                continue;
            }
            let what = metric.instrument.as_ref().map_or_else(String::new, |instrument| format!(" (`{instrument}`)"));
            findings
                .add(against.declared(metric), format!("`{}`{what} is not served", metric.name))
                .also(against.line(1), "not among these")
                .help("does the service run with this declaration? Compare its version and OTEL_CONFIG_FILE, and restart it");
        }
    }
}

/// Whether all its series exist from the start, so that its absence means something.
fn is_always_there(metric: &Metric) -> bool {
    let known = |label: &&Label| !label.name.starts_with("otel_scope_");
    match &metric.origin {
        Origin::Spans(_) => {
            let closed =
                metric.labels.iter().filter(known).all(|label| {
                    !label.optional && matches!(&label.values, Values::Closed(values) if !values.is_empty())
                });
            closed && metric.labels.iter().filter(known).map(values).product::<usize>() <= FROM_THE_START
        }
        Origin::Lapwing => ["lapwing_gathers_total", "lapwing_problems_total"].contains(&metric.name.as_str()),
        Origin::Observed(_) | Origin::Prometheus => false,
    }
}

/// More label sets of a measure than this are not made before they are measured.
const FROM_THE_START: usize = 64;

fn values(label: &Label) -> usize {
    match &label.values {
        Values::Closed(values) => values.len(),
        Values::Open => usize::MAX,
    }
}
