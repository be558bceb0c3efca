//! The tree.

use std::ops::Range;

use crate::{Extent, Origin, Path, Place, Resolved};

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What to underline when it is meant: its first line, or of a collection its first key or item.
    pub place: Place,
    /// From where to where it reaches.
    pub extent: Extent,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values, in file order, each key once.
    Mapping(Vec<Entry>),
}

/// A single value.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Decoded, and after substitution.
    pub text: String,
    /// Its type and value.
    pub resolved: Resolved,
    /// Whether it is written in quotes or as a block, which makes it a string.
    pub quoted: bool,
    /// The text before substitution, if something was substituted.
    pub written: Option<String>,
    /// A variable that was to be substituted and is not set.
    pub unset: Option<String>,
    /// Where its characters are.
    pub origin: Origin,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, decoded.
    pub key: String,
    /// Where the key is.
    pub key_place: Place,
    /// What it leads to.
    pub value: Node,
}

impl Scalar {
    /// Where the bytes `range` of the text begin in the file: see [`Origin::place_of`].
    pub fn place_of(&self, range: Range<usize>) -> Place {
        self.origin.place_of(&self.text, range)
    }

    /// Where the bytes `range` of the text are in the file, line by line: see [`Origin::places_of`].
    pub fn places_of(&self, range: Range<usize>) -> Vec<Place> {
        self.origin.places_of(&self.text, range)
    }
}

impl Node {
    /// Whether it is null, or nothing is written.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.resolved == Resolved::Null)
    }

    /// The scalar it is.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The string it is; numbers and booleans are none.
    pub fn as_str(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.resolved == Resolved::Str).map(|scalar| scalar.text.as_str())
    }

    /// The text of the scalar it is, whatever its type; none of null.
    pub fn as_text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.resolved != Resolved::Null).map(|scalar| scalar.text.as_str())
    }

    /// The number it is.
    pub fn as_f64(&self) -> Option<f64> {
        match self.scalar()?.resolved {
            Resolved::Int(value) => Some(value as f64),
            Resolved::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The integer it is.
    pub fn as_i64(&self) -> Option<i64> {
        match self.scalar()?.resolved {
            Resolved::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The boolean it is.
    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()?.resolved {
            Resolved::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The items of the list it is; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of the mapping it is; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value under this key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under these keys, one below the other.
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Calls `visit` with every node, this one first, and the path that leads to it from here.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&Path<'n>, &'n Node)) {
        self.walk_from(&mut Path::default(), visit);
    }

    fn walk_from<'n>(&'n self, path: &mut Path<'n>, visit: &mut dyn FnMut(&Path<'n>, &'n Node)) {
        visit(path, self);
        for (index, item) in self.items().iter().enumerate() {
            path.push_item(index);
            item.walk_from(path, visit);
            path.pop();
        }
        for entry in self.entries() {
            path.push_key(&entry.key);
            entry.value.walk_from(path, visit);
            path.pop();
        }
    }

    /// What it is, with its article, for messages. Values are never part of it: they may be secret.
    pub fn noun(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.resolved.noun(),
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    pub(crate) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Node::count).sum(),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
        }
    }

    pub(crate) fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
        }
    }
}
