//! Dashboards as Grafana has them since version 12: elements, and a layout that arranges them.

use std::sync::Arc;

use lapwing_document::Node;

use super::{Cell, Dashboard, Datasource, Panel, Target, Variable, dashboard::has_elements, rule_group::text};
use crate::{Frame, Query, kind};

/// Reads one that has elements; none of another.
pub(super) fn read(frame: &Arc<Frame>, root: &Node) -> Option<Dashboard> {
    let node = kind::dashboard(root);
    if !has_elements(node) {
        return None;
    }
    let elements = node.get("elements").map(Node::entries).unwrap_or_default();
    let mut arranged = Arranged::default();
    if let Some(layout) = node.get("layout") {
        arranged.read(frame, layout);
    }
    let variables = node.get("variables").map(Node::items).unwrap_or_default();
    let variables = variables.iter().chain(arranged.variables);
    Some(Dashboard {
        title: text(frame, node, "title"),
        uid: root.get("metadata").and_then(|metadata| text(frame, metadata, "name")),
        description: text(frame, node, "description"),
        panels: elements.iter().map(|element| panel(frame, &element.value)).collect(),
        variables: variables.map(|variable| self::variable(frame, variable)).collect(),
        grids: arranged.grids,
        node: node.clone(),
        frame: frame.clone(),
    })
}

/// What the layout holds at any depth.
#[derive(Default)]
struct Arranged<'n> {
    grids: Vec<Vec<Cell>>,
    /// Variables of rows and tabs.
    variables: Vec<&'n Node>,
}

impl<'n> Arranged<'n> {
    fn read(&mut self, frame: &Frame, layout: &'n Node) {
        let Some(spec) = layout.get("spec") else { return };
        let cells = spec.get("items").map(Node::items).unwrap_or_default().iter();
        let cells = cells.filter_map(|item| item.get("spec")).map_while(|item| {
            let repeats = item.get("repeat").is_some_and(|repeat| !repeat.is_null());
            (!repeats).then(|| Cell::read(frame, item, ["x", "y", "width", "height"]))
        });
        self.grids.push(cells.flatten().collect());
        for part in ["rows", "tabs"].into_iter().flat_map(|key| spec.get(key).map(Node::items).unwrap_or_default()) {
            let Some(part) = part.get("spec") else { continue };
            self.variables.extend(part.get("variables").map(Node::items).unwrap_or_default());
            if let Some(layout) = part.get("layout") {
                self.read(frame, layout);
            }
        }
    }
}

fn panel(frame: &Arc<Frame>, element: &Node) -> Panel {
    let spec = element.get("spec").unwrap_or(element);
    // The plugin is the group since `v2beta1`, before it was the kind.
    let visual = spec.get("vizConfig");
    let kind = visual.and_then(|visual| text(frame, visual, "group").or_else(|| text(frame, visual, "kind")));
    let queries = spec.at(&["data", "spec", "queries"]).map(Node::items).unwrap_or_default();
    Panel {
        id: text(frame, spec, "id"),
        title: text(frame, spec, "title"),
        kind,
        description: text(frame, spec, "description"),
        datasource: None,
        targets: queries.iter().filter_map(|query| target(frame, query.get("spec")?)).collect(),
        settings: visual.and_then(|visual| visual.get("spec")).unwrap_or(spec).clone(),
        node: element.clone(),
        spot: frame.at(element),
    }
}

fn target(frame: &Arc<Frame>, spec: &Node) -> Option<Target> {
    let query = spec.get("query")?;
    let asked = query.get("spec").unwrap_or(query);
    let datasource = datasource(frame, spec, query);
    let expr = text(frame, asked, "expr").filter(|expr| datasource.may_be_prometheus() && !expr.trim().is_empty());
    Some(Target {
        ref_id: text(frame, spec, "refId"),
        expr: expr.map(Query::panel),
        legend: text(frame, asked, "legendFormat"),
        datasource: Some(datasource),
        node: asked.clone(),
    })
}

/// What a query asks: since `v2beta1` the query itself says it, before its parent did and its kind was the type.
fn datasource(frame: &Arc<Frame>, parent: &Node, query: &Node) -> Datasource {
    let group = text(frame, query, "group");
    let before = parent.get("datasource");
    let kind =
        group.or_else(|| before.and_then(|node| text(frame, node, "type"))).or_else(|| text(frame, query, "kind"));
    let name = query.get("datasource").and_then(|node| text(frame, node, "name"));
    let uid = name.or_else(|| before.and_then(|node| text(frame, node, "uid")));
    Datasource { kind, uid, spot: frame.at(query) }
}

/// The types of variables, as they are called here and elsewhere.
const VARIABLES: [(&str, &str); 9] = [
    ("QueryVariable", "query"),
    ("TextVariable", "textbox"),
    ("ConstantVariable", "constant"),
    ("DatasourceVariable", "datasource"),
    ("IntervalVariable", "interval"),
    ("CustomVariable", "custom"),
    ("GroupByVariable", "groupby"),
    ("AdhocVariable", "adhoc"),
    ("SwitchVariable", "switch"),
];

fn variable(frame: &Arc<Frame>, node: &Node) -> Variable {
    let spec = node.get("spec").unwrap_or(node);
    let kind = text(frame, node, "kind").map(|mut kind| {
        if let Some((_, known)) = VARIABLES.iter().find(|(written, _)| *written == kind.value) {
            kind.value = (*known).to_owned();
        }
        kind
    });
    let asks = kind.as_ref().is_some_and(|kind| kind.value == "query");
    let asked = spec.get("query").filter(|_| asks);
    let query = match asked.and_then(|query| query.get("spec")) {
        // A query that was a text once is kept as one.
        Some(inner) => text(frame, inner, "query").or_else(|| text(frame, inner, "__legacyStringValue")),
        None => text(frame, spec, "query"),
    };
    let datasource = asked.map(|query| datasource(frame, spec, query));
    Variable::new(text(frame, spec, "name"), kind, query, datasource, node)
}
