//! Where alerts go.

use std::sync::Arc;

use lapwing_document::{Node, Value};

use super::rule_group::text;
use crate::{Frame, Spot, Text, Timing};

/// The configuration of Alertmanager, or an AlertmanagerConfig object; keys are as in the former.
#[derive(Clone, Debug)]
pub struct AlertmanagerConfig {
    /// The root of the tree of routes.
    pub route: Option<Route>,
    /// `receivers`.
    pub receivers: Vec<Receiver>,
    /// `inhibit_rules`.
    pub inhibitions: Vec<Inhibition>,
    /// The namespace, of an AlertmanagerConfig object.
    pub namespace: Option<String>,
    /// Whether it is an AlertmanagerConfig object.
    pub object: bool,
    /// All of it (of an object its `spec`), for what has no field here.
    pub node: Node,
    /// The way from places of `node` to the file.
    pub frame: Arc<Frame>,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// `receiver`; without one it is the parent's.
    pub receiver: Option<Text>,
    /// `group_by`.
    pub group_by: Vec<Text>,
    /// `matchers`, `match` and `match_re`: all have to match.
    pub matchers: Vec<LabelMatcher>,
    /// Matchers that can't be read.
    pub wrong_matchers: Vec<Text>,
    /// `continue`.
    pub goes_on: bool,
    /// `group_wait`.
    pub group_wait: Option<Timing>,
    /// `group_interval`.
    pub group_interval: Option<Timing>,
    /// `repeat_interval`.
    pub repeat_interval: Option<Timing>,
    /// The routes below, of which the first that matches takes an alert.
    pub routes: Vec<Route>,
    /// Where it begins.
    pub spot: Spot,
    /// All of it.
    pub node: Node,
}

/// A receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// `name`.
    pub name: Option<Text>,
    /// The channels: the key such as `slack_configs` (also where the object says `slackConfigs`), and the settings.
    pub channels: Vec<(String, Node)>,
    /// Where it begins.
    pub spot: Spot,
    /// All of it.
    pub node: Node,
}

/// An inhibition: alerts that match `source` silence those that match `target`.
#[derive(Clone, Debug)]
pub struct Inhibition {
    /// What silences.
    pub source: Vec<LabelMatcher>,
    /// What is silenced.
    pub target: Vec<LabelMatcher>,
    /// Matchers that can't be read.
    pub wrong_matchers: Vec<Text>,
    /// Labels that must be the same on both.
    pub equal: Vec<Text>,
    /// Where it begins.
    pub spot: Spot,
}

/// A condition on a label of an alert.
#[derive(Clone, Debug)]
pub struct LabelMatcher {
    /// The label.
    pub label: String,
    /// How it compares.
    pub op: LabelOp,
    /// With what.
    pub value: String,
    /// Where it stands.
    pub spot: Spot,
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl AlertmanagerConfig {
    pub(crate) fn read(frame: &Arc<Frame>, node: &Node, object: bool, namespace: Option<&str>) -> AlertmanagerConfig {
        let items = |key: &str| either(node, key).map(Node::items).unwrap_or_default();
        AlertmanagerConfig {
            route: node.get("route").filter(|route| !route.entries().is_empty()).map(|route| Route::read(frame, route)),
            receivers: items("receivers").iter().map(|receiver| Receiver::read(frame, receiver)).collect(),
            inhibitions: items("inhibit_rules").iter().map(|rule| Inhibition::read(frame, rule)).collect(),
            namespace: namespace.map(str::to_owned),
            object,
            node: node.clone(),
            frame: frame.clone(),
        }
    }

    /// All routes, each before those below it.
    pub fn routes(&self) -> Vec<&Route> {
        fn collect<'r>(route: &'r Route, all: &mut Vec<&'r Route>) {
            all.push(route);
            route.routes.iter().for_each(|route| collect(route, all));
        }
        let mut all = Vec::new();
        if let Some(route) = &self.route {
            collect(route, &mut all);
        }
        all
    }
}

impl Route {
    fn read(frame: &Arc<Frame>, node: &Node) -> Route {
        let mut matchers = Matchers::default();
        matchers.read(frame, node, "");
        let timing = |key: &str| either(node, key).and_then(|node| frame.text(node)).map(Timing::new);
        let routes = node.get("routes").map(Node::items).unwrap_or_default();
        Route {
            receiver: text(frame, node, "receiver"),
            group_by: texts(frame, either(node, "group_by")),
            matchers: matchers.good,
            wrong_matchers: matchers.wrong,
            goes_on: node.get("continue").and_then(Node::as_bool).unwrap_or(false),
            group_wait: timing("group_wait"),
            group_interval: timing("group_interval"),
            repeat_interval: timing("repeat_interval"),
            routes: routes.iter().map(|route| Route::read(frame, route)).collect(),
            spot: frame.at(node),
            node: node.clone(),
        }
    }
}

impl Receiver {
    fn read(frame: &Arc<Frame>, node: &Node) -> Receiver {
        let mut channels = Vec::new();
        for entry in node.entries() {
            let key = snake(&entry.key);
            if key.ends_with("_configs") {
                channels.extend(entry.value.items().iter().map(|settings| (key.clone(), settings.clone())));
            }
        }
        Receiver { name: text(frame, node, "name"), channels, spot: frame.at(node), node: node.clone() }
    }
}

impl Inhibition {
    fn read(frame: &Arc<Frame>, node: &Node) -> Inhibition {
        let (mut source, mut target) = (Matchers::default(), Matchers::default());
        source.read(frame, node, "source_");
        target.read(frame, node, "target_");
        source.wrong.append(&mut target.wrong);
        Inhibition {
            source: source.good,
            target: target.good,
            wrong_matchers: source.wrong,
            equal: texts(frame, node.get("equal")),
            spot: frame.at(node),
        }
    }
}

#[derive(Default)]
struct Matchers {
    good: Vec<LabelMatcher>,
    wrong: Vec<Text>,
}

impl Matchers {
    fn read(&mut self, frame: &Arc<Frame>, node: &Node, prefix: &str) {
        for (key, op) in [("match", LabelOp::Equal), ("match_re", LabelOp::Regex)] {
            for entry in either(node, &format!("{prefix}{key}")).map(Node::entries).unwrap_or_default() {
                let value = entry.value.as_text().unwrap_or_default().to_owned();
                let spot = frame.spot(entry.key_place);
                self.good.push(LabelMatcher { label: entry.key.clone(), op, value, spot });
            }
        }
        // Old objects have mappings under the key `sourceMatch`; new ones lists as `matchers`.
        for key in ["matchers", "match"] {
            for item in either(node, &format!("{prefix}{key}")).map(Node::items).unwrap_or_default() {
                self.item(frame, item);
            }
        }
    }

    fn item(&mut self, frame: &Arc<Frame>, item: &Node) {
        if let Value::Mapping(_) = item.value {
            let field = |key: &str| item.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
            let regex = item.get("regex").and_then(Node::as_bool).unwrap_or(false);
            let op = match field("matchType").as_str() {
                "!=" => LabelOp::NotEqual,
                "=~" => LabelOp::Regex,
                "!~" => LabelOp::NotRegex,
                "" if regex => LabelOp::Regex,
                _ => LabelOp::Equal,
            };
            self.good.push(LabelMatcher { label: field("name"), op, value: field("value"), spot: frame.at(item) });
        } else if let Some(written) = frame.text(item) {
            match parse_matchers(&written) {
                Some(parsed) => self.good.extend(parsed.into_iter().map(|(range, label, op, value)| LabelMatcher {
                    label,
                    op,
                    value,
                    spot: written.within(range),
                })),
                None => self.wrong.push(written),
            }
        }
    }
}

type Parsed = (std::ops::Range<usize>, String, LabelOp, String);

/// `severity="critical"`, `a=b`, `{a="b", c=~"d|e"}`; none if Alertmanager would not read it either.
fn parse_matchers(text: &str) -> Option<Vec<Parsed>> {
    let trimmed = text.trim();
    let offset = text.len() - text.trim_start().len();
    let (inner, offset) = match trimmed.strip_prefix('{') {
        Some(rest) => (rest.strip_suffix('}')?, offset + 1),
        None => (trimmed, offset),
    };
    let mut all = Vec::new();
    let mut position = 0;
    while !inner[position..].trim().is_empty() {
        let start = position + (inner[position..].len() - inner[position..].trim_start().len());
        let operator = start + inner[start..].find(['=', '!'])?;
        let label = inner[start..operator].trim();
        let (op, width) = match inner.as_bytes().get(operator..operator + 2) {
            Some(b"=~") => (LabelOp::Regex, 2),
            Some(b"!=") => (LabelOp::NotEqual, 2),
            Some(b"!~") => (LabelOp::NotRegex, 2),
            _ if inner.as_bytes()[operator] == b'=' => (LabelOp::Equal, 1),
            _ => return None,
        };
        let mut rest = operator + width;
        rest += inner[rest..].len() - inner[rest..].trim_start().len();
        let (value, end) = value(&inner[rest..])?;
        let valid = label
            .chars()
            .enumerate()
            .all(|(index, c)| c.is_ascii_alphabetic() || "_:".contains(c) || (index > 0 && c.is_ascii_digit()));
        if label.is_empty() || !valid {
            return None;
        }
        all.push((offset + start..offset + rest + end, label.to_owned(), op, value));
        position = rest + end;
        let behind = inner[position..].trim_start();
        match behind.strip_prefix(',') {
            Some(behind) => position = inner.len() - behind.len(),
            None if behind.is_empty() => break,
            None => return None,
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The value at the start of `text`, quoted or up to the next comma, and how long it is as written.
fn value(text: &str) -> Option<(String, usize)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        let plain = text[..end].trim_end();
        return (!plain.contains('"')).then(|| (plain.to_owned(), plain.len()));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Some((value, offset + 2)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other @ ('"' | '\\') => value.push(other),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

fn texts(frame: &Arc<Frame>, node: Option<&Node>) -> Vec<Text> {
    node.map(Node::items).unwrap_or_default().iter().filter_map(|node| frame.text(node)).collect()
}

/// The value under `key`, also where it is written in camel case.
pub(crate) fn either<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.entries().iter().find(|entry| entry.key == key || snake(&entry.key) == key).map(|entry| &entry.value)
}

pub(super) fn snake(key: &str) -> String {
    key.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Vec<String>> {
        let parsed = parse_matchers(text)?;
        Some(
            parsed
                .into_iter()
                .map(|(range, label, op, value)| format!("{label}{op:?}{value}@{}", &text[range]))
                .collect(),
        )
    }

    #[test]
    fn matchers_are_read_as_alertmanager_reads_them() {
        assert_eq!(parse("severity = critical").unwrap(), ["severityEqualcritical@severity = critical"]);
        assert_eq!(parse(r#"a=~"b|c""#).unwrap(), [r#"aRegexb|c@a=~"b|c""#]);
        assert_eq!(parse(r#"{a="b", c!="d,\"e"}"#).unwrap(), [r#"aEqualb@a="b""#, r#"cNotEquald,"e@c!="d,\"e""#]);
        assert_eq!(parse("a!~").unwrap(), ["aNotRegex@a!~"]);
        for wrong in ["", "severity", "{}", "{a=b", "a\"=b", "a=\"b", "a=\"b\" c=d", "1a=b", "a ! b", "=b", "é!"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn keys_of_objects_are_known_in_camel_case() {
        assert_eq!(
            ["groupBy", "inhibit_rules", "slackConfigs"].map(snake),
            ["group_by", "inhibit_rules", "slack_configs"]
        );
    }
}
