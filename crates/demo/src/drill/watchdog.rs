//! The alert that always fires: its drill is that it stays away.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Run,
    plan::Alert,
    report::{Outcome, Seconds},
    stage::{Stage, StageError},
    trouble::Trouble,
    watch::Times,
};

const LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

impl Run<'_> {
    /// Prometheus is killed; the dead man's switch, which waits for three times the repeat interval, would raise the alarm. Prometheus comes
    /// back, and so does the Watchdog.
    pub(super) fn watchdog(&self, stage: &Stage, alert: Alert) -> Result<(), StageError> {
        let patience = 3 * self.repeat_interval() / stage.setting.compress;
        let firing = |since: Instant| {
            let fires = |alert: &stack::WebhookAlert| {
                alert.status == "firing" && alert.labels.get("alertname").is_some_and(|name| name == "Watchdog")
            };
            let messages = stage.receivers().webhook().messages();
            let heard = messages.iter().filter(|message| message.at >= since && message.alerts.iter().any(fires));
            heard.map(|message| message.at).collect::<Vec<_>>()
        };
        self.say(&format!("Watchdog: {}", Trouble::PrometheusKilled.says()));
        let fault = Instant::now();
        Trouble::PrometheusKilled.inject(stage)?;
        let silent = self.poll(|| {
            let last = firing(fault).last().copied().unwrap_or(fault);
            (last.elapsed() >= patience).then(|| fault.elapsed().as_secs_f64())
        })?;
        if let Some(seconds) = silent {
            self.say(&format!(
                "Watchdog: silent for {patience:?} after {seconds:.1} s, the dead man's switch raises the alarm"
            ));
        }
        let healed = Instant::now();
        Trouble::PrometheusKilled.heal(stage)?;
        let back = self.poll(|| firing(healed).first().map(|at| at.duration_since(healed).as_secs_f64()))?;
        if let Some(seconds) = back {
            self.say(&format!("Watchdog: heard again {seconds:.1} s after Prometheus is back"));
        }
        let why_not = match (silent, back) {
            (None, _) => Some("it went on though Prometheus was dead".to_owned()),
            (_, None) => Some("it did not come back with Prometheus".to_owned()),
            _ => None,
        };
        let times = Times { received: silent, resolved: back, ..Times::default() };
        let ok = why_not.is_none();
        let outcome = Outcome::failed("", alert, String::new());
        self.add([Outcome { ok, seconds: Seconds::of(times), channels: vec!["webhook"], why_not, ..outcome }]);
        Ok(())
    }

    fn repeat_interval(&self) -> Duration {
        use lapwing_config::monitoring::Severity;
        let routes = &self.declared.monitoring().routes;
        let route = routes.iter().find(|route| route.severity.contains(&Severity::None));
        route.map_or(Duration::from_secs(300), |route| route.repeat_interval)
    }

    fn poll<T>(&self, mut found: impl FnMut() -> Option<T>) -> Result<Option<T>, StageError> {
        let begin = Instant::now();
        while begin.elapsed() < LIMIT {
            if let Some(value) = found() {
                return Ok(Some(value));
            }
            if self.interrupted() {
                return Err(StageError::Interrupted);
            }
            thread::sleep(POLL);
        }
        Ok(None)
    }
}
