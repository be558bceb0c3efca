//! The service's dashboard, beyond what every service gets.

use super::{Located, Query};

/// `dashboard`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dashboard {
    /// `title`; default the service.
    pub title: Option<String>,
    /// `uid`, fixed so that links stay; default the service.
    pub uid: Option<Located<String>>,
    /// `refresh`, as Grafana writes it (`10s`); default `30s`.
    pub refresh: Option<String>,
    /// `from`: start of the window that is shown first (`now-1h`); default `now-1h`.
    pub from: Option<String>,
    /// `variables`.
    pub variables: Vec<Variable>,
    /// `rows`.
    pub rows: Vec<Row>,
}

/// A drop-down with the values of a label. Every panel whose signal has the label is filtered by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// `name`: also the label.
    pub label: Located<String>,
    /// `instrument`: whose series have the values.
    pub instrument: Located<String>,
}

/// A row of panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `title`.
    pub title: String,
    /// `collapsed`.
    pub collapsed: bool,
    /// `panels`.
    pub panels: Vec<Panel>,
}

/// A panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// `title`.
    pub title: Located<String>,
    /// `description`.
    pub description: String,
    /// `kind`.
    pub kind: PanelKind,
    /// `unit`: Grafana's id of a unit (`s`, `bytes`, `percentunit`); default as the instrument's unit says.
    pub unit: Option<Located<String>>,
    /// `queries`, each with the legend (a Grafana template such as `{{backend}}`).
    pub queries: Vec<(Query, Option<String>)>,
    /// `thresholds`: from which value which colour holds; the first is the base.
    pub thresholds: Vec<(Option<f64>, String)>,
    /// `mappings`: value, text, colour.
    pub mappings: Vec<(f64, String, Option<String>)>,
    /// `width` in Grafana's 24 columns; default 8.
    pub width: Option<u8>,
}

/// Kind of panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are Grafana's")]
pub enum PanelKind {
    TimeSeries,
    Stat,
    Gauge,
    BarGauge,
    StateTimeline,
    PieChart,
    Heatmap,
    Table,
}
