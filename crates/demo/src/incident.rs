//! One incident, from the fault to the end of its alert, told line by line.

use std::time::{Duration, Instant};

use serde_json::json;
use stack::{PrometheusClient, Receivers};

use crate::{
    admin::Admin,
    declared::Declared,
    drill::{Alert, Outcome, Watch, matches},
    error::RunError,
};

/// Critical, so that both Slack and PagerDuty are told.
const ALERT: Alert = Alert { name: "SigilDatabaseUnreachable", labels: &[("backend", "embedded")] };
const OPERATION: &str = "storage.embedded";

/// Longer than each step takes on a busy machine.
const READY: Duration = Duration::from_secs(30);
const FIRES: Duration = Duration::from_secs(40);
const RESOLVES: Duration = Duration::from_secs(60);

enum Phase {
    /// Nothing is wrong yet; since when the alerting is awaited.
    Calm(Instant),
    Fault(Instant),
    Healed(Instant),
    Over,
}

/// See the module. Nothing in it waits: it is looked at again and again.
pub(crate) struct Incident<'a> {
    declared: &'a Declared,
    watch: Option<Watch<'a>>,
    phase: Phase,
    outcome: Option<Outcome>,
}

impl<'a> Incident<'a> {
    pub(crate) fn new(declared: &'a Declared) -> Self {
        Incident { declared, watch: None, phase: Phase::Calm(Instant::now()), outcome: None }
    }

    /// Looks, and does what is next; returns what is new.
    pub(crate) fn look(
        &mut self,
        client: &PrometheusClient,
        receivers: &Receivers,
        admin: &mut Admin,
    ) -> Result<Vec<String>, RunError> {
        if matches!(self.phase, Phase::Over) {
            return Ok(Vec::new());
        }
        let alerts = client.alerts()?;
        let mut news: Vec<String> = match &mut self.watch {
            Some(watch) => {
                watch.look(receivers, &alerts).iter().map(|new| format!("{}: {new}", ALERT.title())).collect()
            }
            None => Vec::new(),
        };
        match (&self.phase, &mut self.watch) {
            (Phase::Calm(since), _) => {
                let calm = alerts.iter().all(|alert| !matches(ALERT, alert));
                if calm && !receivers.webhook().messages().is_empty() {
                    news.push("the Watchdog has arrived: alerts reach those who are to be told".to_owned());
                    news.push(self.inject(admin)?);
                } else if since.elapsed() >= READY {
                    news.push(self.fail(format!("no Watchdog has arrived within {READY:?}")));
                }
            }
            (Phase::Fault(since), Some(watch)) => {
                let received = watch.is_received();
                if received || since.elapsed() >= FIRES {
                    admin.clear()?;
                    watch.heal();
                    news.push(format!(
                        "healed after {:.1} s: the store takes writes again",
                        since.elapsed().as_secs_f64()
                    ));
                    self.phase = Phase::Healed(Instant::now());
                }
            }
            (Phase::Healed(since), Some(watch)) if watch.times.resolved.is_some() || since.elapsed() >= RESOLVES => {
                watch.finish(receivers);
                news.push(self.end());
            }
            _ => {}
        }
        Ok(news)
    }

    fn inject(&mut self, admin: &mut Admin) -> Result<String, RunError> {
        let Some(rule) = self.declared.rule(ALERT.name, ALERT.labels) else {
            return Ok(self.fail(format!("there is no alert {}", ALERT.title())));
        };
        let fault = Instant::now();
        admin.put(&json!({"operation": OPERATION, "outage": true}))?;
        self.watch = Some(Watch::new(self.declared, rule, ALERT, fault));
        self.phase = Phase::Fault(fault);
        Ok("fault: the store of sigil is out, nothing can be written".to_owned())
    }

    fn service(&self) -> &'a str {
        &self.declared.monitoring().service.value
    }

    fn end(&mut self) -> String {
        self.phase = Phase::Over;
        self.outcome = self.watch.as_ref().map(|watch| Outcome::of(self.service(), watch));
        match self.outcome.as_ref().and_then(|outcome| outcome.why_not.as_deref()) {
            None => "over: it went as it should".to_owned(),
            Some(why) => format!("over, and FAILED: {why}"),
        }
    }

    fn fail(&mut self, why: String) -> String {
        self.phase = Phase::Over;
        let says = format!("FAILED: {why}");
        self.outcome = Some(Outcome::failed(self.service(), ALERT, why));
        says
    }

    /// How it went; not well where it isn't over.
    pub(crate) fn outcome(self) -> Outcome {
        let why = || "the demo ended before it was over; give it a --duration of 60s".to_owned();
        let service = self.service();
        self.outcome.unwrap_or_else(|| Outcome::failed(service, ALERT, why()))
    }
}
