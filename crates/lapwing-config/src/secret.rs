//! Which parts of a file are secret and must not be shown with a finding.

use lapwing_document::{Extent, Node, Position, Source, Value};

const WORDS: [&str; 10] =
    ["token", "api_key", "apikey", "api-key", "authorization", "password", "passwd", "secret", "credential", "cookie"];

/// Whether a value under this name is secret. Names of files that hold a secret are not.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.ends_with("_file") && (WORDS.iter().any(|word| name.contains(word)) || name == "headers_list")
}

/// Masks what is secret in the tree: values of headers, of keys and attributes with telling names, URLs with a user or
/// a query.
pub(crate) fn mask(node: &Node, source: &mut Source) {
    match &node.value {
        Value::Scalar(scalar) => {
            if scalar.text.split_once("://").is_some_and(|(_, rest)| rest.contains('@')) {
                source.mask(node.extent);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| mask(item, source)),
        Value::Mapping(entries) => {
            let named = entries.iter().find(|entry| entry.key == "name").and_then(|entry| entry.value.scalar());
            let named = named.is_some_and(|name| is_secret(&name.text));
            for entry in entries {
                if is_secret(&entry.key) || (named && entry.key == "value") {
                    mask_all(&entry.value, source, &[]);
                } else if entry.key == "endpoint"
                    && entry.value.scalar().is_some_and(|url| url.text.contains(['@', '?']))
                {
                    source.mask(entry.value.extent);
                } else if entry.key == "headers" {
                    mask_all(&entry.value, source, &["name"]);
                } else {
                    mask(&entry.value, source);
                }
            }
        }
    }
}

fn mask_all(node: &Node, source: &mut Source, except: &[&str]) {
    match &node.value {
        Value::Scalar(_) if !node.is_null() => source.mask(node.extent),
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| mask_all(item, source, except)),
        Value::Mapping(entries) => {
            let shown = entries.iter().filter(|entry| !except.contains(&entry.key.as_str()));
            shown.for_each(|entry| mask_all(&entry.value, source, except));
        }
    }
}

/// Masks `line` of a file whose tree is not known because it is no YAML, by what the line and the lines it is
/// indented under look like. Rather too much than too little.
pub(crate) fn mask_unparsed(line: usize, source: &mut Source) {
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
    if secret {
        // From the first value on; a line without a key is all value.
        let column = text.find([':', '=']).map_or(1, |at| text[..at].chars().count() + 2);
        let end = Position { line, column: usize::MAX };
        source.mask(Extent { start: Position { line, column }, end });
    }
}

fn looks_secret(text: &str) -> bool {
    let text = text.to_lowercase().replace("_file", "");
    let url = text.contains("endpoint") || text.contains("://");
    text.contains("headers") || url && text.contains(['@', '?']) || WORDS.iter().any(|word| text.contains(word))
}

/// Twice the leading blanks, and one more for an item: an item may stand right under its key.
fn indentation(text: &str) -> usize {
    let trimmed = text.trim_start();
    2 * (text.len() - trimmed.len()) + usize::from(trimmed.starts_with('-'))
}
