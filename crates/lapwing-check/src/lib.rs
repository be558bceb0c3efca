//! Finds what is wrong between what services emit and what rules, routes and dashboards expect.
//!
//! A [`Project`] is files: declarations of services, rules of Prometheus, configurations of Alertmanager and Prometheus,
//! dashboards of Grafana, plain or as Kubernetes objects. [`check`] holds them against each other by all [`Rule`]s and gives
//! a [`Report`] of [`Finding`]s, each with file, line and column, inside PromQL too.
//!
//! # Example
//!
//! ```
//! use lapwing_check::{Format, Project, ReadOptions, Severity, check};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("rules.yaml"), "\
//! groups:
//!   - name: sigil
//!     rules:
//!       - alert: Slow
//!         expr: up == 0
//!         annotations: {summary: Down, runbook_url: https://example.org/down}
//! ")?;
//! let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) })?;
//! let report = check(&project);
//! assert_eq!(
//!     report.render(Format::Text, Severity::Info, false),
//!     "\
//! warning[alert/no-severity]: the alert `Slow` has no label `severity`
//!  --> rules.yaml:4:16
//!   |
//! 4 |       - alert: Slow
//!   |                ^^^^
//!   = help: add `severity: critical`, `warning` or `info` under `labels`, as the routes tell them apart
//!   = more: lapwing explain alert/no-severity
//!
//! "
//! );
//! assert_eq!(report.summary(Severity::Info), "1 file checked: 1 warning");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Behaviour
//!
//! | in the files | what happens |
//! | --- | --- |
//! | a document of no known kind | passed over |
//! | a file that can't be read or parsed | a finding of `file/unreadable`; what could be read of it is checked |
//! | a `telemetry.yaml` that the library warns of when the service starts | the same warnings, as findings of `declaration/not-as-written` or of the rule that is about it |
//! | no `telemetry.yaml` | rules that need to know what is emitted stay silent |
//! | `# lapwing: allow family/name reason` in YAML | findings about what begins on that line, or the next, are left out |
//! | `lapwing: allow family/name reason` in a description | findings in that panel, or dashboard, are left out |
//! | the same in `monitoring.yaml`, in or before an alert, an objective or a panel | findings about what was generated from it are left out too |
//! | `lapwing: allow-file family/name reason` in either | findings in the file are left out |
//! | [`Project::scrape`] of an endpoint | what it serves is held against the `telemetry.yaml` of its service, by the rules `live/…` |
//! | words that allow nothing, know no rule or give no reason | a finding of their own |
//!
//! Nothing that a file can hold makes this crate panic. The same files give the same report.
//!
//! # Cost
//!
//! Linear in the size of the files; reading them takes the most of it. A hundred dashboards take some hundred milliseconds.

mod allowance;
mod declaration;
mod duration;
mod finding;
mod firing;
mod frame;
mod kind;
mod live;
mod origin;
mod project;
mod queried;
mod query;
mod reference;
mod registry;
mod render;
mod report;
mod routing;
mod rule;
mod rules;
mod scraped;
mod series;
mod severity;
mod suppression;
mod template;

pub use duration::Timing;
pub use finding::{Finding, Findings, Mark};
pub use frame::{FileId, Frame, Spot, Text};
pub use kind::Kind;
pub use live::{Endpoint, Live, ScrapeError};
pub use project::*;
pub use query::Query;
pub use render::Format;
pub use report::{Report, check};
pub use rule::Rule;
pub use severity::Severity;
