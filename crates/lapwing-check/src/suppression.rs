//! Findings that are allowed, with the reason.

use std::{ops::Range, sync::Arc};

use lapwing_document::{Node, Position, Source};

use crate::{Dashboard, Frame, Spot};

/// Words in a file that speak to this program: most allow a finding.
#[derive(Clone, Debug)]
pub(crate) struct Suppression {
    /// What it allows, as written.
    pub(crate) id: String,
    /// Where that stands.
    pub(crate) id_spot: Spot,
    /// How this program is addressed and the word in place of `allow`, where one is another: then nothing is allowed.
    pub(crate) wrong: Option<[String; 2]>,
    /// Whether it says why.
    pub(crate) has_reason: bool,
    /// Where it stands.
    pub(crate) spot: Spot,
    pub(crate) scope: Scope,
}

/// Of which places.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// All of a file.
    File,
    /// From one place of the file to another.
    Part(Position, Position),
}

impl Suppression {
    /// Whether a rule's findings can be allowed at all.
    pub(crate) fn can_allow(id: &str) -> bool {
        !id.starts_with("suppression/")
    }
}

/// What is behind `lapwing:` in a line: whether it is for the whole file, what it allows, whether it says why, and the
/// bytes it takes; all of them are the id's where there is none.
struct Words {
    whole: bool,
    wrong: Option<[String; 2]>,
    id: String,
    has_reason: bool,
    bytes: Range<usize>,
    id_bytes: Range<usize>,
}

impl Words {
    /// As they stand in a file; `spot` tells where their bytes are.
    fn standing(self, spot: impl Fn(Range<usize>) -> Spot, scope: Scope) -> Suppression {
        Suppression {
            id: self.id,
            id_spot: spot(self.id_bytes),
            wrong: self.wrong,
            has_reason: self.has_reason,
            spot: spot(self.bytes),
            scope,
        }
    }
}

/// How this program is addressed.
const ADDRESS: &str = "lapwing:";

/// All words of suppression in `text`, at most one a line.
fn words(text: &str) -> Vec<Words> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if let Some(at) = line.to_ascii_lowercase().find(ADDRESS) {
            let behind = line[at + ADDRESS.len()..].trim_start();
            let end = behind.find("-->").unwrap_or(behind.len());
            let mut parts = behind[..end].split_whitespace();
            let word = parts.next().unwrap_or_default();
            let id = parts.next().unwrap_or_default().to_owned();
            let whole = match word {
                "allow" => Some(false),
                "allow-file" => Some(true),
                _ => None,
            };
            let exact = whole.is_some() && line[at..].starts_with(ADDRESS);
            let length = (line.len() - behind.len()) - at + behind[..end].trim_end().len();
            let bytes = start + at..start + at + length;
            let id_at = behind.len() - behind[behind.find(char::is_whitespace).unwrap_or(0)..].trim_start().len();
            let id_start = start + (line.len() - behind.len()) + id_at;
            let id_bytes = if id.is_empty() { bytes.clone() } else { id_start..id_start + id.len() };
            let wrong = (!exact).then(|| [&line[at..at + ADDRESS.len()], word].map(str::to_owned));
            let has_reason = parts.next().is_some();
            found.push(Words { whole: whole == Some(true), wrong, id, has_reason, bytes, id_bytes });
        }
        start += line.len();
    }
    found
}

/// Those in comments of a YAML file. One on a line of its own is for what begins on the next line with content, one
/// behind something for what begins on its line: all of an alert, of an expression, of a route.
pub(crate) fn in_comments(frame: &Arc<Frame>, source: &Source, roots: &[Node]) -> Vec<Suppression> {
    if !source.text().to_ascii_lowercase().contains(ADDRESS) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for line in 1..=source.line_count() {
        let text = source.line(line);
        let Some(hash) = comment(text) else { continue };
        for words in words(&text[hash..]) {
            let spot = |bytes: Range<usize>| {
                let column = text[..hash + bytes.start].chars().count() + 1;
                let width = text[hash + bytes.start..hash + bytes.end].chars().count();
                frame.spot(lapwing_document::Place { line, column, width })
            };
            let alone = text[..hash].trim().is_empty();
            let about = if alone { next_content(source, line) } else { line };
            let scope = if words.whole { Scope::File } else { beginning_on(roots, about) };
            found.push(words.standing(spot, scope));
        }
    }
    found
}

/// Where the comment that speaks to this program begins.
fn comment(line: &str) -> Option<usize> {
    let word = line.to_ascii_lowercase().find(ADDRESS)?;
    let hash = line[..word].rfind('#')?;
    let before = line[..hash].chars().next_back();
    (line[hash + 1..word].trim().is_empty() && before.is_none_or(char::is_whitespace)).then_some(hash)
}

fn next_content(source: &Source, after: usize) -> usize {
    let content = |line: &usize| {
        let text = source.line(*line).trim_start();
        !text.is_empty() && !text.starts_with('#')
    };
    (after + 1..=source.line_count()).find(content).unwrap_or(after)
}

/// All of what begins on a line: its entries and items, to the end of the last.
fn beginning_on(roots: &[Node], line: usize) -> Scope {
    let mut end = Position { line: line + 1, column: 1 };
    let mut reach = |to: Position| end = end.max(to);
    for root in roots {
        visit(root, line, &mut reach);
    }
    Scope::Part(Position { line, column: 1 }, end)
}

fn visit(node: &Node, line: usize, reach: &mut dyn FnMut(Position)) {
    for item in node.items() {
        if item.extent.start.line == line {
            reach(item.extent.end);
        }
        visit(item, line, reach);
    }
    for entry in node.entries() {
        if entry.key_place.line == line {
            reach(entry.value.extent.end);
        }
        visit(&entry.value, line, reach);
    }
}

/// Those in descriptions of a dashboard and its panels: JSON has no comments.
pub(crate) fn in_descriptions(dashboard: &Dashboard) -> Vec<Suppression> {
    let whole = (&dashboard.description, dashboard.node.extent);
    let panels = dashboard.panels.iter().map(|panel| (&panel.description, panel.node.extent));
    let mut found = Vec::new();
    for (description, extent) in [whole].into_iter().chain(panels) {
        let Some(text) = description else { continue };
        for words in words(text) {
            let (from, to) = dashboard.frame.extent(extent);
            let scope = if words.whole { Scope::File } else { Scope::Part(from, to) };
            found.push(words.standing(|bytes| text.within(bytes), scope));
        }
    }
    found
}
