//! One alert from its reason to its end, with the time of each step.

use std::{
    thread,
    time::{Duration, Instant},
};

use lapwing_monitor::AlertRule;
use stack::{ActiveAlert, Receivers};

use super::{
    delivered::{Awaited, Summary},
    plan::Alert,
    stage::{Stage, StageError},
};
use crate::declared::{Declared, Told};

const POLL: Duration = Duration::from_millis(50);

/// Seconds from the fault, and of `resolved` from the healing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Times {
    pub(crate) pending: Option<f64>,
    pub(crate) firing: Option<f64>,
    pub(crate) received: Option<f64>,
    pub(crate) healed: Option<f64>,
    pub(crate) resolved: Option<f64>,
}

/// See the module.
pub(crate) struct Watch<'a> {
    pub(crate) alert: Alert,
    pub(crate) told: Vec<Told>,
    pub(crate) times: Times,
    /// Channels that were told.
    pub(crate) channels: Vec<Told>,
    pub(crate) problems: Vec<String>,
    awaited: Awaited<'a>,
    fault: Instant,
    healed: Option<Instant>,
    dedup_key: Option<String>,
}

impl<'a> Watch<'a> {
    /// Begins with the fault.
    pub(crate) fn new(declared: &'a Declared, rule: &'a AlertRule, alert: Alert, fault: Instant) -> Self {
        let awaited = Awaited {
            rule,
            service: &declared.monitoring().service.value,
            channel: declared.slack_channel(),
            summary: Summary::default(),
            since: fault,
        };
        Watch {
            alert,
            told: declared.told(rule.severity),
            times: Times::default(),
            channels: Vec::new(),
            problems: Vec::new(),
            awaited,
            fault,
            healed: None,
            dedup_key: None,
        }
    }

    /// Looks once; returns what is new, in words.
    pub(crate) fn look(&mut self, receivers: &Receivers, alerts: &[ActiveAlert]) -> Vec<String> {
        let mut news = Vec::new();
        let active: Vec<&ActiveAlert> = alerts.iter().filter(|alert| matches(self.alert, alert)).collect();
        let since = self.fault.elapsed().as_secs_f64();
        if self.healed.is_none() {
            if let (None, Some(_)) = (self.times.pending, active.first()) {
                self.times.pending = Some(since);
                news.push(format!("pending after {since:.1} s"));
            }
            if let (None, Some(firing)) = (self.times.firing, active.iter().find(|alert| alert.state == "firing")) {
                self.times.firing = Some(since);
                self.awaited.summary = Summary::new(self.awaited.rule, firing);
                news.push(format!("firing after {since:.1} s"));
            }
            if self.times.firing.is_some() {
                self.receive(receivers, &mut news);
            }
        } else if active.is_empty() {
            self.over(receivers, &mut news);
        }
        news
    }

    fn receive(&mut self, receivers: &Receivers, news: &mut Vec<String>) {
        for told in self.told.clone() {
            if self.channels.contains(&told) {
                continue;
            }
            let Some(found) = self.awaited.firing(receivers, told) else { continue };
            let after = found.at.duration_since(self.fault).as_secs_f64();
            self.channels.push(told);
            self.problems.extend(found.problems);
            self.dedup_key = self.dedup_key.take().or(found.dedup_key);
            news.push(format!("received by {} after {after:.1} s", told.name()));
            let last = self.times.received.map_or(after, |before| before.max(after));
            self.times.received = Some(last);
        }
    }

    fn over(&mut self, receivers: &Receivers, news: &mut Vec<String>) {
        let (Some(healed), None) = (self.healed, self.times.resolved) else { return };
        let ends =
            self.channels.iter().map(|told| self.awaited.resolved(receivers, *told, healed, self.dedup_key.as_deref()));
        let Some(ends) = ends.collect::<Option<Vec<Instant>>>() else { return };
        // Prometheus has it over now; channels may have said so since it was last asked.
        let last = ends.into_iter().max().unwrap_or(healed).duration_since(healed).as_secs_f64();
        self.times.resolved = Some(last);
        news.push(format!("resolved everywhere {last:.1} s after the healing"));
    }

    /// The fault is over from now on.
    pub(crate) fn heal(&mut self) {
        self.healed = Some(Instant::now());
        self.times.healed = Some(self.fault.elapsed().as_secs_f64());
    }

    /// Whether all are told who are to be.
    pub(crate) fn is_received(&self) -> bool {
        self.channels.len() == self.told.len()
    }

    /// Ends it: channels that were told without being meant to be are problems.
    pub(crate) fn finish(&mut self, receivers: &Receivers) {
        let wrong = self.awaited.wrong(receivers, &self.told);
        self.problems.extend(wrong);
    }

    /// What has not happened.
    pub(crate) fn missing(&self) -> Option<String> {
        let untold: Vec<_> =
            self.told.iter().filter(|told| !self.channels.contains(told)).map(|told| told.name()).collect();
        if self.times.pending.is_none() {
            Some("its condition never held".to_owned())
        } else if self.times.firing.is_none() {
            Some("it was pending and never fired".to_owned())
        } else if !untold.is_empty() {
            Some(format!("it fired, and {} was not told", untold.join(" and ")))
        } else if self.times.resolved.is_none() {
            Some("it was not resolved".to_owned())
        } else {
            None
        }
    }
}

/// Whether this alert of Prometheus is the one.
pub(crate) fn matches(alert: Alert, active: &ActiveAlert) -> bool {
    active.label("alertname") == alert.name && alert.labels.iter().all(|(label, value)| active.label(label) == *value)
}

/// Looks at all until `done` holds of each; returns whether it did in time.
pub(crate) fn look_until(
    watches: &mut [Watch<'_>],
    stage: &Stage,
    deadline: Duration,
    done: impl Fn(&Watch<'_>) -> bool,
    interrupted: &(dyn Fn() -> bool + Sync),
    say: &(dyn Fn(&str) + Sync),
) -> Result<bool, StageError> {
    let begin = Instant::now();
    loop {
        let alerts = stage.client.alerts()?;
        for watch in watches.iter_mut() {
            for new in watch.look(stage.receivers(), &alerts) {
                say(&format!("{}: {new}", watch.alert.title()));
            }
        }
        if watches.iter().all(&done) {
            return Ok(true);
        }
        if begin.elapsed() >= deadline {
            return Ok(false);
        }
        if interrupted() {
            return Err(StageError::Interrupted);
        }
        thread::sleep(POLL);
    }
}
