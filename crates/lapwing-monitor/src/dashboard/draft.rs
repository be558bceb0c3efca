//! A panel before it has a place and an id: what it shows, said in the words of this crate.

use lapwing_config::monitoring::PanelKind;
use serde_json::{Value, json};

use super::{
    appearance,
    grafana::{FieldConfig, FieldDefaults, GridPos, Link, PROMETHEUS, Panel, Step, Target, Thresholds},
};

/// A query of a panel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) expression: String,
    pub(super) legend: String,
    /// Whether traces of single events are asked for beside it.
    pub(super) exemplar: bool,
}

impl Ask {
    pub(super) fn new(expression: impl Into<String>, legend: impl Into<String>) -> Ask {
        Ask { expression: expression.into(), legend: legend.into(), exemplar: false }
    }

    pub(super) fn with_exemplars(self) -> Ask {
        Ask { exemplar: true, ..self }
    }
}

/// A panel to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) kind: PanelKind,
    pub(super) unit: String,
    pub(super) asks: Vec<Ask>,
    pub(super) thresholds: Vec<Step>,
    pub(super) mappings: Vec<Value>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) range: (Option<f64>, Option<f64>),
    pub(super) no_value: String,
    pub(super) links: Vec<Link>,
    pub(super) transformations: Vec<Value>,
    pub(super) may_be_empty: bool,
}

impl Draft {
    pub(super) fn new(kind: PanelKind, title: impl Into<String>, description: impl Into<String>) -> Draft {
        Draft {
            title: title.into(),
            description: description.into(),
            kind,
            unit: "short".to_owned(),
            asks: Vec::new(),
            thresholds: Vec::new(),
            mappings: Vec::new(),
            width: 8,
            height: 8,
            range: (None, None),
            no_value: "no data".to_owned(),
            links: Vec::new(),
            transformations: Vec::new(),
            may_be_empty: false,
        }
    }

    pub(super) fn ask(mut self, ask: Ask) -> Draft {
        self.asks.push(ask);
        self
    }

    pub(super) fn asks(mut self, asks: impl IntoIterator<Item = Ask>) -> Draft {
        self.asks.extend(asks);
        self
    }

    pub(super) fn unit(self, unit: impl Into<String>) -> Draft {
        Draft { unit: unit.into(), ..self }
    }

    pub(super) fn size(self, width: u32, height: u32) -> Draft {
        Draft { width, height, ..self }
    }

    pub(super) fn thresholds(self, base: &str, steps: &[(f64, &str)]) -> Draft {
        Draft { thresholds: thresholds(base, steps), ..self }
    }

    pub(super) fn map(mut self, value: f64, text: &str, color: Option<&str>) -> Draft {
        let mut result = json!({"text": text, "index": self.mappings.len()});
        if let Some(color) = color {
            result["color"] = json!(color);
        }
        self.mappings.push(json!({"type": "value", "options": {value.to_string(): result}}));
        self
    }

    pub(super) fn no_value(self, text: &str) -> Draft {
        Draft { no_value: text.to_owned(), ..self }
    }

    pub(super) fn may_be_empty(self, text: &str) -> Draft {
        Draft { may_be_empty: true, no_value: text.to_owned(), ..self }
    }

    /// The panel, of this id at this place.
    pub(super) fn place(self, id: u32, grid_pos: GridPos) -> Panel {
        let instant = match self.kind {
            PanelKind::TimeSeries | PanelKind::StateTimeline | PanelKind::Heatmap => false,
            // With a threshold on what is now no history is drawn behind it.
            PanelKind::Stat => self.asks.len() > 1 || !self.thresholds.is_empty() || !self.mappings.is_empty(),
            PanelKind::Gauge | PanelKind::BarGauge | PanelKind::PieChart | PanelKind::Table => true,
        };
        let format = match self.kind {
            PanelKind::Heatmap => "heatmap",
            PanelKind::Table => "table",
            _ => "time_series",
        };
        let targets = self.asks.iter().enumerate().map(|(index, ask)| Target {
            ref_id: ref_id(index),
            datasource: PROMETHEUS,
            editor_mode: "code",
            expr: ask.expression.clone(),
            format,
            legend_format: ask.legend.clone(),
            instant,
            range: !instant,
            exemplar: ask.exemplar && !instant,
        });
        let lines = !self.thresholds.is_empty();
        let states = !self.mappings.is_empty();
        let steps = if lines { self.thresholds.clone() } else { thresholds("green", &[]) };
        Panel {
            id,
            r#type: appearance::kind(self.kind),
            options: appearance::options(self.kind, instant, &self.unit),
            datasource: PROMETHEUS,
            grid_pos,
            targets: targets.collect(),
            field_config: FieldConfig {
                defaults: FieldDefaults {
                    color: appearance::color(self.kind, lines),
                    custom: appearance::custom(self.kind, lines, states),
                    min: self.range.0,
                    max: self.range.1,
                    no_value: self.no_value,
                    mappings: self.mappings,
                    thresholds: Thresholds { mode: "absolute", steps },
                    unit: self.unit,
                },
                overrides: [],
            },
            title: self.title,
            description: self.description,
            links: self.links,
            transformations: self.transformations,
            may_be_empty: self.may_be_empty,
        }
    }
}

/// `A` … `Z`, `AA` ….
fn ref_id(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        more => ref_id(more - 1) + &letter.to_string(),
    }
}

/// Steps, rising, over a base.
pub(super) fn thresholds(base: &str, steps: &[(f64, &str)]) -> Vec<Step> {
    let mut all = vec![Step { value: None, color: base.to_owned() }];
    all.extend(steps.iter().map(|&(value, color)| Step { value: Some(value), color: color.to_owned() }));
    all
}
