//! Where findings gather, and the cursor that walks a mapping by its table of keys.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use lapwing_document::{
    Entry, Excerpt, Node, Place, Problem, ProblemKind, Resolved, Scalar, Source, Value, quote, resolve,
};

use crate::{
    Finding, Severity,
    keys::{Edition, Key, Object, Status},
    nearest,
};

/// What the whole decoding shares: findings so far, and the edition of the format.
#[derive(Debug)]
pub(crate) struct Context {
    file: String,
    findings: RefCell<Vec<Raw>>,
    /// Scalars that came out of a substitution, and the references to show in their place.
    substituted: RefCell<HashMap<String, String>>,
    edition: Cell<Edition>,
    /// A pre-release of 1.0, which spelled some values otherwise.
    prerelease: Cell<bool>,
}

#[derive(Debug, PartialEq)]
struct Raw {
    severity: Severity,
    place: Place,
    message: String,
    help: Option<String>,
}

impl Raw {
    fn finding(self, source: &Source) -> Finding {
        // A key that has no value for no reason to be seen.
        let is_comment = self.help.is_none() && comment_for_a_value(source.line(self.place.line)).is_some();
        let help = self.help.or_else(|| is_comment.then(|| QUOTE.to_owned()));
        let Excerpt { file, position, line_text, cut, width, .. } = source.excerpt(self.place);
        Finding { severity: self.severity, file, position, line_text, cut, width, message: self.message, help }
    }
}

const QUOTE: &str = "a value that begins with `#` must be quoted, such as \"#alerts\"";

/// In which column of a line a comment begins that stands where a value is due, as in `channel: #alerts`.
fn comment_for_a_value(line: &str) -> Option<usize> {
    let (before, after) = line.split_once(": #")?;
    let is_word = after.starts_with(|c: char| c.is_alphanumeric());
    (is_word && !before.contains(['#', '"', '\''])).then(|| before.chars().count() + 3)
}

impl Context {
    pub(crate) fn new(file: &str) -> Self {
        Context {
            file: file.to_owned(),
            findings: RefCell::new(Vec::new()),
            substituted: RefCell::new(HashMap::new()),
            edition: Cell::new(Edition::V1_1),
            prerelease: Cell::new(false),
        }
    }

    pub(crate) fn error(&self, place: Place, message: impl Into<String>, help: Option<String>) {
        self.find(Severity::Error, place, message.into(), help);
    }

    pub(crate) fn warning(&self, place: Place, message: impl Into<String>, help: Option<String>) {
        self.find(Severity::Warning, place, message.into(), help);
    }

    fn find(&self, severity: Severity, place: Place, message: String, help: Option<String>) {
        let raw = Raw { severity, place, message, help };
        let mut findings = self.findings.borrow_mut();
        // An alias leads to one place more than once; it is wrong only once.
        if !findings.contains(&raw) {
            findings.push(raw);
        }
    }

    /// What is wrong with the text as YAML.
    pub(crate) fn problem(&self, problem: Problem, source: &Source, substitutes: bool) {
        let help = match problem.kind {
            ProblemKind::SecondDocument => Some("a configuration is one document".to_owned()),
            ProblemKind::Syntax if substitutes && source.line(problem.place.line).contains("${") => Some(
                "inside `{…}` and `[…]`, and where a default holds `: ` or ` #`, a substitution needs quotes: \"${NAME}\""
                    .to_owned(),
            ),
            _ => problem.help,
        };
        let mut lines = problem.place.line.saturating_sub(2).max(1)..=problem.place.line;
        let comment = lines.find_map(|line| Some((line, comment_for_a_value(source.line(line))?)));
        match comment.filter(|_| problem.kind == ProblemKind::Syntax) {
            Some((line, column)) => {
                let place = Place { line, column, width: 1 };
                self.error(place, "a comment begins here, not a value", Some(QUOTE.to_owned()));
            }
            None => self.error(problem.place, problem.message, help),
        }
    }

    /// The file's name in findings.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// `file:line:column`, to name a second place in a help.
    pub(crate) fn name(&self, place: Place) -> String {
        format!("{}:{}:{}", self.file, place.line, place.column)
    }

    pub(crate) fn remember(&self, text: &str, written: &str) {
        self.substituted.borrow_mut().insert(text.to_owned(), references(written));
    }

    /// The text of a scalar in backticks; of a substituted one what it refers to, since its value may be secret.
    pub(crate) fn shown(&self, text: &str) -> String {
        quote(self.substituted.borrow().get(text).map_or(text, String::as_str))
    }

    pub(crate) fn edition(&self) -> Edition {
        self.edition.get()
    }

    pub(crate) fn is_prerelease(&self) -> bool {
        self.prerelease.get()
    }

    pub(crate) fn set_edition(&self, edition: Edition, prerelease: bool) {
        self.edition.set(edition);
        self.prerelease.set(prerelease);
    }

    pub(crate) fn lines(&self) -> Vec<usize> {
        self.findings.borrow().iter().map(|raw| raw.place.line).collect()
    }

    /// All findings, in file order.
    pub(crate) fn into_findings(self, source: &Source) -> Vec<Finding> {
        let mut raws = self.findings.into_inner();
        raws.sort_by(|a, b| a.place.cmp(&b.place).then(a.severity.cmp(&b.severity)));
        raws.into_iter().map(|raw| raw.finding(source)).collect()
    }
}

/// A value and the key it stands under; items of a list carry the list's key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'t> {
    pub(crate) key: &'t str,
    pub(crate) key_place: Place,
    pub(crate) node: &'t Node,
}

impl<'t> Field<'t> {
    pub(crate) fn of(entry: &'t Entry) -> Self {
        Field { key: &entry.key, key_place: entry.key_place, node: &entry.value }
    }

    /// Where to point: at the value, or at the key of an empty one.
    pub(crate) fn place(&self) -> Place {
        if self.node.is_null() { self.key_place } else { self.node.place }
    }

    /// What is there instead of `wanted`, and the way out.
    pub(crate) fn wrong_type(&self, cx: &Context, wanted: &str) {
        let found = match self.node.scalar().and_then(|scalar| scalar.written.as_deref()) {
            Some(written) if !self.node.is_null() => {
                format!("{} from {}", self.node.noun(), quote(&references(written)))
            }
            _ => self.node.noun().to_owned(),
        };
        let help = match self.node.scalar() {
            Some(Scalar { unset: Some(name), .. }) => Some(format!("environment variable `{name}` is not set")),
            Some(_) if wanted.contains("string") && !self.node.is_null() => Some("put it in quotes".to_owned()),
            Some(scalar) if scalar.quoted && resolve(&scalar.text) != Resolved::Str => {
                let flow = "; inside `{…}` and `[…]` a substitution needs them, so write block style";
                let flow = if scalar.written.is_some() { flow } else { "" };
                Some(format!("quotes make it a string: leave them out{flow}"))
            }
            _ => None,
        };
        cx.error(self.place(), format!("`{}` must be {wanted}, found {found}", self.key), help);
    }
}

/// The variables a scalar refers to, without their defaults, which may be secret.
pub(crate) fn references(written: &str) -> String {
    let mut shown = Vec::new();
    for part in written.split("${").skip(1) {
        let body = part.split('}').next().unwrap_or("");
        shown.push(format!("${{{}}}", body.split(":-").next().unwrap_or("")));
    }
    shown.join(" ")
}

/// A mapping checked against its table.
pub(crate) struct Mapping<'t, 'c> {
    pub(crate) cx: &'c Context,
    pub(crate) name: &'t str,
    pub(crate) place: Place,
    object: &'static Object,
    entries: &'t [Entry],
}

impl<'t, 'c> Mapping<'t, 'c> {
    /// Opens `field` as `object`, reporting every key that is not served. Null stands for an empty mapping.
    pub(crate) fn open(cx: &'c Context, field: Field<'t>, object: &'static Object) -> Option<Self> {
        let entries = match &field.node.value {
            Value::Mapping(entries) => entries.as_slice(),
            _ if field.node.is_null() => &[],
            _ => {
                field.wrong_type(cx, "a mapping");
                return None;
            }
        };
        let place = if field.key.is_empty() { field.node.place } else { field.key_place };
        let mapping = Mapping { cx, name: field.key, place, object, entries };
        for entry in entries {
            mapping.check(entry);
        }
        Some(mapping)
    }

    fn check(&self, entry: &Entry) {
        let name = if self.name.is_empty() { self.object.name } else { self.name };
        let Some(key) = self.object.key(&entry.key) else {
            let known: Vec<&str> = self.object.names(self.cx.edition()).collect();
            let help = match (self.object.elsewhere(&entry.key), nearest(&entry.key, known.iter().copied())) {
                (Some(elsewhere), _) => elsewhere.to_owned(),
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) if known.is_empty() => format!("`{name}` has no keys"),
                (None, None) => format!("known keys: {}", list(&known)),
            };
            if !self.object.extensible {
                self.cx.error(entry.key_place, format!("unknown key {} in `{name}`", quote(&entry.key)), Some(help));
            } else if help.starts_with("did") {
                let message = format!("{} in `{name}` is left to others", quote(&entry.key));
                self.cx.warning(entry.key_place, message, Some(help));
            }
            return;
        };
        if let Some((edition, instead)) = key.only.filter(|(edition, _)| *edition != self.cx.edition()) {
            let message = format!("`{}` is a key of file_format {edition}, not of {}", key.name, self.cx.edition());
            self.cx.error(entry.key_place, message, Some(instead.to_owned()));
        } else if let Status::Unserved { why } = key.status {
            self.cx.warning(entry.key_place, format!("`{}` in `{name}` has no effect: {why}", key.name), None);
        }
    }

    /// The value under a served key; none if it is absent or null.
    pub(crate) fn field(&self, key: &'static str) -> Option<Field<'t>> {
        self.present(key).filter(|field| !field.node.is_null())
    }

    /// The value under a served key, null or not.
    pub(crate) fn present(&self, key: &'static str) -> Option<Field<'t>> {
        debug_assert!(self.object.key(key).is_some_and(Key::is_served), "`{key}` is missing in the table of keys");
        #[cfg(test)]
        asked::note(self.object.name, key);
        self.entries.iter().find(|entry| entry.key == key).map(Field::of)
    }

    /// The value under a key that must be there and not null.
    pub(crate) fn required(&self, key: &'static str) -> Option<Field<'t>> {
        let name = if self.name.is_empty() { self.object.name } else { self.name };
        match self.present(key) {
            Some(field) if !field.node.is_null() => Some(field),
            Some(field) => {
                let help = field.node.scalar().and_then(|scalar| scalar.unset.as_ref());
                let help = help.map(|variable| format!("environment variable `{variable}` is not set"));
                self.cx.error(field.key_place, format!("`{key}` in `{name}` must have a value"), help);
                None
            }
            None => {
                self.cx.error(self.place, format!("`{key}` is missing in `{name}`"), Some(self.object.describe(key)));
                None
            }
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key && !entry.value.is_null())
    }

    /// The one key a choice has; none, with a finding, if there is not exactly one or it is not served.
    pub(crate) fn choice(&self) -> Option<Field<'t>> {
        match self.entries {
            [] => {
                let choices: Vec<&str> = self.object.names(self.cx.edition()).collect();
                let help = format!("choose one of {}", list(&choices));
                self.cx.error(self.place, format!("`{}` is empty", self.name), Some(help));
                None
            }
            [entry] => {
                let served = self.object.key(&entry.key).is_some_and(Key::is_served);
                served.then(|| Field::of(entry))
            }
            [first, second, ..] => {
                let (first, other) = (quote(&first.key), quote(&second.key));
                let help = "exactly one key is allowed here".to_owned();
                self.cx.error(second.key_place, format!("`{}` has {first} and {other}", self.name), Some(help));
                None
            }
        }
    }
}

impl<'t> Mapping<'t, '_> {
    /// The one key of a group that is given; none, with a finding, if there is not exactly one.
    pub(crate) fn one_of(&self, group: &[&'static str]) -> Option<(&'static str, Field<'t>)> {
        let given = self.entries.iter().filter(|entry| !entry.value.is_null());
        let mut given =
            given.filter_map(|entry| Some((*group.iter().find(|key| **key == entry.key)?, Field::of(entry))));
        #[cfg(test)]
        group.iter().for_each(|key| asked::note(self.object.name, key));
        let (first, second) = (given.next(), given.next());
        if let (Some((first, _)), Some((second, field))) = (first, second) {
            let help = format!("exactly one of {} is allowed here", list(group));
            self.cx.error(field.key_place, format!("`{}` has `{first}` and `{second}`", self.name), Some(help));
            return None;
        }
        if first.is_none() {
            let help = format!("add one of {}", list(group));
            self.cx.error(self.place, format!("`{}` is not complete", self.name), Some(help));
        }
        first
    }
}

/// `a`, `b`, `c`.
pub(crate) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Which keys the decoder asked for, so that a test can compare them with the table.
#[cfg(test)]
pub(crate) mod asked {
    use std::{cell::RefCell, collections::BTreeSet};

    thread_local!(static KEYS: RefCell<BTreeSet<(&'static str, &'static str)>> = const { RefCell::new(BTreeSet::new()) });

    pub(super) fn note(object: &'static str, key: &'static str) {
        KEYS.with_borrow_mut(|keys| keys.insert((object, key)));
    }

    pub(crate) fn keys() -> BTreeSet<(&'static str, &'static str)> {
        KEYS.with_borrow(BTreeSet::clone)
    }
}
