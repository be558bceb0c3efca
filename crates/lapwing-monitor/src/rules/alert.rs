//! An alert as Prometheus gets it, and where it comes from.

use std::time::Duration;

use lapwing_config::monitoring::{Links, Runbook, Severity};

use crate::Service;

/// An alerting rule. Several can have one name and differ in labels: those of an objective do.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// `alert`.
    pub name: String,
    /// `expr`.
    pub expr: String,
    /// `for`.
    pub for_: Duration,
    /// `keep_firing_for`.
    pub keep_firing_for: Duration,
    /// Also among the labels.
    pub severity: Severity,
    /// `service`, `severity`, and what tells it from others of its name, sorted. The series that fire add theirs.
    pub labels: Vec<(String, String)>,
    /// `summary`, `description`, `runbook_url`, `dashboard_url`, as far as there are such; templates of Prometheus.
    pub annotations: Vec<(String, String)>,
    /// What a person needs who was called.
    pub runbook: Runbook,
    /// Where it comes from.
    pub origin: AlertOrigin,
}

impl AlertRule {
    /// The value of a label of the rule itself.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Where an alert comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlertOrigin {
    /// An objective.
    Objective {
        /// Its place in `objectives`.
        index: usize,
        /// How fast the budget burns.
        burn: Burn,
    },
    /// The alert at this place in `alerts`.
    Declared(usize),
    /// Every service gets it.
    Standard(Standard),
}

/// A burn rate: the error budget is used `factor` times as fast as it lasts, in a long and in a short window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burn {
    /// How many times too fast.
    pub factor: f64,
    /// Window that says it is worth an alert.
    pub long: Duration,
    /// Window that says it still goes on.
    pub short: Duration,
    /// Page or ticket.
    pub severity: Severity,
}

/// An alert that every service gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// `up == 0`.
    TargetDown,
    /// No target at all.
    Absent,
    /// The target answers without the sentinel metric.
    NoMetrics,
    /// Series were folded because a limit was reached.
    SeriesOverflow,
    /// Telemetry could not be recorded or had to be altered.
    TelemetryProblems,
    /// A scrape takes more than half its timeout.
    ScrapeSlow,
    /// Fires always, once for all services.
    Watchdog,
}

/// Texts and labels of an alert of a service.
pub(super) struct Words<'a> {
    pub(super) name: &'a str,
    pub(super) severity: Severity,
    pub(super) summary: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) labels: &'a [(String, String)],
}

/// Labels and annotations.
pub(super) type Dress = (Vec<(String, String)>, Vec<(String, String)>);

impl Words<'_> {
    pub(super) fn dress(&self, of: &Service) -> Dress {
        let monitoring = &of.monitoring;
        let service = &monitoring.service.value;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut labels = vec![pair("service", service), pair("severity", self.severity.as_str())];
        labels.extend(self.labels.iter().filter(|(name, _)| name != "service" && name != "severity").cloned());
        labels.sort();
        let mut annotations = vec![pair("summary", self.summary)];
        annotations.extend(self.description.map(|text| pair("description", text)));
        annotations.push(pair("runbook_url", &runbook_url(&monitoring.links, service, self.name)));
        if let Some(url) = &monitoring.links.dashboard {
            annotations.push(pair("dashboard_url", &fill(url, service, self.name, &of.dashboard_uid())));
        }
        (labels, annotations)
    }
}

/// Where the runbook of an alert is: the link as declared, or its path.
pub(super) fn runbook_url(links: &Links, service: &str, alert: &str) -> String {
    let url = links.runbook.as_deref().unwrap_or("docs/runbooks/{service}/{alert}.md");
    fill(url, service, alert, "")
}

fn fill(url: &str, service: &str, alert: &str, uid: &str) -> String {
    url.replace("{service}", service).replace("{alert}", alert).replace("{uid}", uid)
}

/// `text` as a template that yields it.
pub(super) fn literal(text: &str) -> String {
    text.replace("{{", r#"{{ "{{" }}"#)
}

/// `file-transfer` as `FileTransfer`.
pub(crate) fn pascal_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(String::new(), |mut out, word| {
        let mut rest = word.chars();
        out.extend(rest.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(rest.as_str());
        out
    })
}
