//! What selectors select, by what is declared and recorded.

use std::{collections::HashSet, time::Duration};

use lapwing_monitor::{Kind, Metric, TARGET_LABELS};
use lapwing_promql::{Expr, MatchOp, Presence, ResultLabels, SelectorUse, Span, VectorSelector};

use crate::{Asked, Declared, Project, Service, Spot};

/// What is said of a selector by the files.
#[derive(Clone, Debug)]
pub(crate) enum Series<'p> {
    /// Series of declared metrics: of one, or of those of this name in several services.
    Declared(Vec<(&'p Service, &'p Metric)>),
    /// A rule records it, or Prometheus makes it of alerts.
    Recorded,
    /// It is, or may be, of a job that isn't declared; or has no name that is known.
    Foreign,
    /// Nobody emits it.
    Unknown,
}

/// A selector of a query.
#[derive(Clone, Debug)]
pub(crate) struct Selected<'p> {
    /// Which query.
    pub(crate) asked: Asked<'p>,
    /// The selector, and its range.
    pub(crate) used: SelectorUse<'p>,
    /// The metric's name and where it stands.
    pub(crate) name: (&'p str, Span),
    /// What it selects.
    pub(crate) series: Series<'p>,
}

impl<'p> Selected<'p> {
    /// The declared metrics it selects; none of anything else.
    pub(crate) fn metrics(&self) -> &[(&'p Service, &'p Metric)] {
        match &self.series {
            Series::Declared(metrics) => metrics,
            _ => &[],
        }
    }

    /// Where the metric's name stands.
    pub(crate) fn name_spot(&self) -> Spot {
        self.asked.query.spot(&self.name.1)
    }
}

/// Finds out what selectors select.
#[derive(Debug)]
pub(crate) struct Known<'p> {
    pub(crate) declared: Declared<'p>,
    recorded: HashSet<&'p str>,
    /// Labels that a Prometheus configuration among the files adds.
    added: HashSet<&'p str>,
}

impl<'p> Known<'p> {
    /// None if no service says what it emits.
    pub(crate) fn of(project: &'p Project) -> Option<Known<'p>> {
        let declared = project.signals()?;
        let mut recorded: HashSet<&str> = project.recordings().map(|(_, rule)| rule.name.value.as_str()).collect();
        recorded.extend(["ALERTS", "ALERTS_FOR_STATE"]);
        Some(Known { declared, recorded, added: added(project) })
    }

    /// All selectors that give a name, of all queries.
    pub(crate) fn selected(&self, project: &'p Project) -> Vec<Selected<'p>> {
        let mut all = Vec::new();
        for asked in project.queries() {
            let Some(expr) = asked.query.expr() else { continue };
            for used in expr.selectors() {
                if let Some(name) = used.selector.metric() {
                    all.push(Selected { asked, used, name, series: self.series(used.selector) });
                }
            }
        }
        all
    }

    /// What a selector selects.
    pub(crate) fn series(&self, selector: &VectorSelector) -> Series<'p> {
        let Some((name, _)) = selector.metric() else { return Series::Foreign };
        if self.recorded.contains(name) {
            return Series::Recorded;
        }
        let of_job = |service: &Service| {
            selector.matchers_of("job").all(|matcher| matcher.matches(&service.job).unwrap_or(true))
        };
        let metrics: Vec<_> = self.declared.samples(name).filter(|(service, _)| of_job(service)).collect();
        if !metrics.is_empty() {
            return Series::Declared(metrics);
        }
        if selector.has_open_matchers() || self.may_be_foreign(selector) { Series::Foreign } else { Series::Unknown }
    }

    /// Whether its matchers of `job` select one that isn't declared.
    fn may_be_foreign(&self, selector: &VectorSelector) -> bool {
        let declared = |job: &String| self.declared.services().any(|(service, _)| service.job == *job);
        selector.matchers_of("job").any(|matcher| match (matcher.op, matcher.values()) {
            (MatchOp::Equal | MatchOp::Regex, Some(jobs)) => !jobs.iter().all(declared),
            // Unless no series but declared ones have such a job, which can't be known.
            (MatchOp::Equal | MatchOp::Regex, None) => true,
            (MatchOp::NotEqual | MatchOp::NotRegex, _) => false,
        })
    }

    /// Whether all that is selected is declared, so that what isn't there isn't there because of the query or the service.
    pub(crate) fn declares_all_of(&self, expr: &Expr) -> bool {
        let selectors = expr.selectors();
        !selectors.is_empty() && selectors.iter().all(|used| matches!(self.series(used.selector), Series::Declared(_)))
    }

    /// Whether series of a sample can have a label.
    pub(crate) fn has_label(&self, metric: &Metric, sample: &str, label: &str) -> bool {
        let bucket = metric.kind == Kind::Histogram && sample.ends_with("_bucket");
        let of_target = TARGET_LABELS.contains(&label) || self.added.contains(label);
        (label == "le" && bucket) || of_target || metric.label(label).is_some()
    }

    /// The labels that series of declared metrics can have.
    pub(crate) fn labels_of(&self, selector: &VectorSelector, metrics: &[(&Service, &Metric)]) -> ResultLabels {
        let own = metrics.iter().flat_map(|(_, metric)| metric.labels.iter().map(|label| label.name.as_str()));
        let all = TARGET_LABELS.into_iter().chain(self.added.iter().copied()).chain(own);
        let labels = all.fold(ResultLabels::none(), |labels, label| labels.with(label, Presence::Maybe));
        let bucket = selector.metric().is_some_and(|(name, _)| name.ends_with("_bucket"));
        labels.with("le", if bucket { Presence::Yes } else { Presence::No })
    }

    /// Labels of what an expression gives.
    pub(crate) fn labels(&self, expr: &Expr) -> ResultLabels {
        expr.result_labels_of(&|selector| match self.series(selector) {
            Series::Declared(metrics) => self.labels_of(selector, &metrics),
            _ => ResultLabels::unknown(),
        })
    }
}

/// Labels that Prometheus configurations give to targets and series.
fn added(project: &Project) -> HashSet<&str> {
    let mut added = HashSet::new();
    for config in project.prometheus() {
        config.node.walk(&mut |path, node| match path.key() {
            Some("labels" | "external_labels") => added.extend(node.entries().iter().map(|entry| entry.key.as_str())),
            Some("target_label") => added.extend(node.as_str()),
            _ => {}
        });
    }
    added
}

/// How often series are scraped, and where that is said, if it is said in a file that was read.
#[derive(Clone, Debug)]
pub(crate) struct Interval {
    pub(crate) length: Duration,
    pub(crate) spot: Option<Spot>,
}

impl Project {
    /// How often what a selector selects is scraped; none if the files don't say, or say different things.
    pub(crate) fn scrape_interval(&self, known: Option<&Known<'_>>, selector: &VectorSelector) -> Option<Interval> {
        let mut found: Vec<Interval> = Vec::new();
        for config in self.prometheus() {
            for job in &config.jobs {
                if selector.matchers_of("job").all(|matcher| matcher.matches(&job.name) == Some(true)) {
                    let timing = job.interval.as_ref().or(config.scrape_interval.as_ref())?;
                    found.push(Interval { length: timing.value?, spot: Some(timing.spot()) });
                }
            }
        }
        if let Some(Series::Declared(metrics)) = known.map(|known| known.series(selector)) {
            // What the service says of itself is nearer than what happens to be scraped by a Prometheus.
            found.clear();
            for (service, _) in metrics {
                found.push(Interval { length: service.scrape_interval?, spot: service.scrape_interval_at() });
            }
        }
        let first = found.first()?.clone();
        found.iter().all(|interval| interval.length == first.length).then_some(first)
    }

    /// How often a group of rules is evaluated; none if the files don't say, or say different things.
    pub(crate) fn evaluation_interval(&self, group: &crate::RuleGroup) -> Option<Interval> {
        if let Some(own) = &group.interval {
            return Some(Interval { length: own.value?, spot: Some(own.spot()) });
        }
        let prometheus = self.prometheus().iter().filter_map(|config| config.evaluation_interval.as_ref());
        let mut found: Vec<Interval> = prometheus
            .filter_map(|timing| Some(Interval { length: timing.value?, spot: Some(timing.spot()) }))
            .collect();
        if found.is_empty() {
            let said = self.services().iter().filter_map(|service| service.evaluation_interval);
            found.extend(said.map(|length| Interval { length, spot: None }));
        }
        let first = found.first()?.clone();
        found.iter().all(|interval| interval.length == first.length).then_some(first)
    }
}
