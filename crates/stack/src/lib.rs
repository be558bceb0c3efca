//! The real servers around a service, fetched and run as child processes.
//!
//! Tests and the demo run against what others wrote: Prometheus with promtool and Alertmanager with amtool (the oldest supported
//! and the newest of each), PostgreSQL, VictoriaMetrics. [`Parts`] knows where their programs are and fetches them beside the system
//! where they aren't; [`Process`] runs one as a child that never outlives its owner; [`Prometheus`], [`Alertmanager`], [`Postgres`] and
//! [`Victoria`] are such children with what one wants from them.
//!
//! What can't be run here is stood in for: [`SlackStandIn`], [`PagerDutyStandIn`] and [`WebhookStandIn`] are HTTP servers in the
//! process, as strict about form and size as what they stand for. They record what they are sent, can be waited for without
//! sleeping, and fail when they are told to. [`Receivers`] puts all three behind one address. A [`ScrapeProxy`] is
//! trouble on the way between Prometheus and a service.
//!
//! Everything is synchronous. In an async test, call it from `spawn_blocking`: the HTTP client inside refuses to be
//! dropped on a runtime's thread.
//!
//! ```
//! use stack::{Part, Parts, Prometheus, Scrape};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let Some(located) = Parts::from_env().find(Part::Prometheus3)? else {
//!     return Ok(()); // `cargo xtask fetch` fetches it
//! };
//! let prometheus = Prometheus::builder(&located).start()?;
//! let one = prometheus.query("vector(1)")?;
//! assert_eq!(one[0].value, 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! # Exact behaviour
//!
//! | situation | what happens |
//! | --- | --- |
//! | a handle is dropped | the child is asked to stop, killed after its deadline, and awaited |
//! | the owner panics or exits | the same, by unwinding; else by the guardian |
//! | the owner is killed (`SIGKILL`) | a guardian process sees its pipe close and stops the child within 5 s |
//! | Ctrl-C in the terminal | reaches the owner only: children are in process groups of their own |
//! | a Prometheus, an Alertmanager or a program of VictoriaMetrics is killed and restarted | it has its data and its port again |
//! | a child ends while it is waited for | an error at once, with its exit status and the end of its log |
//! | a stand-in is told to fail | from the next request on, until it is healed or as often as it was told |
//! | a stand-in is dropped | its port is free at once, and its connections are closed |
//! | a secret (token, routing key) reaches a stand-in | it is in no `Debug`, no error, no record |
//! | two processes fetch the same part | the second waits for the first and uses what it fetched |
//! | a fetch is killed half-way | the part counts as absent and is fetched afresh |
//!
//! # Cost
//!
//! Prometheus and Alertmanager are ready in 0.1–0.3 s, PostgreSQL in 1–2 s (`initdb` included). Each child has a guardian shell of
//! about 1 MB.

mod alertmanager;
mod alertmanager_api;
mod amtool;
mod api;
mod apt;
mod guardian;
mod http;
mod http_server;
mod launch;
mod libraries;
mod log;
mod need;
mod own_metrics;
mod pagerduty;
mod pagerduty_event;
mod part;
mod parts;
mod postgres;
mod process;
mod prometheus;
mod prometheus_builder;
mod prometheus_config;
mod promtool;
mod rate;
mod receivers;
mod relocate;
mod rule_api;
mod scrape;
mod scrape_proxy;
mod secret;
mod signal;
mod slack;
mod sources;
mod stand_in;
mod victoria;
mod webhook;

pub use alertmanager::{Alertmanager, AlertmanagerBuilder, AlertmanagerError};
pub use alertmanager_api::{
    AlertmanagerApiError, AlertmanagerClient, AlertmanagerStatus, HeldAlert, HeldStatus, Matcher, Silence,
    SilenceStatus,
};
pub use amtool::{Amtool, AmtoolError};
pub use api::{ApiError, ExemplarPoint, ExemplarSeries, PrometheusClient, Sample, Series, TargetStatus};
pub use apt::FetchError;
pub use need::need;
pub use pagerduty::{
    EventAction, Incident, PagerDuty, PagerDutyBuilder, PagerDutyEvent, PagerDutyImage, PagerDutyLink,
    PagerDutyPayload, PagerDutyStandIn,
};
pub use part::{Located, Origin, Part};
pub use parts::{Parts, PartsError};
pub use postgres::{Postgres, PostgresError};
pub use process::{Process, ProcessBuilder, ProcessError};
pub use prometheus::{Prometheus, PrometheusError};
pub use prometheus_builder::PrometheusBuilder;
pub use promtool::{Promtool, PromtoolError};
pub use receivers::Receivers;
pub use rule_api::{ActiveAlert, RuleStatus};
pub use scrape::{Protocol, Scrape};
pub use scrape_proxy::ScrapeProxy;
pub use signal::Signal;
pub use slack::{Slack, SlackAction, SlackAttachment, SlackBuilder, SlackField, SlackMessage, SlackStandIn};
pub use stand_in::{Arrived, Desk, Fault, Received, StandIn, StandInError};
pub use victoria::{Victoria, VictoriaBuilder, VictoriaError, VictoriaProgram};
pub use webhook::{Webhook, WebhookAlert, WebhookBuilder, WebhookMessage, WebhookStandIn};
