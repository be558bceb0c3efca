//! Grafana's model of a dashboard, schema version 42, as much of it as is written here.

use serde::Serialize;
use serde_json::Value;

/// Reference to the variable `datasource`, so that a dashboard is at home in any Grafana.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DataSource {
    pub(crate) r#type: &'static str,
    pub(crate) uid: &'static str,
}

pub(crate) const PROMETHEUS: DataSource = DataSource { r#type: "prometheus", uid: "${datasource}" };

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    pub(crate) uid: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) editable: bool,
    /// 1: the crosshair is shared by all panels.
    pub(crate) graph_tooltip: u8,
    pub(crate) schema_version: u32,
    pub(crate) version: u32,
    pub(crate) refresh: String,
    pub(crate) time: Time,
    pub(crate) timezone: &'static str,
    pub(crate) templating: List<Variable>,
    pub(crate) annotations: List<Annotation>,
    pub(crate) links: Vec<Link>,
    pub(crate) panels: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Time {
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct List<T> {
    pub(crate) list: Vec<T>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) r#type: &'static str,
    pub(crate) query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) datasource: Option<DataSource>,
    /// 1: when the dashboard loads, 2: when the range of time changes.
    pub(crate) refresh: u8,
    /// 1: by the alphabet.
    pub(crate) sort: u8,
    pub(crate) multi: bool,
    pub(crate) include_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) all_value: Option<&'static str>,
    pub(crate) current: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Annotation {
    pub(crate) name: &'static str,
    pub(crate) datasource: DataSource,
    pub(crate) enable: bool,
    pub(crate) hide: bool,
    pub(crate) icon_color: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) built_in: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag_keys: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) use_value_for_time: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    pub(crate) title: String,
    /// `link` or `dashboards`.
    pub(crate) r#type: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) tooltip: String,
    pub(crate) url: String,
    pub(crate) tags: Vec<String>,
    pub(crate) as_dropdown: bool,
    pub(crate) target_blank: bool,
    pub(crate) include_vars: bool,
    pub(crate) keep_time: bool,
}

impl Link {
    pub(crate) fn to(title: &str, tooltip: &str, url: String) -> Link {
        Link {
            title: title.to_owned(),
            r#type: "link",
            icon: "external link",
            tooltip: tooltip.to_owned(),
            url,
            tags: Vec::new(),
            as_dropdown: false,
            target_blank: false,
            include_vars: false,
            keep_time: true,
        }
    }
}

/// A panel, or a row, which has panels of its own only while it is collapsed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Item {
    Row(Row),
    Panel(Box<Panel>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) id: u32,
    pub(crate) r#type: &'static str,
    pub(crate) title: String,
    pub(crate) collapsed: bool,
    pub(crate) grid_pos: GridPos,
    pub(crate) panels: Vec<Panel>,
}

/// Place in a grid of 24 columns; a unit of height is 30 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GridPos {
    pub(crate) h: u32,
    pub(crate) w: u32,
    pub(crate) x: u32,
    pub(crate) y: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Panel {
    pub(crate) id: u32,
    pub(crate) r#type: &'static str,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) datasource: DataSource,
    pub(crate) grid_pos: GridPos,
    pub(crate) targets: Vec<Target>,
    pub(crate) field_config: FieldConfig,
    pub(crate) options: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) links: Vec<Link>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) transformations: Vec<Value>,
    /// Whether an empty answer is a good one.
    #[serde(skip)]
    pub(crate) may_be_empty: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    pub(crate) ref_id: String,
    pub(crate) datasource: DataSource,
    pub(crate) editor_mode: &'static str,
    pub(crate) expr: String,
    pub(crate) format: &'static str,
    pub(crate) legend_format: String,
    pub(crate) instant: bool,
    pub(crate) range: bool,
    pub(crate) exemplar: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FieldConfig {
    pub(crate) defaults: FieldDefaults,
    pub(crate) overrides: [(); 0],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldDefaults {
    pub(crate) unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<f64>,
    pub(crate) no_value: String,
    pub(crate) color: Value,
    pub(crate) mappings: Vec<Value>,
    pub(crate) thresholds: Thresholds,
    pub(crate) custom: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Thresholds {
    pub(crate) mode: &'static str,
    pub(crate) steps: Vec<Step>,
}

/// From `value` on `color` holds; the first has none and is the base.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) value: Option<f64>,
    pub(crate) color: String,
}
