//! How each kind of panel looks.

use lapwing_config::monitoring::PanelKind;
use serde_json::{Value, json};

/// Grafana's id of the kind.
pub(super) fn kind(kind: PanelKind) -> &'static str {
    match kind {
        PanelKind::TimeSeries => "timeseries",
        PanelKind::Stat => "stat",
        PanelKind::Gauge => "gauge",
        PanelKind::BarGauge => "bargauge",
        PanelKind::StateTimeline => "state-timeline",
        PanelKind::PieChart => "piechart",
        PanelKind::Heatmap => "heatmap",
        PanelKind::Table => "table",
    }
}

pub(super) fn options(kind: PanelKind, instant: bool, unit: &str) -> Value {
    let reduce = json!({"calcs": ["lastNotNull"], "fields": "", "values": false});
    match kind {
        PanelKind::TimeSeries => json!({
            "legend": {"displayMode": "table", "placement": "bottom", "showLegend": true, "calcs": ["lastNotNull", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }),
        PanelKind::Stat => json!({
            "colorMode": "value",
            "graphMode": if instant { "none" } else { "area" },
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": reduce,
            "showPercentChange": false,
            "textMode": "auto",
            "wideLayout": true,
        }),
        PanelKind::Gauge => json!({
            "minVizHeight": 75,
            "minVizWidth": 75,
            "orientation": "auto",
            "reduceOptions": reduce,
            "showThresholdLabels": false,
            "showThresholdMarkers": true,
            "sizing": "auto",
        }),
        PanelKind::BarGauge => json!({
            "displayMode": "gradient",
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": false},
            "maxVizHeight": 300,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": "horizontal",
            "reduceOptions": reduce,
            "showUnfilled": true,
            "sizing": "auto",
            "valueMode": "color",
        }),
        PanelKind::StateTimeline => json!({
            "alignValue": "left",
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": false},
            "mergeValues": true,
            "rowHeight": 0.8,
            "showValue": "auto",
            "tooltip": {"mode": "single", "sort": "none"},
        }),
        PanelKind::PieChart => json!({
            "legend": {
                "calcs": [], "displayMode": "table", "placement": "right", "showLegend": true, "values": ["value", "percent"],
            },
            "orientation": "auto",
            "pieType": "donut",
            "reduceOptions": reduce,
            "tooltip": {"mode": "single", "sort": "none"},
        }),
        PanelKind::Heatmap => json!({
            "calculate": false,
            "cellGap": 1,
            "cellValues": {"unit": "ops"},
            "color": {
                "exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": false, "scale": "exponential",
                "scheme": "Oranges", "steps": 64,
            },
            "exemplars": {"color": "rgba(31, 120, 193, 0.9)"},
            // Cells without events stay empty.
            "filterValues": {"le": 1e-9},
            "legend": {"show": true},
            "rowsFrame": {"layout": "auto"},
            "showValue": "never",
            "tooltip": {"mode": "single", "showColorScale": true, "yHistogram": true},
            "yAxis": {"axisPlacement": "left", "reverse": false, "unit": unit},
        }),
        PanelKind::Table => json!({"cellHeight": "sm", "frameIndex": 0, "showHeader": true}),
    }
}

/// `fieldConfig.defaults.custom`; `lines`: thresholds are drawn; `states`: values are states with names, which nothing lies between.
pub(super) fn custom(kind: PanelKind, lines: bool, states: bool) -> Value {
    match kind {
        PanelKind::TimeSeries => json!({
            "axisSoftMin": 0,
            "drawStyle": "line",
            "fillOpacity": if states { 30 } else { 8 },
            "gradientMode": "opacity",
            "lineInterpolation": if states { "stepAfter" } else { "linear" },
            "lineWidth": 1,
            "showPoints": "auto",
            "spanNulls": false,
            "stacking": {"group": "A", "mode": "none"},
            "thresholdsStyle": {"mode": if lines { "dashed" } else { "off" }},
        }),
        PanelKind::StateTimeline => json!({"fillOpacity": 80, "lineWidth": 0, "spanNulls": false}),
        PanelKind::Heatmap => json!({"scaleDistribution": {"type": "linear"}}),
        PanelKind::Table => json!({"align": "auto", "inspect": false}),
        PanelKind::PieChart | PanelKind::Stat | PanelKind::Gauge | PanelKind::BarGauge => json!({}),
    }
}

pub(super) fn color(kind: PanelKind, lines: bool) -> Value {
    match kind {
        PanelKind::TimeSeries | PanelKind::PieChart => json!({"mode": "palette-classic"}),
        PanelKind::Stat if !lines => json!({"mode": "fixed", "fixedColor": "blue"}),
        _ => json!({"mode": "thresholds"}),
    }
}
