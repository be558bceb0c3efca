//! From declared signals to Prometheus rules, their tests, Alertmanager routes, Grafana dashboards and runbooks.
//!
//! - [`Signals`] are the metrics that a service emits, in Prometheus' terms: computed from its `telemetry.yaml`, and what
//!   Lapwing and Prometheus add by themselves.
//! - A [`Dashboard`] shows them: what every service gets, and the rows that its `monitoring.yaml` declares. Its queries can be
//!   listed as Grafana sends them.

mod alertmanager;
mod dashboard;
mod error;
mod expression;
mod generate;
mod metric_reference;
mod rule_tests;
mod rules;
mod runbook;
mod signals;
mod words;
mod yaml;

pub use dashboard::{Dashboard, OVERVIEW_UID, PanelQuery};
pub use error::GenerateError;
pub use expression::ExpressionError;
pub use generate::{GeneratedFile, Options, Root, Service, generate};
pub use rules::{AlertOrigin, AlertRule, Burn, Standard, alert_rules, watchdog};
pub use signals::{Kind, Label, Measured, Metric, Origin, Role, Signals, Values};
