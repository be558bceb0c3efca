//! From declared signals to Prometheus rules, their tests, Alertmanager routes, Grafana dashboards and runbooks.
//!
//! - [`Signals`] are the metrics that a service emits, in Prometheus' terms: computed from its `telemetry.yaml`, and what
//!   Lapwing and Prometheus add by themselves.
//! - A [`Dashboard`] shows them: what every service gets, and the rows that its `monitoring.yaml` declares. Its queries can be
//!   listed as Grafana sends them.
//! - [`generate`] makes all files; [`alert_rules`] are the alerts alone.
//!
//! # Example
//!
//! ```
//! use lapwing_monitor::{Options, Service, Signals, generate};
//!
//! let telemetry = r#"
//! file_format: "1.1"
//! instrumentation/development:
//!   rust: {lapwing: {rules: [{span: sign, calls: {instrument: sign.calls, labels: [outcome]}}]}}
//! "#;
//! let monitoring = r#"
//! file_format: "1.0"
//! service: signer
//! alerts:
//!   - name: SignerIdle
//!     severity: info
//!     summary: Nothing was signed for an hour
//!     condition: {increase: {instrument: sign.calls, over: 1h}, below: 1}
//! receivers: [{name: slack, slack: {api_url_file: /run/secrets/slack, channel: "@signer"}}]
//! routes: [{receivers: [slack]}]
//! "#;
//! let telemetry = lapwing_config::parse(telemetry, "telemetry.yaml", &|_| None)?;
//! let monitoring = lapwing_config::monitoring::parse(monitoring, "monitoring.yaml")?;
//! let service = Service::new(monitoring, Signals::new(&telemetry));
//! let files = generate(&[service], &Options::default())?;
//! let rules = files.iter().find(|file| file.path.ends_with("prometheus/rules/signer.yml")).unwrap();
//! assert!(rules.text.contains(r#"sum (increase(sign_calls_total{job="signer"}[1h])) < 1"#));
//! assert!(files.iter().any(|file| file.path.ends_with("runbooks/signer/SignerIdle.md")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Behaviour
//!
//! | declared | made |
//! | --- | --- |
//! | an objective | recorded ratios for each window, two pages and two tickets by burn rate, each with a minimum of events |
//! | a quantile against a bound of its histogram | the share of events within the bound, exactly; else `histogram_quantile` |
//! | any alert | an alerting rule, a runbook, and tests: quiet without data and at the bound, fires beyond it after `for`, fires on for `keep_firing_for`, resolves; beside another instance and another job, with all labels and annotations |
//! | `promql`, an alert of a form that says what makes it fire (a selector, rate, increase or prediction against a number; a selector alone; `absent`) | the same tests |
//! | any other condition | its own `tests`; without a time at which it fires and one at which it doesn't an error |
//! | several receivers of a route | one receiver that tells them all, so that nobody is told twice |
//! | `compress` | windows, waits and times in `promql` are divided, to the millisecond; rates, thresholds and names stay; `tests` that are declared are left out |
//! | `kubernetes` | the same rules, routes, receivers and inhibitions as the plain files, as objects of the operator; a secret is named after its file |

mod alertmanager;
mod dashboard;
mod error;
mod expression;
mod generate;
mod generated_file;
mod kubernetes;
mod metric_reference;
mod options;
mod rule_tests;
mod rules;
mod runbook;
mod service;
mod signals;
mod words;
mod yaml;

pub use dashboard::{Dashboard, OVERVIEW_UID, PanelQuery};
pub use error::GenerateError;
pub use expression::ExpressionError;
pub use generate::generate;
pub use generated_file::{GeneratedFile, Root, made_for_drill, made_from};
pub use options::Options;
pub use rules::{AlertOrigin, AlertRule, Burn, Standard, alert_rules, watchdog};
pub use service::Service;
pub use signals::{Kind, Label, Measured, Metric, Origin, Role, Signals, TARGET_LABELS, Values};
