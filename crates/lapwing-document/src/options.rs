//! How strictly a text is read.

/// What becomes of something that some readers allow and some don't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// A problem, and the rest of the text is not read.
    Refuse,
    /// A problem, and reading goes on as with `Accept`.
    Report,
    /// Taken in silence.
    Accept,
}

/// How strictly a text is read, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether one document is all there may be.
    pub one_document: bool,
    /// Merge keys (`<<`), which are not part of YAML 1.2. Accepted ones are merged.
    pub merge_keys: Treatment,
    /// Tags other than those of YAML's core types. Accepted ones are as if they were not there.
    pub tags: Treatment,
    /// Keys given twice. Of accepted ones the first stays in YAML and the last in JSON, as most readers have it.
    pub duplicate_keys: Treatment,
    /// Nodes, counted after aliases are expanded: a few nested aliases could stand for billions.
    pub max_nodes: usize,
}

impl Options {
    /// For files of one's own format: one document, nothing but YAML 1.2's core, 200 000 nodes.
    pub const STRICT: Options = Options {
        one_document: true,
        merge_keys: Treatment::Refuse,
        tags: Treatment::Refuse,
        duplicate_keys: Treatment::Report,
        max_nodes: 200_000,
    };

    /// For files that others read: many documents, merge keys and tags are taken, duplicates reported, a million
    /// nodes.
    pub const LENIENT: Options = Options {
        one_document: false,
        merge_keys: Treatment::Accept,
        tags: Treatment::Accept,
        duplicate_keys: Treatment::Report,
        max_nodes: 1_000_000,
    };
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2.
    Yaml,
    /// JSON (RFC 8259), which is read faster than as YAML and with all its escapes.
    Json,
}

impl Syntax {
    /// JSON for names that end with `.json`, YAML for all others.
    pub fn of(file: &str) -> Syntax {
        let ending = file.len().checked_sub(5).and_then(|at| file.get(at..));
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case(".json")) { Syntax::Json } else { Syntax::Yaml }
    }
}
