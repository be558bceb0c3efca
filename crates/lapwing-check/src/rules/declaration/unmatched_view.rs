//! A view in `telemetry.yaml` selects an instrument that no rule and no gauge of the file declares.
//!
//! ```yaml
//! views:
//!   - selector: {instrument_name: sigil.encode.duratoin}      # declared is `sigil.encode.duration`
//!     stream: {aggregation: {explicit_bucket_histogram: {boundaries: [0.01, 0.1, 1]}}}
//! ```
//!
//! ## Why it matters
//!
//! Of a mistyped name nothing comes: the instrument that was meant keeps its default buckets, labels and limits, and what is asked of the others is
//! not there. The service starts all the same.
//!
//! ## How to mend it
//!
//! Correct the name. It is OpenTelemetry's, as `instrument` gives it, and upper and lower case differ. Where the name is near a declared one
//! of which no view speaks, or is the name that Prometheus sees, that is what was meant: a warning.
//!
//! ## When to allow it
//!
//! When the service, or a library in it, makes the instrument with OpenTelemetry's `Meter`: such instruments no file declares. So a name that is near
//! to none is told for information only, and nothing is said of views with another `meter_name` than `lapwing`, nor of a file without any rules
//! and gauges.

use lapwing_config::{Configuration, METER_NAME, View};

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/unmatched-view",
    severity: Severity::Warning,
    headline: "a view selects an instrument that is not declared",
    source: include_str!("unmatched_view.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        let (Some((frame, root)), Some(configuration)) = (&service.telemetry, &service.configuration) else { continue };
        let declared = declared(configuration);
        let views = configuration.meter.as_ref().map(|meter| meter.views.as_slice()).unwrap_or_default();
        if declared.is_empty() {
            continue;
        }
        let nodes = root.at(&["meter_provider", "views"]).map(lapwing_document::Node::items).unwrap_or_default();
        for (view, node) in views.iter().zip(nodes) {
            let (Some(name), Some(at)) = (&view.instrument_name, node.at(&["selector", "instrument_name"])) else {
                continue;
            };
            let matches = |declared: &&str| lapwing_config::glob_matches(name, declared);
            if !view.selects_meter(METER_NAME, None, None) || declared.iter().any(matches) {
                continue;
            }
            let of_prometheus = |metric: &&lapwing_monitor::Metric| {
                metric.name == *name || metric.sample_names().iter().any(|sample| sample == name)
            };
            let seen = signals.metrics().iter().find(of_prometheus).and_then(|metric| metric.instrument.as_deref());
            // A slip leaves what was meant without a view; beside one that has its own the name may well be another's.
            let free = declared.iter().copied().filter(|declared| !views.iter().any(|view| names(view, declared)));
            let finding = findings.add(frame.at(at), format!("no rule or gauge declares the instrument `{name}`"));
            match (seen, lapwing_config::nearest(name, free)) {
                (Some(meant), _) => finding.help(format!("that is what Prometheus calls it: write `{meant}`")),
                (None, Some(near)) => finding.help(format!("did you mean `{near}`?")),
                (None, None) => finding
                    .severity(Severity::Info)
                    .help("declare it under `rules` or `gauges`; right if the service makes it with a `Meter`"),
            };
        }
    }
}

/// The instruments of all rules and gauges; those too that a view drops.
fn declared(configuration: &Configuration) -> Vec<&str> {
    let lapwing = &configuration.lapwing;
    let measures = lapwing.rules.iter().chain(&lapwing.default_rule).flat_map(|rule| &rule.measures);
    let gauges = lapwing.gauges.iter().map(|gauge| gauge.instrument.as_str());
    measures.map(|measure| measure.instrument().name.as_str()).chain(gauges).collect()
}

fn names(view: &View, instrument: &str) -> bool {
    view.instrument_name.as_deref() == Some(instrument)
}
