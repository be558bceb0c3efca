//! All queries, whoever asks.

use super::{AlertRule, Dashboard, Panel, Project, RecordingRule, RuleGroup, Target, Variable};
use crate::Query;

/// A query and who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'p> {
    /// What is asked.
    pub query: &'p Query,
    /// Who asks.
    pub by: Asker<'p>,
}

/// Who asks a query.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'p> {
    /// A rule that alerts.
    Alert(&'p RuleGroup, &'p AlertRule),
    /// A rule that records.
    Recording(&'p RuleGroup, &'p RecordingRule),
    /// A panel.
    Panel(&'p Dashboard, &'p Panel, &'p Target),
    /// A variable of a dashboard.
    Variable(&'p Dashboard, &'p Variable),
}

impl Asker<'_> {
    /// The group, of a rule.
    pub fn group(&self) -> Option<&RuleGroup> {
        match self {
            Asker::Alert(group, _) | Asker::Recording(group, _) => Some(group),
            Asker::Panel(..) | Asker::Variable(..) => None,
        }
    }
}

impl Project {
    /// All queries: of alerts, of recordings, of panels and variables.
    pub fn queries(&self) -> impl Iterator<Item = Asked<'_>> {
        let alerts = self.alerts().map(|(group, alert)| Asked { query: &alert.expr, by: Asker::Alert(group, alert) });
        let recordings =
            self.recordings().map(|(group, rule)| Asked { query: &rule.expr, by: Asker::Recording(group, rule) });
        let dashboards = self.dashboards.iter().flat_map(|dashboard| {
            let panels = dashboard.panels.iter().flat_map(move |panel| {
                let targets = panel.targets.iter().filter_map(|target| Some((target, target.expr.as_ref()?)));
                targets.map(move |(target, query)| Asked { query, by: Asker::Panel(dashboard, panel, target) })
            });
            let variables =
                dashboard.variables.iter().filter_map(|variable| Some((variable, variable.selector.as_ref()?)));
            panels.chain(
                variables.map(move |(variable, query)| Asked { query, by: Asker::Variable(dashboard, variable) }),
            )
        });
        alerts.chain(recordings).chain(dashboards)
    }
}
