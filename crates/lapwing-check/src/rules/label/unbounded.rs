//! A declared label has a name of what is different each time (`request_id`, `url`, `path`, `error_message`, …), may have any value, and its
//! instrument has no `series_limit`.
//!
//! ```yaml
//! calls:
//!   instrument: sigil.encode
//!   labels: [{name: path, field: http.path}]
//! ```
//!
//! ## Why it matters
//!
//! Each value is a further series, in the service and in Prometheus, and a histogram's is a dozen. Beyond the reader's limit all that is new is
//! counted in one overflow series, and the labels tell nothing any more.
//!
//! ## How to mend it
//!
//! Leave it out, list what it can be, or say how many series there may be:
//!
//! ```yaml
//!   labels: [{name: path, field: http.route, values: [/encode, /verify]}]
//!   series_limit: 200
//! ```
//!
//! ## When to allow it
//!
//! When there are only a few, such as the ids of three stores.

use lapwing_monitor::Values;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "label/unbounded",
    severity: Severity::Warning,
    headline: "a label can have any number of values",
    source: include_str!("unbounded.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for (service, signals) in project.signals().into_iter().flat_map(crate::Declared::services) {
        for metric in signals.metrics().iter().filter(|metric| metric.series_limit.is_none()) {
            let Some(instrument) = &metric.instrument else { continue };
            for label in &metric.labels {
                if label.values != Values::Open || !is_unbounded(&label.name) {
                    continue;
                }
                if let Some(spot) = service.label_at(instrument, &label.name) {
                    findings
                        .add(
                            spot,
                            format!("the label `{}` of `{instrument}` can have any number of values", label.name),
                        )
                        .help("leave it out, list what it can be under `values`, or set `series_limit`");
                }
            }
        }
    }
}

const NAMES: [&str; 16] = [
    "error_message",
    "exception",
    "guid",
    "hash",
    "id",
    "message",
    "path",
    "query",
    "request",
    "statement",
    "target",
    "timestamp",
    "uri",
    "url",
    "user",
    "uuid",
];

/// Whether a label of this name is most likely different each time.
fn is_unbounded(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.contains(&name.as_str())
        || ["_id", "_uuid", "_guid", "_url", "_uri", "_path", "_hash"].iter().any(|ending| name.ends_with(ending))
}
