//! Dashboards of Grafana.

use std::{ops::Range, sync::Arc};

use lapwing_document::Node;
use lapwing_promql::Dialect;

use super::rule_group::text;
use crate::{Frame, Query, Spot, Text, kind};

/// A dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// `title`.
    pub title: Option<Text>,
    /// `uid`.
    pub uid: Option<Text>,
    /// `description`.
    pub description: Option<Text>,
    /// All panels, those in rows too; rows themselves are not among them.
    pub panels: Vec<Panel>,
    /// `templating.list`.
    pub variables: Vec<Variable>,
    /// The panels by their places: of the dashboard, and of each row with its own.
    pub grids: Vec<Vec<Cell>>,
    /// All of it, for what has no field here; of an object of Grafana's API its `spec`.
    pub node: Node,
    /// The way from places of `node` to the file.
    pub frame: Arc<Frame>,
}

/// A panel.
#[derive(Clone, Debug)]
pub struct Panel {
    /// `id`.
    pub id: Option<Text>,
    /// `title`.
    pub title: Option<Text>,
    /// `type`.
    pub kind: Option<Text>,
    /// `description`.
    pub description: Option<Text>,
    /// `datasource`.
    pub datasource: Option<Datasource>,
    /// `targets`.
    pub targets: Vec<Target>,
    /// Where `options` and `fieldConfig` are.
    pub settings: Node,
    /// All of it.
    pub node: Node,
    /// Where it begins.
    pub spot: Spot,
}

/// The place of a panel on Grafana's grid of 24 columns.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Its left column.
    pub x: i64,
    /// Its top line.
    pub y: i64,
    /// The column right of it.
    pub right: i64,
    /// The line below it.
    pub bottom: i64,
    /// Where that is said.
    pub spot: Spot,
}

/// A query of a panel.
#[derive(Clone, Debug)]
pub struct Target {
    /// `refId`.
    pub ref_id: Option<Text>,
    /// `expr`, if it is for Prometheus.
    pub expr: Option<Query>,
    /// `legendFormat`.
    pub legend: Option<Text>,
    /// `datasource`.
    pub datasource: Option<Datasource>,
    /// All of it.
    pub node: Node,
}

/// A reference to a data source.
#[derive(Clone, Debug)]
pub struct Datasource {
    /// `type`, such as `prometheus`; old dashboards give none.
    pub kind: Option<Text>,
    /// `uid`, or the name in old dashboards.
    pub uid: Option<Text>,
    /// Where it is.
    pub spot: Spot,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// `name`.
    pub name: Option<Text>,
    /// `type`, such as `query`, `datasource`, `custom`, `interval`.
    pub kind: Option<Text>,
    /// `query`, as text.
    pub query: Option<Text>,
    /// The series or the query that its values come from: of `label_values(up, job)` it is `up`.
    pub selector: Option<Query>,
    /// The label whose values it has: of `label_values(up, job)` it is `job`.
    pub label: Option<String>,
    /// `datasource`.
    pub datasource: Option<Datasource>,
    /// All of it.
    pub node: Node,
}

impl Dashboard {
    /// Reads one that has panels.
    pub(super) fn read(frame: &Arc<Frame>, root: &Node) -> Dashboard {
        let node = kind::dashboard(root);
        let of_object = || text(frame, root.get("metadata")?, "name");
        let mut grids = Vec::new();
        self::grids(frame, node, &mut grids);
        let mut panels = Vec::new();
        // Before schema 16 panels stood in `rows`.
        for row in node.get("rows").map(Node::items).unwrap_or_default() {
            flatten(frame, row, &mut panels);
        }
        flatten(frame, node, &mut panels);
        let variables = node.at(&["templating", "list"]).map(Node::items).unwrap_or_default();
        Dashboard {
            title: text(frame, node, "title"),
            uid: text(frame, node, "uid").or_else(of_object),
            description: text(frame, node, "description"),
            panels,
            grids,
            variables: variables.iter().map(|variable| Variable::read(frame, variable)).collect(),
            node: node.clone(),
            frame: frame.clone(),
        }
    }
}

fn flatten(frame: &Arc<Frame>, parent: &Node, panels: &mut Vec<Panel>) {
    for node in parent.get("panels").map(Node::items).unwrap_or_default() {
        if node.get("type").and_then(Node::as_str) != Some("row") {
            panels.push(Panel::read(frame, node));
        }
        flatten(frame, node, panels);
    }
}

impl Dashboard {
    /// Whether it is of the newer schema, in which a layout arranges elements.
    pub(crate) fn has_elements(&self) -> bool {
        has_elements(&self.node)
    }
}

/// Whether a dashboard's node has elements, not panels.
pub(super) fn has_elements(node: &Node) -> bool {
    node.get("elements").is_some() && node.get("panels").is_none()
}

/// Up to the first that repeats: what comes behind it is arranged when the values are known.
fn grids(frame: &Frame, parent: &Node, found: &mut Vec<Vec<Cell>>) {
    let panels = parent.get("panels").map(Node::items).unwrap_or_default();
    panels.iter().for_each(|panel| grids(frame, panel, found));
    let cells = panels.iter().filter_map(|panel| Some((panel, panel.get("gridPos")?))).map_while(|(panel, place)| {
        let repeats = panel.get("repeat").is_some_and(|repeat| !repeat.is_null());
        (!repeats).then(|| Cell::read(frame, place, ["x", "y", "w", "h"]))
    });
    found.push(cells.flatten().collect());
}

impl Cell {
    /// A place by the keys of left, top, width and height.
    pub(super) fn read(frame: &Frame, node: &Node, keys: [&str; 4]) -> Option<Cell> {
        let [x, y, width, height] = keys.map(|key| node.get(key).and_then(Node::as_i64));
        let (x, y) = (x?, y?);
        Some(Cell { x, y, right: x.saturating_add(width?), bottom: y.saturating_add(height?), spot: frame.at(node) })
    }
}

impl Panel {
    fn read(frame: &Arc<Frame>, node: &Node) -> Panel {
        let datasource = Datasource::read(frame, node);
        let targets = node.get("targets").map(Node::items).unwrap_or_default();
        Panel {
            id: text(frame, node, "id"),
            title: text(frame, node, "title"),
            kind: text(frame, node, "type"),
            description: text(frame, node, "description"),
            targets: targets.iter().map(|target| Target::read(frame, target, datasource.as_ref())).collect(),
            datasource,
            settings: node.clone(),
            node: node.clone(),
            spot: frame.at(node),
        }
    }
}

impl Target {
    fn read(frame: &Arc<Frame>, node: &Node, of_panel: Option<&Datasource>) -> Target {
        let datasource = Datasource::read(frame, node);
        let asks = datasource.as_ref().filter(|datasource| datasource.kind.is_some()).or(of_panel);
        let prometheus = asks.is_none_or(Datasource::may_be_prometheus);
        let expr = text(frame, node, "expr").filter(|expr| prometheus && !expr.trim().is_empty());
        Target {
            ref_id: text(frame, node, "refId"),
            expr: expr.map(Query::panel),
            legend: text(frame, node, "legendFormat"),
            datasource,
            node: node.clone(),
        }
    }
}

impl Datasource {
    fn read(frame: &Arc<Frame>, parent: &Node) -> Option<Datasource> {
        let node = parent.get("datasource").filter(|node| !node.is_null())?;
        let (kind, uid) = match frame.text(node) {
            Some(name) => (None, Some(name)),
            None => (text(frame, node, "type"), text(frame, node, "uid")),
        };
        Some(Datasource { kind, uid, spot: frame.at(node) })
    }

    /// Whether PromQL may be asked of it: where it gives no type, it may.
    pub fn may_be_prometheus(&self) -> bool {
        self.kind.as_ref().is_none_or(|kind| {
            let kind = kind.to_lowercase();
            kind.contains("prometheus")
                || kind == "datasource"
                || kind.contains("victoriametrics")
                || kind.contains('$')
        })
    }
}

impl Variable {
    fn read(frame: &Arc<Frame>, node: &Node) -> Variable {
        let kind = text(frame, node, "type");
        let query = node.get("query");
        let query = query.and_then(|query| frame.text(query.get("query").unwrap_or(query)));
        Variable::new(text(frame, node, "name"), kind, query, Datasource::read(frame, node), node)
    }

    pub(super) fn new(
        name: Option<Text>,
        kind: Option<Text>,
        query: Option<Text>,
        datasource: Option<Datasource>,
        node: &Node,
    ) -> Variable {
        let asks = kind.as_ref().is_some_and(|kind| kind.value == "query")
            && datasource.as_ref().is_none_or(Datasource::may_be_prometheus);
        let (selector, label) = query.as_ref().filter(|_| asks).map(source).unwrap_or_default();
        Variable { name, kind, query, selector, label, datasource, node: node.clone() }
    }
}

/// What a variable's query asks of Prometheus, and the label whose values it takes.
fn source(query: &Text) -> (Option<Query>, Option<String>) {
    let arguments = |function: &str| -> Option<Range<usize>> {
        let start = query.len() - query.trim_start().len() + function.len();
        let rest = query.trim_start().strip_prefix(function)?.trim_start().strip_prefix('(')?;
        let open = start + query[start..].find('(')? + 1;
        Some(open..open + rest.rfind(')')?)
    };
    let asked = |range: Range<usize>| {
        let part = &query[range.clone()];
        let start = range.start + (part.len() - part.trim_start().len());
        let trimmed = start..start + part.trim().len();
        (!trimmed.is_empty()).then(|| Query::part(query.clone(), trimmed, Dialect::Grafana))
    };
    if let Some(range) = arguments("query_result") {
        return (asked(range), None);
    }
    let Some(range) = arguments("label_values") else { return (None, None) };
    let inside = &query[range.clone()];
    match inside.rfind(',').filter(|comma| !inside[*comma..].contains(['}', ')', '"'])) {
        Some(comma) => (asked(range.start..range.start + comma), Some(inside[comma + 1..].trim().to_owned())),
        None => (None, Some(inside.trim().to_owned())),
    }
}
