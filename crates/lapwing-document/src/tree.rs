//! Builds trees from the events of a parser, within limits and with the duplicates found.

use std::collections::HashMap;

use crate::{Entry, Extent, Node, Options, Place, Problem, ProblemKind, Scalar, Source, Treatment, Value, quote};

/// Deeper nesting is refused: no such file needs it, and what walks the tree recurses.
const MAX_DEPTH: usize = 64;

/// Reading ended; the problem says why.
#[derive(Debug)]
pub(crate) struct Stop;

/// What a hook makes of a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substituted {
    /// The new text.
    pub text: String,
    /// Whether something was put in that does not stand in the file, so that the old text is to be kept.
    pub replaced: bool,
    /// A variable that was to be substituted and is not set.
    pub unset: Option<String>,
}

/// What may change the text of scalars.
pub(crate) type Hook<'h> = &'h mut dyn FnMut(&Scalar) -> Option<Substituted>;

/// A sequence or mapping whose end is still to come.
struct Open {
    anchor: usize,
    start: Extent,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: Option<Key>, seen: HashMap<String, usize>, merged: Vec<Node> },
}

/// A key whose value is still to come.
struct Key {
    text: String,
    place: Place,
    role: Role,
}

#[derive(Clone, Copy)]
enum Role {
    Fresh,
    /// The entry of this index has the key already.
    Again(usize),
    Merge,
}

pub(crate) struct Tree<'a, 'h> {
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    hook: Hook<'h>,
    /// Whether the last of duplicate keys stays, not the first.
    last_stays: bool,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
    pub(crate) roots: Vec<Node>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a, 'h> Tree<'a, 'h> {
    pub(crate) fn new(source: &'a Source, options: &'a Options, hook: Hook<'h>, last_stays: bool) -> Self {
        Tree {
            source,
            options,
            hook,
            last_stays,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            documents: 0,
            roots: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(crate) fn refuse<T>(
        &mut self,
        kind: ProblemKind,
        place: Place,
        message: impl Into<String>,
        help: Option<&str>,
    ) -> Result<T, Stop> {
        let help = help.map(str::to_owned);
        self.problems.push(Problem { kind, place, message: message.into(), help, fatal: true });
        Err(Stop)
    }

    /// Does with something that not all readers allow what the options say.
    pub(crate) fn treat(
        &mut self,
        treatment: Treatment,
        kind: ProblemKind,
        place: Place,
        message: impl Into<String>,
        help: &str,
    ) -> Result<(), Stop> {
        match treatment {
            Treatment::Accept => Ok(()),
            Treatment::Refuse => self.refuse(kind, place, message, Some(help)),
            Treatment::Report => {
                let help = Some(help.to_owned());
                self.problems.push(Problem { kind, place, message: message.into(), help, fatal: false });
                Ok(())
            }
        }
    }

    pub(crate) fn document(&mut self, place: Place) -> Result<(), Stop> {
        // Anchors end with their document.
        self.anchors.clear();
        self.documents += 1;
        if self.documents > 1 && self.options.one_document {
            return self.refuse(ProblemKind::SecondDocument, place, "a second document begins here", None);
        }
        Ok(())
    }

    /// Counts new nodes against the limit.
    fn count(&mut self, nodes: usize, place: Place) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.options.max_nodes {
            let help = format!("{} values are the most", self.options.max_nodes);
            return self.refuse(ProblemKind::Size, place, "the document is too large", Some(&help));
        }
        Ok(())
    }

    pub(crate) fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
        let Some(node) = self.anchors.get(&anchor) else {
            let inside = self.open.iter().any(|open| open.anchor == anchor);
            let message = match inside {
                true => "this alias stands inside its own anchor",
                false => "the anchor of this alias is in another document",
            };
            return self.refuse(ProblemKind::Alias, place, message, Some("write the values out"));
        };
        // Counted before it is copied: the copy is what would fill memory.
        let nodes = self.nodes.saturating_add(node.count());
        if nodes > self.options.max_nodes || self.open.len() + node.depth() > MAX_DEPTH {
            let message = "aliases make the document too large";
            return self.refuse(ProblemKind::Size, place, message, Some("write the values out"));
        }
        let node = node.clone();
        self.nodes = nodes;
        self.place(node, 0)
    }

    pub(crate) fn begin_sequence(&mut self, anchor: usize, start: Extent) -> Result<(), Stop> {
        self.begin(anchor, start, Content::Sequence(Vec::new()))
    }

    pub(crate) fn begin_mapping(&mut self, anchor: usize, start: Extent) -> Result<(), Stop> {
        let content = Content::Mapping { entries: Vec::new(), key: None, seen: HashMap::new(), merged: Vec::new() };
        self.begin(anchor, start, content)
    }

    fn begin(&mut self, anchor: usize, start: Extent, content: Content) -> Result<(), Stop> {
        let place = self.source.place(start);
        if self.expects_key() {
            let help = "lists and mappings cannot be keys";
            return self.refuse(ProblemKind::Key, place, "a key must be a plain word", Some(help));
        }
        if self.open.len() >= MAX_DEPTH {
            let help = format!("{MAX_DEPTH} levels are the most");
            return self.refuse(ProblemKind::Depth, place, "this is nested too deeply", Some(&help));
        }
        self.count(1, place)?;
        self.open.push(Open { anchor, start, content });
        Ok(())
    }

    /// Ends the innermost collection; `end` is its closing mark.
    pub(crate) fn end(&mut self, end: Extent) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { mut entries, seen, merged, .. } => {
                self.merge(&mut entries, seen, merged)?;
                Value::Mapping(entries)
            }
        };
        let first = match &value {
            Value::Mapping(entries) => entries.first().map(|entry| entry.key_place),
            Value::Sequence(items) => items.first().map(|item| item.place),
            Value::Scalar(_) => None,
        };
        let extent = Extent { start: open.start.start, end: end.end };
        // A block collection starts where its first key or item does; the parser's own mark is the indicator.
        let place = match first {
            Some(first) if open.start.start == open.start.end => first,
            _ => Place { width: 1, ..self.source.place(extent) },
        };
        self.place(Node { place, extent, value }, open.anchor)
    }

    /// Adds the entries of merged mappings whose keys are not given.
    fn merge(
        &mut self,
        entries: &mut Vec<Entry>,
        mut seen: HashMap<String, usize>,
        merged: Vec<Node>,
    ) -> Result<(), Stop> {
        for node in merged {
            let nodes = match node.value {
                Value::Sequence(items) => items,
                _ => vec![node],
            };
            for node in nodes {
                let Value::Mapping(more) = node.value else {
                    let help = "`<<` takes an alias of a mapping, or a list of such";
                    let message = format!("{} cannot be merged", node.noun());
                    self.treat(Treatment::Report, ProblemKind::MergeKey, node.place, message, help)?;
                    continue;
                };
                for entry in more {
                    if !seen.contains_key(&entry.key) {
                        seen.insert(entry.key.clone(), entries.len());
                        entries.push(entry);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a key is what comes next.
    pub(crate) fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: None, .. }, .. }))
    }

    pub(crate) fn key(&mut self, text: String, place: Place, merge: bool) -> Result<(), Stop> {
        if merge {
            let message = "merge keys (`<<`) are not part of YAML 1.2";
            self.treat(self.options.merge_keys, ProblemKind::MergeKey, place, message, "write the keys out")?;
        }
        let Some(Open { content: Content::Mapping { key, seen, entries, .. }, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        let again = seen.get(&text).copied();
        let role = match again {
            _ if merge => Role::Merge,
            Some(index) => Role::Again(index),
            None => {
                seen.insert(text.clone(), entries.len());
                Role::Fresh
            }
        };
        let first = again.and_then(|index| entries.get(index)).map(|entry| entry.key_place.line);
        let message = first.map(|_| format!("duplicate key {}", quote(&text)));
        *key = Some(Key { text, place, role });
        if let (Some(first), Some(message)) = (first, message) {
            let help = format!("it is first given on line {first}: keep one");
            self.treat(self.options.duplicate_keys, ProblemKind::DuplicateKey, place, message, &help)?;
        }
        Ok(())
    }

    /// Lets the hook change the text of a scalar.
    pub(crate) fn substitute(&mut self, scalar: &mut Scalar) {
        let Some(new) = (self.hook)(scalar) else { return };
        if new.text != scalar.text {
            scalar.origin = crate::Origin::lost(scalar.origin.whole());
        }
        let written = std::mem::replace(&mut scalar.text, new.text);
        scalar.written = new.replaced.then_some(written);
        scalar.unset = new.unset;
    }

    pub(crate) fn scalar(&mut self, scalar: Scalar, place: Place, extent: Extent, anchor: usize) -> Result<(), Stop> {
        self.count(1, place)?;
        self.place(Node { place, extent, value: Value::Scalar(scalar) }, anchor)
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.roots.push(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { entries, key, merged, .. }) => match key.take() {
                Some(Key { role: Role::Merge, .. }) => merged.push(node),
                Some(Key { role: Role::Again(index), place, .. }) => {
                    if let Some(entry) = entries.get_mut(index).filter(|_| self.last_stays) {
                        (entry.key_place, entry.value) = (place, node);
                    }
                }
                Some(Key { text, place, role: Role::Fresh }) => {
                    entries.push(Entry { key: text, key_place: place, value: node });
                }
                None => {
                    let (message, help) = ("a key must be a plain word", "an alias cannot be a key");
                    return self.refuse(ProblemKind::Key, node.place, message, Some(help));
                }
            },
        }
        Ok(())
    }
}
