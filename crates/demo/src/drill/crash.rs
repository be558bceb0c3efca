//! What a crash in the middle of a drill loses, and what it doesn't.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde::Serialize;
use stack::EventAction;

use super::{
    Run,
    plan::setting,
    stage::{Setting, Stage, StageError},
    trouble::Trouble,
};
use crate::{declared::Told as Channel, house::SigilPlan};

/// Longer than anything awaited here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// Less than any drill that has no snapshot lasts.
const NO_SNAPSHOT: Duration = Duration::from_secs(900);
const SNAPSHOTS: Duration = Duration::from_secs(1);

const LOW: Trouble = Trouble::Disk(500 << 20);

/// What is killed with `SIGKILL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    Prometheus,
    Alertmanager,
    Service,
}

pub(crate) const CRASHES: [Crash; 3] = [Crash::Prometheus, Crash::Alertmanager, Crash::Service];

/// One thing that is lost or isn't, and whether it was so.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) fact: String,
    pub(crate) ok: bool,
}

/// Of one crash.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CrashOutcome {
    pub(crate) name: &'static str,
    pub(crate) ok: bool,
    pub(crate) seconds: f64,
    pub(crate) facts: Vec<Fact>,
    pub(crate) why_not: Option<String>,
}

impl Crash {
    /// As the command line takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Crash::Prometheus => "kill-prometheus",
            Crash::Alertmanager => "kill-alertmanager",
            Crash::Service => "kill-service",
        }
    }

    /// The stages it plays on.
    fn settings(self) -> Vec<Setting> {
        let name = self.name();
        match self {
            Crash::Prometheus => vec![Setting { name, compress: 120, ..setting() }],
            Crash::Alertmanager => {
                [NO_SNAPSHOT, SNAPSHOTS].map(|maintenance| Setting { name, maintenance, ..setting() }).into()
            }
            Crash::Service => vec![Setting { name, ..setting() }],
        }
    }
}

/// How often an alert was told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Told {
    triggers: usize,
    resolves: usize,
    slack_firing: usize,
    slack_resolved: usize,
}

struct Scene<'a> {
    run: &'a Run<'a>,
    stage: &'a Stage,
    crash: Crash,
    facts: Vec<Fact>,
}

impl Run<'_> {
    pub(super) fn crash(&self, crash: Crash) -> CrashOutcome {
        let begin = Instant::now();
        let (mut facts, mut why_not) = (Vec::new(), None);
        for setting in crash.settings() {
            let played = Stage::start(self.declared, self.programs, setting, &|| self.interrupted())
                .and_then(|stage| self.play(crash, &stage, &mut facts));
            if let Err(error) = played {
                self.say(&format!("{}: FAILED: {error}", crash.name()));
                why_not = Some(error.to_string());
                break;
            }
        }
        let ok = why_not.is_none() && facts.iter().all(|fact| fact.ok);
        let seconds = (begin.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        CrashOutcome { name: crash.name(), ok, seconds, facts, why_not }
    }

    fn play(&self, crash: Crash, stage: &Stage, facts: &mut Vec<Fact>) -> Result<(), StageError> {
        let mut scene = Scene { run: self, stage, crash, facts: Vec::new() };
        let played = match crash {
            Crash::Prometheus => scene.prometheus(),
            Crash::Alertmanager if stage.setting.maintenance == NO_SNAPSHOT => scene.alertmanager_before_snapshot(),
            Crash::Alertmanager => scene.alertmanager_after_snapshot(),
            Crash::Service => scene.service(),
        };
        facts.append(&mut scene.facts);
        played
    }
}

impl Scene<'_> {
    /// Both alerts hold as soon as Prometheus evaluates again, which is when it looks up since when they did.
    ///
    /// An alert whose `for` is at least `--rules.alert.for-grace-period` (10 m) goes on where it was; a shorter one begins anew.
    fn prometheus(&mut self) -> Result<(), StageError> {
        LOW.inject(self.stage)?;
        self.delivered("SigilDiskFilling")?;
        self.delivered("SigilDiskLow")?;
        let since = [self.active_since("SigilDiskFilling")?, self.active_since("SigilDiskLow")?];
        let before = SystemTime::now() - Duration::from_secs(1);

        self.say("kill -9 of Prometheus");
        self.stage.with_prometheus(|prometheus| prometheus.kill().map(drop).map_err(StageError::from))?;
        self.stage.with_prometheus(|prometheus| Ok(prometheus.restart()?))?;
        let kept = self.stage.client.query_at("up{job=\"sigil\"}", before)?;
        self.fact("what was scraped before the crash is there", !kept.is_empty());
        self.until("SigilDiskFilling firing again", |scene| scene.fires("SigilDiskFilling"))?;
        self.until("SigilDiskLow firing again", |scene| scene.fires("SigilDiskLow"))?;
        let again = [self.active_since("SigilDiskFilling")?, self.active_since("SigilDiskLow")?];
        self.fact("SigilDiskFilling, whose `for` is 30 m, holds since the same second as before", since[0] == again[0]);
        self.fact("SigilDiskLow, whose `for` is 5 m, waits for it anew", since[1] < again[1]);

        LOW.heal(self.stage)?;
        self.resolved("SigilDiskFilling")?;
        self.resolved("SigilDiskLow")?;
        let once = Told { slack_firing: 1, slack_resolved: 1, ..Told::default() };
        let told = self.told("SigilDiskFilling");
        self.fact(&format!("SigilDiskFilling was told once and resolved once ({told:?})"), told == once);
        self.fact("no incident is left open", !self.is_open("SigilDiskLow"));
        Ok(())
    }

    /// Without its snapshot Alertmanager has forgotten what it told: it repeats what still fires, and never says that the rest is over.
    fn alertmanager_before_snapshot(&mut self) -> Result<(), StageError> {
        self.stage.kill_sigil()?;
        self.delivered("SigilTargetDown")?;
        self.kill_alertmanager()?;
        self.stage.restart_sigil(&SigilPlan::default())?;
        self.until("SigilTargetDown over", |scene| Ok(!scene.is_active("SigilTargetDown")?))?;
        self.restart_alertmanager()?;
        // The second comes after a repeat interval, in which Prometheus has sent again all that fires and all that is over.
        let heard = self.watchdogs();
        self.until("two Watchdogs", |scene| Ok(scene.watchdogs() >= heard + 2))?;
        let told = self.told("SigilTargetDown");
        self.fact(
            "killed before its snapshot: that the trouble ended meanwhile is told nobody",
            told.resolves == 0 && told.slack_resolved == 0,
        );
        self.fact("the incident stays open, though Prometheus has it over", self.is_open("SigilTargetDown"));

        self.stage.kill_sigil()?;
        self.until("a second trigger", |scene| Ok(scene.told("SigilTargetDown").triggers > told.triggers))?;
        let before = self.told("SigilTargetDown");
        self.kill_alertmanager()?;
        self.restart_alertmanager()?;
        self.until("both told again", |scene| {
            let told = scene.told("SigilTargetDown");
            Ok(told.triggers > before.triggers && told.slack_firing > before.slack_firing)
        })?;
        let incidents = self.open("SigilTargetDown");
        self.fact("what still fires is told again, and stays one incident", incidents == 1);
        self.stage.restart_sigil(&SigilPlan::default())?;
        self.resolved("SigilTargetDown")?;
        self.fact("the next end of the same trouble closes the incident", !self.is_open("SigilTargetDown"));
        Ok(())
    }

    fn alertmanager_after_snapshot(&mut self) -> Result<(), StageError> {
        self.stage.kill_sigil()?;
        self.delivered("SigilTargetDown")?;
        let written = self.snapshots()?;
        // One may have begun before the delivery.
        self.until("two snapshots", |scene| Ok(scene.snapshots()? >= written + 2.0))?;
        self.kill_alertmanager()?;
        self.stage.restart_sigil(&SigilPlan::default())?;
        self.until("SigilTargetDown over", |scene| Ok(!scene.is_active("SigilTargetDown")?))?;
        self.restart_alertmanager()?;
        self.resolved("SigilTargetDown")?;
        let told = self.told("SigilTargetDown");
        let once = Told { triggers: 1, resolves: 1, slack_firing: 1, slack_resolved: 1 };
        self.fact(&format!("killed after its snapshot: the end is told, nothing twice ({told:?})"), told == once);
        self.fact("no incident is left open", !self.is_open("SigilTargetDown"));
        Ok(())
    }

    /// Sigil is back before `for` of the alert on its target is over, and within `keep_firing_for` of the one that fires.
    fn service(&mut self) -> Result<(), StageError> {
        let sealed = self.stage.encode()?;
        self.stage.encode_batch(50)?;
        LOW.inject(self.stage)?;
        self.delivered("SigilDiskLow")?;
        self.until("the batch scraped", |scene| Ok(scene.encoded()? >= 51.0))?;

        self.say("kill -9 of sigil");
        self.stage.kill_sigil()?;
        let down = Instant::now();
        self.stage.restart_sigil(&SigilPlan::default())?;
        LOW.inject(self.stage)?;
        self.until("sigil scraped anew", |scene| Ok(scene.encoded()? < 51.0))?;
        let down = down.elapsed().as_secs_f64();
        self.say(&format!("scraped again {down:.1} s later"));
        let there = self.stage.has(&sealed)?;
        self.fact("what was sealed before the crash is there", there);
        let increase = self.stage.client.value("sum(increase(sigil_encode_total{job=\"sigil\"}[5m]))")?;
        self.fact("counters begin at 0, and no increase is negative", increase.is_some_and(|increase| increase >= 0.0));
        self.until("SigilDiskLow firing", |scene| scene.fires("SigilDiskLow"))?;
        LOW.heal(self.stage)?;
        self.resolved("SigilDiskLow")?;
        let told = self.told("SigilDiskLow");
        let once = Told { triggers: 1, resolves: 1, slack_firing: 1, slack_resolved: 1 };
        self.fact(&format!("SigilDiskLow was told once and resolved once ({told:?})"), told == once);
        let told = self.told("SigilTargetDown");
        self.fact("nobody was told of a restart shorter than `for`", told == Told::default());
        Ok(())
    }

    fn kill_alertmanager(&self) -> Result<(), StageError> {
        self.say("kill -9 of Alertmanager");
        self.stage.with_alertmanager(|alertmanager| alertmanager.kill().map(drop).map_err(StageError::from))
    }

    fn restart_alertmanager(&self) -> Result<(), StageError> {
        self.stage.with_alertmanager(|alertmanager| Ok(alertmanager.restart()?))
    }

    fn snapshots(&self) -> Result<f64, StageError> {
        self.stage.with_alertmanager(|alertmanager| {
            Ok(alertmanager.client().metric("alertmanager_nflog_snapshot_duration_seconds_count", &[])?)
        })
    }

    fn encoded(&self) -> Result<f64, StageError> {
        Ok(self.stage.client.value("sum(sigil_encode_total{job=\"sigil\"})")?.unwrap_or(f64::NAN))
    }

    fn watchdogs(&self) -> usize {
        let watchdog =
            |alert: &stack::WebhookAlert| alert.labels.get("alertname").is_some_and(|name| name == "Watchdog");
        let messages = self.stage.receivers().webhook().messages();
        messages.iter().filter(|message| message.alerts.iter().any(watchdog)).count()
    }

    fn is_active(&self, name: &str) -> Result<bool, StageError> {
        Ok(self.stage.client.alerts()?.iter().any(|alert| alert.label("alertname") == name))
    }

    fn fires(&self, name: &str) -> Result<bool, StageError> {
        let alerts = self.stage.client.alerts()?;
        Ok(alerts.iter().any(|alert| alert.label("alertname") == name && alert.state == "firing"))
    }

    /// To the second, as Prometheus keeps it.
    fn active_since(&self, name: &str) -> Result<String, StageError> {
        let alerts = self.stage.client.alerts()?;
        let found = alerts.iter().find(|alert| alert.label("alertname") == name);
        let since = found.and_then(|alert| alert.active_at.as_deref()).unwrap_or_default();
        Ok(since.get(..19).unwrap_or(since).to_owned())
    }

    fn is_open(&self, name: &str) -> bool {
        self.open(name) > 0
    }

    /// How many incidents of an alert are open. Others may be as well: with such short waits a busy machine has alerts of its own.
    fn open(&self, name: &str) -> usize {
        let keys = self.keys(name);
        let open = self.stage.receivers().pagerduty().open_incidents();
        open.iter().filter(|incident| keys.contains(&incident.dedup_key)).count()
    }

    /// Keys of the incidents of an alert.
    fn keys(&self, name: &str) -> Vec<String> {
        let events = self.stage.receivers().pagerduty().messages();
        events.iter().filter(|event| event.payload.class == name).map(|event| event.dedup_key.clone()).collect()
    }

    fn told(&self, name: &str) -> Told {
        let keys = self.keys(name);
        let events = self.stage.receivers().pagerduty().messages();
        let count =
            |action| events.iter().filter(|event| event.action == action && keys.contains(&event.dedup_key)).count();
        let title = format!("] {name} ");
        let slack = self.stage.receivers().slack().messages();
        let titled = |begin: &str| {
            let attachments = slack.iter().filter_map(|message| message.attachments.first());
            attachments.filter(|own| own.title.starts_with(begin) && own.title.contains(&title)).count()
        };
        Told {
            triggers: count(EventAction::Trigger),
            resolves: count(EventAction::Resolve),
            slack_firing: titled("[FIRING"),
            slack_resolved: titled("[RESOLVED"),
        }
    }

    fn delivered(&self, name: &str) -> Result<(), StageError> {
        let Some(rule) = self.run.declared.rule(name, &[]) else { return Ok(()) };
        let channels = self.run.declared.told(rule.severity);
        self.until(&format!("{name} delivered"), |scene| {
            let told = scene.told(name);
            Ok(channels.iter().all(|channel| match channel {
                Channel::Slack => told.slack_firing > 0,
                Channel::PagerDuty => told.triggers > 0,
                Channel::Webhook => scene.watchdogs() > 0,
            }))
        })
    }

    fn resolved(&self, name: &str) -> Result<(), StageError> {
        let Some(rule) = self.run.declared.rule(name, &[]) else { return Ok(()) };
        let channels = self.run.declared.told(rule.severity);
        self.until(&format!("the end of {name} told"), |scene| {
            let told = scene.told(name);
            Ok(!scene.is_active(name)?
                && channels.iter().all(|channel| match channel {
                    Channel::Slack => told.slack_resolved > 0,
                    Channel::PagerDuty => !scene.is_open(name),
                    Channel::Webhook => true,
                }))
        })
    }

    fn until(&self, what: &str, holds: impl Fn(&Self) -> Result<bool, StageError>) -> Result<(), StageError> {
        let begin = Instant::now();
        while !holds(self)? {
            if begin.elapsed() >= LIMIT {
                return Err(StageError::NotSeen(what.to_owned(), LIMIT));
            }
            if self.run.interrupted() {
                return Err(StageError::Interrupted);
            }
            thread::sleep(POLL);
        }
        self.say(&format!("{what} after {:.1} s", begin.elapsed().as_secs_f64()));
        Ok(())
    }

    fn fact(&mut self, fact: &str, ok: bool) {
        self.say(&format!("{}: {fact}", if ok { "so it is" } else { "NOT so" }));
        self.facts.push(Fact { fact: fact.to_owned(), ok });
    }

    fn say(&self, line: &str) {
        self.run.say(&format!("{}: {line}", self.crash.name()));
    }
}
