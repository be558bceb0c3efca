//! What came of the drills, as JSON.

use serde::Serialize;

use super::{
    crash::CrashOutcome,
    plan::Alert,
    watch::{Times, Watch},
};

/// See the module.
#[derive(Debug, Serialize)]
pub(crate) struct DrillReport {
    pub(crate) stack: StackReport,
    /// Rules with an alert, the Watchdog included.
    pub(crate) alerts_defined: usize,
    pub(crate) drills: Vec<Outcome>,
    pub(crate) crashes: Vec<CrashOutcome>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StackReport {
    pub(crate) prometheus: String,
    pub(crate) alertmanager: String,
}

/// Of one drill.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) service: String,
    pub(crate) alert: String,
    /// What tells it from others of its name.
    pub(crate) labels: std::collections::BTreeMap<&'static str, &'static str>,
    pub(crate) ok: bool,
    pub(crate) seconds: Seconds,
    pub(crate) channels: Vec<&'static str>,
    pub(crate) why_not: Option<String>,
}

/// `pending`, `firing` and `received` from the fault, `resolved` from the healing; none where it didn't happen.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Seconds {
    pub(crate) pending: Option<f64>,
    pub(crate) firing: Option<f64>,
    pub(crate) received: Option<f64>,
    pub(crate) resolved: Option<f64>,
}

impl Seconds {
    pub(crate) fn of(times: Times) -> Self {
        let rounded = |time: Option<f64>| time.map(|seconds| (seconds * 100.0).round() / 100.0);
        Seconds {
            pending: rounded(times.pending),
            firing: rounded(times.firing),
            received: rounded(times.received),
            resolved: rounded(times.resolved),
        }
    }
}

impl Outcome {
    /// Of what was watched.
    pub(crate) fn of(service: &str, watch: &Watch<'_>) -> Self {
        let why_not: Vec<String> = watch.missing().into_iter().chain(watch.problems.iter().cloned()).collect();
        Outcome {
            seconds: Seconds::of(watch.times),
            channels: watch.channels.iter().map(|told| told.name()).collect(),
            ok: why_not.is_empty(),
            ..Outcome::failed(service, watch.alert, why_not.join("; "))
        }
        .settled()
    }

    /// Of what could not be drilled.
    pub(crate) fn failed(service: &str, alert: Alert, why_not: String) -> Self {
        Outcome {
            service: service.to_owned(),
            alert: alert.name.to_owned(),
            labels: alert.labels.iter().copied().collect(),
            ok: false,
            seconds: Seconds::default(),
            channels: Vec::new(),
            why_not: Some(why_not),
        }
    }

    fn settled(self) -> Self {
        Outcome { why_not: self.why_not.filter(|_| !self.ok), ..self }
    }

    pub(crate) fn title(&self) -> String {
        self.labels.values().fold(self.alert.clone(), |title, value| format!("{title}/{value}"))
    }
}

/// A table, a line for each drill and each fact of a crash, and the median of what matters most.
pub(crate) fn table(outcomes: &[Outcome], crashes: &[CrashOutcome]) -> String {
    let mut text = String::new();
    if !outcomes.is_empty() {
        text += &drills(outcomes);
    }
    for crash in crashes {
        text += &format!("{} ({:.1} s)\n", crash.name, crash.seconds);
        for fact in &crash.facts {
            text += &format!("  {} {}\n", if fact.ok { "✓" } else { "✗" }, fact.fact);
        }
        if let Some(why) = &crash.why_not {
            text += &format!("  FAILED: {why}\n");
        }
    }
    let good = outcomes.iter().filter(|outcome| outcome.ok).count() + crashes.iter().filter(|crash| crash.ok).count();
    text += &format!("{good} of {} drills are as they should be", outcomes.len() + crashes.len());
    let mut received: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.seconds.received).collect();
    received.sort_by(f64::total_cmp);
    if let Some(median) = received.get(received.len() / 2) {
        text += &format!("; from fault to received {median:.1} s in the median");
    }
    text + "\n"
}

fn drills(outcomes: &[Outcome]) -> String {
    let second = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
    let mut text = format!(
        "{:<40} {:>8} {:>8} {:>8} {:>8}  channels\n",
        "drill (seconds)", "pending", "firing", "received", "resolved"
    );
    for outcome in outcomes {
        let Seconds { pending, firing, received, resolved } = outcome.seconds;
        text += &format!(
            "{:<40} {:>8} {:>8} {:>8} {:>8}  {}{}\n",
            outcome.title(),
            second(pending),
            second(firing),
            second(received),
            second(resolved),
            outcome.channels.join(" "),
            outcome.why_not.as_ref().map_or(String::new(), |why| format!("  FAILED: {why}")),
        );
    }
    text
}
