//! Objectives and alerts.

use std::{path::PathBuf, time::Duration};

use super::{Dashboard, Filter, Located, Query, Receiver, Route, Severity};

/// A whole `monitoring.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitoring {
    /// The name that the file was read by: what is made of it says so.
    pub file: String,
    /// `service`: the value of the label `service` of everything that is made, and the start of all names.
    pub service: Located<String>,
    /// `telemetry`: the file that declares the signals, beside this one; default `telemetry.yaml`.
    pub telemetry: PathBuf,
    /// `scrape`: how Prometheus scrapes the service.
    pub scrape: Scrape,
    /// `links`: where people find runbooks and dashboards.
    pub links: Links,
    /// `objectives`.
    pub objectives: Vec<Objective>,
    /// `alerts` beyond those that every service gets.
    pub alerts: Vec<Alert>,
    /// `standard_alerts`: those that every service gets.
    pub standard_alerts: StandardAlerts,
    /// `dashboard`.
    pub dashboard: Dashboard,
    /// `receivers`.
    pub receivers: Vec<Receiver>,
    /// `routes`, the first that matches an alert takes it.
    pub routes: Vec<Route>,
}

/// `scrape`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrape {
    /// `job`: `job_name` in Prometheus; default the service.
    pub job: Located<String>,
    /// `interval`, default 15 s. No rate is taken over less than four of it.
    pub interval: Duration,
    /// `evaluation_interval` of the rules, default 30 s.
    pub evaluation_interval: Duration,
}

/// `links`; in each `{service}`, `{alert}` and `{uid}` stand for what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// `runbook`: URL of a runbook. Without it the annotation holds the path `docs/runbooks/{service}/{alert}.md`.
    pub runbook: Option<String>,
    /// `dashboard`: URL of a dashboard; without it alerts link none.
    pub dashboard: Option<String>,
}

/// A service level objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// `name`, in kebab-case: the value of the label `objective`.
    pub name: Located<String>,
    /// `summary`: one sentence.
    pub summary: String,
    /// `target`: percent of events that are to be good, above 0 and below 100.
    pub target: Located<f64>,
    /// `window`, default 30 d.
    pub window: Duration,
    /// `good`.
    pub good: Good,
    /// `min_events`: burn rates of fewer events in the long window alert nobody; default 10.
    pub min_events: u64,
    /// `runbook`.
    pub runbook: Runbook,
}

/// What a good event is.
#[derive(Clone, Debug, PartialEq)]
pub enum Good {
    /// Events of a counter (or of a histogram's count) with certain labels: `{instrument: …, where: {outcome: ok}}`.
    Events {
        /// `instrument`.
        instrument: Located<String>,
        /// `where`: what a good event has.
        good: Filter,
        /// `of`: what counts at all; default all series.
        of: Filter,
    },
    /// Durations within a bound: `{instrument: …, within: 500ms}`. The bound must be one of the histogram's.
    Within {
        /// `instrument`.
        instrument: Located<String>,
        /// `within`, in the instrument's unit.
        within: Located<f64>,
        /// `where`: what else a good event has.
        good: Filter,
        /// `of`: what counts at all.
        of: Filter,
    },
}

/// An alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// `name`, in CamelCase.
    pub name: Located<String>,
    /// `severity`.
    pub severity: Located<Severity>,
    /// `summary`: one line; a template of Prometheus.
    pub summary: Located<String>,
    /// `description`: a template of Prometheus.
    pub description: Option<Located<String>>,
    /// `condition`.
    pub condition: Condition,
    /// `for`, default 0.
    pub for_: Duration,
    /// `keep_firing_for`, default 0.
    pub keep_firing_for: Duration,
    /// `labels` beside `service` and `severity`.
    pub labels: Vec<(String, String)>,
    /// `runbook`.
    pub runbook: Runbook,
    /// `tests`, beside those that are derived from the condition.
    pub tests: Vec<AlertTest>,
}

/// A test of an alert: what happens to some series, and when it fires.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertTest {
    /// `interval` between two values, default 1 m.
    pub interval: Duration,
    /// `series`, each with its values in promtool's notation. Others aren't there.
    pub series: Vec<(Located<String>, Located<String>)>,
    /// `fires_at`: times at which it fires; this or `quiet_at` has some.
    pub fires_at: Vec<Duration>,
    /// `quiet_at`: times at which it doesn't.
    pub quiet_at: Vec<Duration>,
}

/// `condition` of an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A query on declared signals against a threshold.
    Threshold {
        /// `quantile`, `rate`, `increase`, `share` or `value`.
        query: Query,
        /// `above`, `below` or `equals`.
        comparison: Comparison,
        /// The threshold, in the unit of what the query yields.
        threshold: Located<f64>,
        /// `min_events`: how many events the window must have at least; default 0.
        min_events: u64,
    },
    /// `promql`: any expression.
    PromQl(Located<String>),
}

/// How a value is held against a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `above`: `>`.
    Above,
    /// `below`: `<`.
    Below,
    /// `equals`: `==`.
    Equals,
}

/// `runbook`: what a person needs who was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runbook {
    /// `meaning`: what it means for users, in Markdown.
    pub meaning: String,
    /// `steps`: what to do first, in order.
    pub steps: Vec<String>,
    /// `tuning`: when and how to change threshold or buckets.
    pub tuning: String,
}

/// `standard_alerts`: alerts that every service gets unless switched off.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardAlerts {
    /// `target_down`: `up == 0` of a target for this long; default 2 m, critical. `None`: off.
    pub target_down: Option<Duration>,
    /// `absent`: no target at all for this long; default 5 m, critical.
    pub absent: Option<Duration>,
    /// `no_metrics`: the target answers, but the sentinel metric is not there; default 5 m, critical.
    pub no_metrics: Option<Duration>,
    /// `overflow`: series folded because a limit was reached; default 0 s after they were seen, warning.
    pub overflow: Option<Duration>,
    /// `problems`: telemetry that could not be recorded or had to be altered; default 10 m, info.
    pub problems: Option<Duration>,
    /// `slow_scrape`: a scrape takes more than half its timeout; default 10 m, warning.
    pub slow_scrape: Option<Duration>,
}

impl Default for StandardAlerts {
    fn default() -> Self {
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        StandardAlerts {
            target_down: minutes(2),
            absent: minutes(5),
            no_metrics: minutes(5),
            overflow: minutes(0),
            problems: minutes(10),
            slow_scrape: minutes(10),
        }
    }
}
