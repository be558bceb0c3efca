//! The YAML document as a tree that keeps positions: built from parser events, substituted, free of aliases.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::{
    Position,
    cursor::Context,
    scalar::{Resolved, resolve},
    source::{Extent, Place, Source},
    substitution::substitute,
};

/// Deeper nesting is refused: no configuration needs it, and what walks the tree recurses.
const MAX_DEPTH: usize = 64;
/// Nodes after aliases are expanded: a few nested aliases could stand for billions.
const MAX_NODES: usize = 200_000;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) extent: Extent,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// After substitution.
    pub(crate) text: String,
    pub(crate) resolved: Resolved,
    /// Whether it is written in quotes or as a block, which makes it a string.
    pub(crate) quoted: bool,
    /// The text before substitution, if something was substituted.
    pub(crate) written: Option<String>,
    /// A variable that was to be substituted and is not set.
    pub(crate) unset: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.resolved == Resolved::Null)
    }

    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What it is, with its article, for messages. Values are never part of it: they may be secret.
    pub(crate) fn noun(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.resolved.noun(),
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Node::count).sum(),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
        }
    }
}

/// The tree could not be built because the text is no YAML, or none that is served; the finding is in the context.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// A sequence or mapping whose end is still to come.
struct Open {
    anchor: usize,
    start: Span,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: Option<(String, Place)>, seen: HashMap<String, Place> },
}

struct Builder<'a, 'c> {
    source: &'a Source<'a>,
    cx: &'c Context,
    env: &'a dyn Fn(&str) -> Option<String>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
}

/// Builds the tree of the only document in `text`; `None` if there is none.
pub(crate) fn build(
    text: &str,
    source: &Source<'_>,
    env: &dyn Fn(&str) -> Option<String>,
    cx: &Context,
) -> Result<Option<Node>, Unreadable> {
    let mut builder =
        Builder { source, cx, env, open: Vec::new(), anchors: HashMap::new(), nodes: 0, documents: 0, root: None };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let place = source.place(extent(Span::empty(*error.marker())));
                let help = source.line(place.line).contains("${").then(|| {
                    "inside `{…}` and `[…]`, and where a default holds `: ` or ` #`, a substitution needs quotes: \"${NAME}\""
                        .to_owned()
                });
                cx.error(place, format!("this is not YAML: {}", error.info().escape_debug()), help);
                return Err(Unreadable);
            }
        }
    }
    Ok(builder.root)
}

fn extent(span: Span) -> Extent {
    let position = |marker: saphyr_parser::Marker| Position { line: marker.line().max(1), column: marker.col() + 1 };
    Extent { start: position(span.start), end: position(span.end) }
}

impl Builder<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return self.refuse(span, "a second document begins here", "a configuration is one document");
                }
                Ok(())
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = node.clone();
                    self.nodes = self.nodes.saturating_add(node.count());
                    if self.nodes > MAX_NODES || self.open.len() + node.depth() > MAX_DEPTH {
                        return self.refuse(span, "aliases make the document too large", "write the values out");
                    }
                    self.place_node(node, 0)
                }
                None => self.refuse(span, "this alias stands inside its own anchor", "write the values out"),
            },
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), span),
            Event::SequenceStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", span)?;
                self.begin(anchor, span, Content::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", span)?;
                let content = Content::Mapping { entries: Vec::new(), key: None, seen: HashMap::new() };
                self.begin(anchor, span, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
        }
    }

    fn collection_tag(&self, tag: Option<&Tag>, core: &str, span: Span) -> Result<(), Unreadable> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == core) => {
                self.refuse(span, "unknown tag", "leave the tag out: only YAML's core types are known")
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, span: Span, message: &str, help: &str) -> Result<(), Unreadable> {
        self.cx.error(self.source.place(extent(span)), message, Some(help.to_owned()));
        Err(Unreadable)
    }

    fn begin(&mut self, anchor: usize, start: Span, content: Content) -> Result<(), Unreadable> {
        if self.expects_key() {
            return self.refuse(start, "a key must be a plain word", "lists and mappings cannot be keys");
        }
        if self.open.len() >= MAX_DEPTH {
            return self.refuse(start, "this is nested too deeply", "64 levels are the most");
        }
        self.open.push(Open { anchor, start, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Unreadable> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, .. } => Value::Mapping(entries),
        };
        let first = match &value {
            Value::Mapping(entries) => entries.first().map(|entry| entry.key_place),
            Value::Sequence(items) => items.first().map(|item| item.place),
            Value::Scalar(_) => None,
        };
        let extent = extent(Span::new(open.start.start, span.end));
        // A block collection starts where its first key or item does; the parser's own mark is the indicator.
        let place = match first {
            Some(first) if open.start.is_empty() => first,
            _ => Place { width: 1, ..self.source.place(extent) },
        };
        self.place_node(Node { place, extent, value }, open.anchor)
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: None, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Unreadable> {
        let extent = extent(span);
        let place = self.source.place(extent);
        if self.expects_key() {
            return self.key(text, style, place, span);
        }
        let (text, written, unset) = match substitute(text, self.env) {
            Ok(result) => (result.text, result.replaced.then(|| text.to_owned()), result.unset),
            Err(bad) => {
                for reference in bad {
                    let place = self.find(&reference.reference, place);
                    self.cx.error(place, reference.message, Some(reference.help));
                }
                (String::new(), Some(text.to_owned()), None)
            }
        };
        let plain = style == ScalarStyle::Plain;
        let resolved = match tag {
            None if plain => resolve(&text),
            None => Resolved::Str,
            Some(tag) if tag.handle == "!" && tag.suffix.is_empty() => Resolved::Str,
            Some(tag) if tag.is_yaml_core_schema() => match (tag.suffix.as_str(), resolve(&text)) {
                ("str", _) => Resolved::Str,
                ("null", _) => Resolved::Null,
                ("int", value @ Resolved::Int(_)) | ("bool", value @ Resolved::Bool(_)) => value,
                ("float", value @ Resolved::Float(_)) => value,
                ("float", Resolved::Int(value)) => Resolved::Float(value as f64),
                _ => return self.refuse(span, "the tag does not fit the value", "leave the tag out"),
            },
            Some(_) => return self.refuse(span, "unknown tag", "leave the tag out: only YAML's core types are known"),
        };
        if let Some(written) = &written {
            self.cx.remember(&text, written);
        }
        self.nodes += 1;
        self.place_node(
            Node { place, extent, value: Value::Scalar(Scalar { text, resolved, quoted: !plain, written, unset }) },
            anchor,
        )
    }

    fn key(&mut self, text: &str, style: ScalarStyle, place: Place, span: Span) -> Result<(), Unreadable> {
        if text == "<<" && style == ScalarStyle::Plain {
            return self.refuse(span, "merge keys (`<<`) are not part of YAML 1.2", "write the keys out");
        }
        let Some(Open { content: Content::Mapping { key, seen, .. }, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        if let Some(first) = seen.get(text) {
            let message = format!("duplicate key {}", quote(text));
            let help = format!("it is first given on line {}: keep one", first.line);
            self.cx.error(place, message, Some(help));
        } else {
            seen.insert(text.to_owned(), place);
        }
        *key = Some((text.to_owned(), place));
        Ok(())
    }

    fn place_node(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { entries, key, .. }) => match key.take() {
                Some((key, key_place)) => {
                    // Of a duplicate, which is an error already, the first stays.
                    if !entries.iter().any(|entry| entry.key == key) {
                        entries.push(Entry { key, key_place, value: node });
                    }
                }
                None => {
                    let message = "a key must be a plain word";
                    self.cx.error(node.place, message, Some("an alias cannot be a key".to_owned()));
                    return Err(Unreadable);
                }
            },
        }
        Ok(())
    }

    /// Where `reference` stands on the scalar's first line; the scalar itself if it is not there as written.
    fn find(&self, reference: &str, scalar: Place) -> Place {
        let line = self.source.line(scalar.line);
        let from = line.char_indices().nth(scalar.column - 1).map_or(line.len(), |(index, _)| index);
        match line[from..].find(reference) {
            Some(offset) => Place {
                line: scalar.line,
                column: scalar.column + line[from..from + offset].chars().count(),
                width: reference.chars().count(),
            },
            None => scalar,
        }
    }
}

/// `text` in backticks, fit for a message: one line, without control characters, not endless.
pub(crate) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
