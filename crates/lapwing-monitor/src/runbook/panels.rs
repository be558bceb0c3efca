//! The panels of a service's dashboard, to be pointed at.

use std::collections::BTreeSet;

use crate::{
    Service,
    dashboard::{Dashboard, metrics_of},
};

/// More panels than these are no help.
const MOST: usize = 8;

/// Where panels are found.
pub(crate) struct Panels<'a> {
    service: &'a Service,
    uid: String,
    url: Option<String>,
    /// Each panel once: id, row, title, and the metrics and objectives that it shows.
    all: Vec<Known>,
    rows: Vec<String>,
}

struct Known {
    id: u32,
    row: String,
    title: String,
    metrics: BTreeSet<String>,
    expressions: String,
}

impl<'a> Panels<'a> {
    pub(crate) fn new(service: &'a Service, dashboard: &Dashboard) -> Panels<'a> {
        let mut all: Vec<Known> = Vec::new();
        for query in dashboard.queries() {
            let metrics = metrics_of(&service.signals, &query.expression);
            match all.last_mut().filter(|last| last.id == query.panel) {
                Some(last) => {
                    last.metrics.extend(metrics);
                    last.expressions += &query.expression;
                }
                None => all.push(Known {
                    id: query.panel,
                    row: query.row,
                    title: query.title,
                    metrics,
                    expressions: query.expression,
                }),
            }
        }
        let monitoring = &service.monitoring;
        let uid = service.dashboard_uid();
        let url = monitoring.links.dashboard.as_ref();
        let url = url.map(|url| url.replace("{uid}", &uid).replace("{service}", &monitoring.service));
        Panels { service, uid, url, all, rows: dashboard.rows().map(str::to_owned).collect() }
    }

    /// The panels that show one of these metrics, or the objective of this name: as a list in Markdown.
    pub(super) fn list(&self, metrics: &BTreeSet<String>, objective: Option<&str>) -> String {
        let objective = objective.map(|name| format!("objective=\"{name}\""));
        let in_rows = || self.all.iter().filter(|panel| !panel.row.is_empty());
        // The stats at the top only for what no row shows.
        let only_on_top: BTreeSet<&String> =
            metrics.iter().filter(|metric| in_rows().all(|panel| !panel.metrics.contains(*metric))).collect();
        let shows = |panel: &&Known| match panel.row.is_empty() {
            true => panel.metrics.iter().any(|metric| only_on_top.contains(metric)),
            false => {
                let of_objective = objective.as_ref().is_some_and(|matcher| panel.expressions.contains(matcher));
                of_objective || !panel.metrics.is_disjoint(metrics)
            }
        };
        let lines = self.all.iter().filter(shows).take(MOST).map(|panel| {
            let row =
                if panel.row.is_empty() { "at the top".to_owned() } else { format!("in the row *{}*", panel.row) };
            format!("- {}, {row}\n", self.panel(panel))
        });
        lines.collect()
    }

    /// Of a metric: the titles of all panels, as links.
    pub(crate) fn showing(&self, metric: &str) -> Vec<String> {
        self.all.iter().filter(|panel| panel.metrics.contains(metric)).map(|panel| self.panel(panel)).collect()
    }

    fn panel(&self, panel: &Known) -> String {
        match &self.url {
            Some(url) => {
                let separator = if url.contains('?') { '&' } else { '?' };
                format!("[{}]({url}{separator}viewPanel={})", panel.title, panel.id)
            }
            None => format!("{} (dashboard `{}`, panel {})", panel.title, self.uid, panel.id),
        }
    }

    /// Where the whole dashboard is.
    pub(super) fn dashboard(&self) -> String {
        let monitoring = &self.service.monitoring;
        let title = monitoring.dashboard.title.as_deref().unwrap_or(&monitoring.service);
        match &self.url {
            Some(url) => format!("[{title}]({url})"),
            None => format!("{title} (`{}`)", self.uid),
        }
    }

    /// `text` with links in place of `*titles*` of panels and rows.
    pub(super) fn linked(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('*') {
            out += before;
            let title = after.split_once('*').and_then(|(title, behind)| Some((self.link(title)?, behind)));
            rest = match title {
                Some((link, behind)) => {
                    out += &link;
                    behind
                }
                None => {
                    out.push('*');
                    after
                }
            };
        }
        out + rest
    }

    fn link(&self, title: &str) -> Option<String> {
        if let Some(panel) = self.all.iter().find(|panel| panel.title == title) {
            return Some(self.panel(panel));
        }
        let url = self.url.as_ref().filter(|_| self.rows.iter().any(|row| row == title))?;
        Some(format!("[{title}]({url})"))
    }
}
