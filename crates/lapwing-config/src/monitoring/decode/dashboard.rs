//! The dashboard.

use super::{each, query::query, value};
use crate::{
    cursor::{Context, Field, Mapping},
    keys::{DASHBOARD, MAPPING, PANEL, PANEL_QUERY, ROW, THRESHOLD, VARIABLE},
    monitoring::{Dashboard, Located, Panel, PanelKind, Query, Row, Variable},
};

const KINDS: [(&str, PanelKind); 8] = [
    ("time_series", PanelKind::TimeSeries),
    ("stat", PanelKind::Stat),
    ("gauge", PanelKind::Gauge),
    ("bar_gauge", PanelKind::BarGauge),
    ("state_timeline", PanelKind::StateTimeline),
    ("pie_chart", PanelKind::PieChart),
    ("heatmap", PanelKind::Heatmap),
    ("table", PanelKind::Table),
];

pub(super) fn dashboard(cx: &Context, field: Field<'_>) -> Option<Dashboard> {
    let mapping = Mapping::open(cx, field, &DASHBOARD)?;
    let refresh = mapping.field("refresh").and_then(|field| {
        value::time(cx, field)?;
        Some(field.node.as_text()?.to_owned())
    });
    Some(Dashboard {
        title: mapping.text("title"),
        uid: mapping.field("uid").and_then(|field| uid(cx, field)),
        refresh,
        from: mapping.field("from").and_then(|field| from(cx, field)),
        variables: super::named(&mapping, "variables", "variable", variable, |one| &one.label),
        rows: each(&mapping, "rows", "row", row),
    })
}

fn uid(cx: &Context, field: Field<'_>) -> Option<Located<String>> {
    let text = value::text(cx, field)?;
    if text.len() > 40 || !text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
        let help = "letters, digits, `_` and `-`, at most 40 of them".to_owned();
        cx.error(field.place(), "this is no `uid` for Grafana", Some(help));
        return None;
    }
    Some(text)
}

fn from(cx: &Context, field: Field<'_>) -> Option<String> {
    let text = field.text(cx)?;
    if !text.starts_with("now") {
        cx.error(field.place(), "`from` must begin with `now`", Some("such as `now-1h`".to_owned()));
        return None;
    }
    Some(text.to_owned())
}

fn variable(cx: &Context, field: Field<'_>) -> Option<Variable> {
    let mapping = Mapping::open(cx, field, &VARIABLE)?;
    let text = |key| mapping.required(key).and_then(|field| value::text(cx, field));
    let (label, instrument) = (text("label"), text("instrument"));
    Some(Variable { label: label?, instrument: instrument? })
}

fn row(cx: &Context, field: Field<'_>) -> Option<Row> {
    let mapping = Mapping::open(cx, field, &ROW)?;
    let title = mapping.required("title").and_then(|field| field.text(cx));
    let collapsed = mapping.bool("collapsed", false);
    mapping.required("panels");
    let panels = each(&mapping, "panels", "panel", panel);
    Some(Row { title: title?.to_owned(), collapsed, panels })
}

fn panel(cx: &Context, field: Field<'_>) -> Option<Panel> {
    let mapping = Mapping::open(cx, field, &PANEL)?;
    let title = mapping.required("title").and_then(|field| value::text(cx, field));
    let kind = mapping.required("kind").and_then(|field| field.word(cx, &KINDS));
    mapping.required("queries");
    let width = mapping.integer("width", 1..=24).and_then(|width| u8::try_from(width).ok());
    let panel = Panel {
        title: title.clone()?,
        description: mapping.text("description").unwrap_or_default(),
        kind: kind?,
        unit: mapping.field("unit").and_then(|field| value::text(cx, field)),
        queries: each(&mapping, "queries", "query", panel_query),
        thresholds: thresholds(&mapping),
        mappings: each(&mapping, "mappings", "mapping", text_for),
        width,
    };
    Some(panel)
}

fn panel_query(cx: &Context, field: Field<'_>) -> Option<(Query, Option<String>)> {
    let mapping = Mapping::open(cx, field, &PANEL_QUERY)?;
    let legend = mapping.text("legend");
    let asked = PANEL_QUERY.groups.first().and_then(|group| mapping.one_of(group));
    let (key, field) = asked?;
    Some((query(cx, key, field)?, legend))
}

/// Colours from values on: the first is the base, the others rise.
fn thresholds(panel: &Mapping<'_, '_>) -> Vec<(Option<f64>, String)> {
    let cx = panel.cx;
    let mut found: Vec<(Option<f64>, String)> = Vec::new();
    let Some((field, items)) = panel.items("thresholds") else { return found };
    for (index, node) in items.iter().enumerate() {
        let item = Field { key: "threshold", ..field.item(node) };
        let Some(mapping) = Mapping::open(cx, item, &THRESHOLD) else { continue };
        let color = mapping.required("color").and_then(|field| field.text(cx));
        let at = mapping.field("at");
        let value = at.and_then(|at| value::number(cx, at)).map(|number| number.value);
        match at {
            Some(at) if index == 0 => {
                let help = "begin with the colour below all others, without `at`".to_owned();
                cx.error(at.key_place, "the first threshold is the base and has no `at`", Some(help));
            }
            None if index > 0 => {
                let help = Some("add `at`: the value from which on the colour holds".to_owned());
                cx.error(mapping.place, "only the first threshold is without `at`", help);
            }
            Some(at)
                if value.is_some_and(|value| found.iter().filter_map(|(last, _)| *last).any(|last| last >= value)) =>
            {
                cx.error(at.place(), "thresholds must rise", Some("sort them".to_owned()));
            }
            _ => {}
        }
        found.extend(color.map(|color| (value, color.to_owned())));
    }
    found
}

fn text_for(cx: &Context, field: Field<'_>) -> Option<(f64, String, Option<String>)> {
    let mapping = Mapping::open(cx, field, &MAPPING)?;
    let value = mapping.required("value").and_then(|field| value::number(cx, field));
    let text = mapping.required("text").and_then(|field| field.text(cx));
    let color = mapping.text("color");
    Some((value?.value, text?.to_owned(), color))
}
