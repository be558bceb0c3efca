//! Which parts of a file are secret and must not be shown with a finding.

use lapwing_document::{Extent, Node, Position, Source, Value};

const WORDS: [&str; 12] = [
    "token",
    "api_key",
    "apikey",
    "api-key",
    "api_url",
    "authorization",
    "password",
    "passwd",
    "secret",
    "credential",
    "cookie",
    "routing_key",
];

/// What is written under a channel beside its secret.
const OF_CHANNELS: [&str; 4] = ["api_url_file", "routing_key_file", "channel", "url"];

/// Whether a value under this name is secret. Names of files that hold a secret are not.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.ends_with("_file") && (WORDS.iter().any(|word| name.contains(word)) || name == "headers_list")
}

/// Whether a text that should name a file looks like what should be in it: an address, or a key.
pub(crate) fn is_no_path(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let is_key = text.len() >= 20
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic);
    is_key || text.contains("://") || text.contains("hooks.slack.com/")
}

/// Masks what is secret in the tree.
pub(crate) fn mask(node: &Node, source: &mut Source) {
    find(node, &mut |extent| source.mask(extent));
}

/// Where a tree has what is secret: values of headers, of keys and attributes with telling names, URLs with a user or
/// a query, what stands where the path of a file with a secret should.
pub(crate) fn find(node: &Node, found: &mut dyn FnMut(Extent)) {
    match &node.value {
        Value::Scalar(scalar) => {
            let has_user = scalar.text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
            if has_user || scalar.text.contains("hooks.slack.com/") {
                found(node.extent);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| find(item, found)),
        Value::Mapping(entries) => {
            let named = entries.iter().find(|entry| entry.key == "name").and_then(|entry| entry.value.scalar());
            let named = named.is_some_and(|name| is_secret(&name.text));
            for entry in entries {
                if is_secret(&entry.key) || (named && entry.key == "value") {
                    all(&entry.value, found, &[]);
                } else if entry.value.scalar().is_some_and(|scalar| shows(&entry.key, &scalar.text)) {
                    found(entry.value.extent);
                } else if ["slack", "pagerduty"].contains(&entry.key.as_str()) {
                    all(&entry.value, found, &OF_CHANNELS);
                    find(&entry.value, found);
                } else if entry.key == "headers" {
                    all(&entry.value, found, &["name"]);
                } else {
                    find(&entry.value, found);
                }
            }
        }
    }
}

/// Whether the value under a key that holds no secret does.
fn shows(key: &str, text: &str) -> bool {
    match key {
        "endpoint" | "url" => text.contains(['@', '?']),
        key => key.ends_with("_file") && is_no_path(text),
    }
}

fn all(node: &Node, found: &mut dyn FnMut(Extent), except: &[&str]) {
    match &node.value {
        Value::Scalar(_) if !node.is_null() => found(node.extent),
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| all(item, found, except)),
        Value::Mapping(entries) => {
            let shown = entries.iter().filter(|entry| !except.contains(&entry.key.as_str()));
            shown.for_each(|entry| all(&entry.value, found, except));
        }
    }
}

/// What may be secret in a line of a file whose tree is not known because it is no YAML, by what the line and the lines it is
/// indented under look like. Rather too much than too little.
pub(crate) fn in_unparsed(line: usize, source: &Source) -> Option<Extent> {
    let text = source.line(line);
    let mut secret = looks_secret(text);
    let (mut depth, mut under) = (indentation(text), line);
    while !secret && under > 1 && depth > 0 {
        under -= 1;
        let above = source.line(under);
        if !above.trim().is_empty() && indentation(above) < depth {
            depth = indentation(above);
            secret = looks_secret(above);
        }
    }
    // From the first value on; a line without a key is all value.
    let column = text.find([':', '=']).map_or(1, |at| text[..at].chars().count() + 2);
    let extent = Extent { start: Position { line, column }, end: Position { line, column: usize::MAX } };
    secret.then_some(extent)
}

fn looks_secret(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = without_files(&text);
    let url = text.contains("endpoint") || text.contains("://");
    let mut words = text.split(|c: char| c.is_whitespace() || "{}[],'\"".contains(c));
    text.contains("headers")
        || url && text.contains(['@', '?'])
        || WORDS.iter().any(|word| text.contains(word))
        || words.any(is_no_path)
}

/// `text` without the keys and paths of files that hold a secret.
fn without_files(text: &str) -> String {
    let mut parts = text.split("_file:");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest.truncate(rest.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len());
        let value = part.trim_start();
        let end = value.find([',', '}']).unwrap_or(value.len());
        let (path, behind) = value.split_at(end);
        let path = path.trim();
        if is_no_path(path.trim_matches(['"', '\''])) || path.contains(' ') {
            rest.push_str(path);
        }
        rest.push_str(behind);
    }
    rest
}

/// Twice the leading blanks, and one more for an item: an item may stand right under its key.
fn indentation(text: &str) -> usize {
    let trimmed = text.trim_start();
    2 * (text.len() - trimmed.len()) + usize::from(trimmed.starts_with('-'))
}
