//! `within` of an objective is none of the bounds of the instrument's histogram.
//!
//! ```yaml
//! good: {instrument: sigil.encode.duration, within: 300ms}   # bounds: 0.1, 0.2, 0.5, 1
//! ```
//!
//! ## Why it matters
//!
//! A histogram knows how many events were at most 0.2 s and how many at most 0.5 s; what is between is a guess. An error budget must not be one.
//!
//! ## How to mend it
//!
//! Take a bound for `within`, or add the limit to the bounds in `telemetry.yaml`; move both together.
//!
//! ## When to allow it
//!
//! Never: such an objective can't be counted.

use lapwing_document::Node;

use crate::{Findings, Project, Rule, Severity, duration::duration, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/within-no-bound",
    severity: Severity::Error,
    headline: "the limit of an objective is not a bound of its histogram",
    source: include_str!("within_no_bound.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        let Some((frame, _)) = &service.monitoring else { continue };
        for (node, name) in service.watched() {
            let (Some(instrument), Some(within)) = (name.as_str(), node.get("within")) else { continue };
            let Some(metric) = signals.instrument(instrument) else { continue };
            let (Some(bounds), Some(limit)) = (&metric.bounds, limit(within, &metric.unit)) else { continue };
            if bounds.iter().any(|bound| (bound - limit).abs() <= limit.abs() * 1e-9) {
                continue;
            }
            let written = within.as_text().unwrap_or_default();
            let finding = findings.add(frame.at(within), format!("{written} is no bound of `{instrument}`"));
            if let Some(spot) = service.bounds_at(instrument) {
                finding.also(spot, "its bounds");
            }
            let below = bounds.iter().rev().find(|bound| **bound < limit);
            let above = bounds.iter().find(|bound| **bound > limit);
            let near = below.into_iter().chain(above);
            let near: Vec<String> = near.map(|bound| written_as(within, *bound, &metric.unit)).collect();
            finding.help(match near.as_slice() {
                [] => "give the histogram bounds".to_owned(),
                near => format!("take {}, or add it to the bounds", near.join(" or ")),
            });
        }
    }
}

/// A bound as the limit is written: `500ms` where that is a duration.
fn written_as(limit: &Node, bound: f64, unit: &str) -> String {
    let milliseconds = (bound * 1e3).round();
    let whole = milliseconds >= 1.0 && (milliseconds / 1e3 - bound).abs() < 1e-9;
    if limit.as_f64().is_some() || unit != "s" || !whole {
        bound.to_string()
    } else if milliseconds % 1e3 == 0.0 {
        format!("{bound}s")
    } else {
        format!("{milliseconds}ms")
    }
}

/// A limit in the unit of the metric; none if that can't be told.
fn limit(node: &Node, unit: &str) -> Option<f64> {
    node.as_f64().or_else(|| {
        let seconds = duration(node.as_str()?)?.as_secs_f64();
        match unit {
            "s" => Some(seconds),
            "ms" => Some(seconds * 1e3),
            "us" => Some(seconds * 1e6),
            "ns" => Some(seconds * 1e9),
            _ => None,
        }
    })
}
