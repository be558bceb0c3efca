//! A query asks for a metric that no declared service emits and no rule in the files records.
//!
//! ```yaml
//! - alert: SigilErrors
//!   expr: sum(rate(sigil_errors_total{job="sigil"}[5m])) > 1     # it is sigil_error_total
//! ```
//!
//! ## Why it matters
//!
//! Prometheus takes a name that nobody emits for an empty result: the alert never fires, the panel says "No data", and nothing says why.
//! That is how alerts die when a metric is renamed.
//!
//! ## How to mend it
//!
//! The finding names the nearest metric there is. Prometheus' names are made from the instrument's name and unit: `sigil.encode.duration`
//! in seconds is `sigil_encode_duration_seconds`, with `_bucket`, `_sum` and `_count` as a histogram, and counters end in `_total`. If
//! the service is to emit it, declare it in its `telemetry.yaml`.
//!
//! What exists is the union of all `telemetry.yaml` among the paths, what Lapwing and Prometheus add to each target (`up`,
//! `scrape_duration_seconds`), and what recording rules among the paths record. Without any `telemetry.yaml` the rule stays silent. Where a
//! query selects a `job` that isn't a declared service's, it is about something else (`node_load1{job="node"}`) and nothing is said. Where
//! its `job` is a variable of the dashboard, only a name that is nearly a declared one is found. Where it selects no `job`, and no declared
//! metric begins with the same word (`node_load1`), it is only pointed out: it may well be somebody else's.
//!
//! ## When to allow it
//!
//! When it is about something that isn't declared here. Better say so in the query with `job="…"`, which is faster for Prometheus too.

use std::collections::{BTreeSet, HashMap};

use lapwing_monitor::Kind;
use lapwing_promql::MatchOp;

use crate::{
    Findings, Project, Rule, Severity,
    rule::Check,
    series::{Known, Selected, Series},
};

pub(crate) const RULE: Rule = Rule {
    id: "metric/unknown",
    severity: Severity::Error,
    headline: "a query asks for a metric that nobody emits",
    source: include_str!("unknown.rs"),
    check: Check::Project(check),
};

/// How far in length the nearest name can be off, as names are ASCII and a slip takes four characters at most.
const FARTHEST: usize = 4;

fn check(project: &Project, findings: &mut Findings) {
    let Some(known) = Known::of(project) else { return };
    let declared: BTreeSet<String> =
        known.declared.services().flat_map(|(_, signals)| signals.sample_names().collect::<Vec<_>>()).collect();
    let mut names: BTreeSet<&str> = declared.iter().map(String::as_str).collect();
    names.extend(project.recordings().map(|(_, rule)| rule.name.value.as_str()));
    // Many queries ask for the same name, and looking for the nearest compares it with all.
    let mut nearest_of: HashMap<&str, Option<&str>> = HashMap::new();
    for selected in known.selected(project) {
        let name = selected.name.0;
        let is_foreign = match selected.series {
            Series::Unknown => false,
            Series::Foreign if job_is_variable(&selected) => true,
            _ => continue,
        };
        let nearest = *nearest_of.entry(name).or_insert_with(|| {
            let near = names.iter().copied().filter(|known| known.len().abs_diff(name.len()) <= FARTHEST);
            lapwing_config::nearest(name, near)
        });
        if is_foreign && nearest.is_none() {
            continue;
        }
        let mut family = known.declared.services().filter_map(|(_, signals)| signals.metric(name));
        let finding = findings.add(selected.name_spot(), format!("no service emits `{name}`, and no rule records it"));
        if !selects_job(&selected)
            && nearest.is_none()
            && !declared.iter().any(|known| first_word(known) == first_word(name))
        {
            finding.severity(Severity::Info);
        }
        if family.any(|metric| metric.kind == Kind::Histogram) {
            finding.help(format!("it is a histogram: ask for `{name}_bucket`, `{name}_sum` or `{name}_count`"));
        } else if let Some(nearest) = nearest {
            finding.help(format!("did you mean `{nearest}`?"));
        } else {
            finding.help("declare it in `telemetry.yaml`, or say with `job=\"…\"` whose it is");
        }
    }
}

fn job_is_variable(selected: &Selected<'_>) -> bool {
    let selector = selected.used.selector;
    selector.matchers_of("job").any(|matcher| matcher.value.fixed().is_none()) && !selector.has_open_matchers()
}

fn selects_job(selected: &Selected<'_>) -> bool {
    selected.used.selector.matchers_of("job").any(|matcher| matches!(matcher.op, MatchOp::Equal | MatchOp::Regex))
}

/// `sigil` of `sigil_error_total` and of `sigil:errors:rate5m`.
fn first_word(name: &str) -> &str {
    name.split(['_', ':']).next().unwrap_or(name)
}
