//! Grafana dashboards: one for each service, and one over all.

mod appearance;
mod declared;
mod draft;
mod grafana;
mod language;
mod layout;
mod operation;
mod operation_row;
mod overview;
mod resource;
mod service;
mod standard;
mod unit;
mod watch;

use std::{path::PathBuf, time::Duration};

use crate::{GenerateError, GeneratedFile, Root, Service, expression};

pub(crate) use language::metrics_of;
pub(crate) use watch::{Watch, budget};

use grafana::{Item, Model, Panel};

/// The uid of the dashboard over all services.
pub const OVERVIEW_UID: &str = "lapwing-overview";

/// A Grafana dashboard, schema version 42.
///
/// Ids of panels follow from the titles of panel and row, so that links stay true when others come and go. Its data source is a
/// variable, so that it can be imported anywhere.
///
/// ```
/// use std::time::Duration;
///
/// use lapwing_monitor::{Dashboard, Service, Signals};
///
/// let telemetry = r#"
/// file_format: "1.1"
/// meter_provider: {readers: [{pull: {exporter: {prometheus/development: {}}}}]}
/// instrumentation/development:
///   rust: {lapwing: {rules: [{span: sign, duration: {instrument: sign.duration, labels: [outcome]}}]}}
/// "#;
/// let monitoring = "{file_format: '1.0', service: signer}";
/// let signals = Signals::new(&lapwing_config::parse(telemetry, "telemetry.yaml", &|_| None)?);
/// let service = Service::new(lapwing_config::monitoring::parse(monitoring, "monitoring.yaml")?, signals);
/// let dashboard = Dashboard::of_service(&service)?;
/// let queries = dashboard.queries_with(Duration::from_secs(60), Duration::from_secs(3600));
/// let rate = queries.iter().find(|query| query.title == "Sign rate").unwrap();
/// assert_eq!(
///     rate.expression,
///     r#"sum by (outcome) (rate(sign_duration_seconds_count{job="signer",instance=~".*"}[1m]))"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    model: Model,
}

/// A query of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelQuery {
    /// Id of the panel.
    pub panel: u32,
    /// Title of the row it is in; empty at the top.
    pub row: String,
    /// Title of the panel.
    pub title: String,
    /// The query: PromQL, with Grafana's variables unless they were substituted.
    pub expression: String,
    /// Whether an empty answer is a good one, as that no alert fires.
    pub may_be_empty: bool,
}

impl Dashboard {
    /// The dashboard of a service: what every service gets, by its signals, and the rows that `monitoring.yaml` declares.
    ///
    /// # Errors
    /// A declared panel, objective or alert that the signals have no answer to.
    pub fn of_service(service: &Service) -> Result<Dashboard, GenerateError> {
        Ok(Dashboard { model: service::dashboard(service)? })
    }

    /// The dashboard over these services.
    pub fn overview(services: &[&Service]) -> Dashboard {
        Dashboard { model: overview::dashboard(services) }
    }

    /// Its fixed uid.
    pub fn uid(&self) -> &str {
        &self.model.uid
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.model.title
    }

    /// As JSON, ending with a line break.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.model).unwrap_or_default();
        text.push('\n');
        text
    }

    /// All queries of all panels as written, from top to bottom.
    pub fn queries(&self) -> Vec<PanelQuery> {
        let query = |row: &str, panel: &Panel| {
            let row = row.to_owned();
            let (id, title, may_be_empty) = (panel.id, panel.title.clone(), panel.may_be_empty);
            let targets = panel.targets.iter().map(|target| target.expr.clone());
            let queries = targets.map(move |expression| PanelQuery {
                panel: id,
                row: row.clone(),
                title: title.clone(),
                expression,
                may_be_empty,
            });
            queries.collect::<Vec<_>>()
        };
        let (mut queries, mut row) = (Vec::new(), "");
        for item in &self.model.panels {
            match item {
                Item::Panel(panel) => queries.extend(query(row, panel)),
                Item::Row(head) => {
                    row = &head.title;
                    queries.extend(head.panels.iter().flat_map(|panel| query(row, panel)));
                }
            }
        }
        queries
    }

    /// Titles of rows, from top to bottom.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &str> {
        self.model.panels.iter().filter_map(|item| match item {
            Item::Row(row) => Some(row.title.as_str()),
            Item::Panel(_) => None,
        })
    }

    /// [`queries`](Self::queries) as Grafana sends them to Prometheus: with all values of all variables chosen, this interval for
    /// rates, and this range of time.
    pub fn queries_with(&self, rate_interval: Duration, range: Duration) -> Vec<PanelQuery> {
        let mut known = vec![
            ("$__rate_interval".to_owned(), expression::duration(rate_interval)),
            ("$__range".to_owned(), expression::duration(range)),
        ];
        let variables = self.model.templating.list.iter().filter(|variable| variable.r#type == "query");
        known.extend(variables.map(|variable| (format!("${}", variable.name), ".*".to_owned())));
        // `$backend_kind` before `$backend`.
        known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let substituted =
            |text: &str| known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        let queries = self.queries().into_iter();
        queries.map(|query| PanelQuery { expression: substituted(&query.expression), ..query }).collect()
    }
}

/// The dashboards of these services, and the one over all.
pub(crate) fn files(services: &[&Service]) -> Result<Vec<GeneratedFile>, GenerateError> {
    let file = |path: String, dashboard: &Dashboard| GeneratedFile {
        root: Root::Grafana,
        path: PathBuf::from(path),
        text: dashboard.to_json(),
    };
    let mut files = Vec::new();
    for service in services {
        let dashboard = Dashboard::of_service(service)?;
        let path = format!("dashboards/{}/{}.json", service.monitoring.service.value, dashboard.uid());
        files.push(file(path, &dashboard));
    }
    files.push(file("dashboards/overview.json".to_owned(), &Dashboard::overview(services)));
    Ok(files)
}
