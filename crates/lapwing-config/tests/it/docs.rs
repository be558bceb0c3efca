//! `docs/configuration.md` is made of a head and tables; the tables come from the decoder's own table of keys.

use std::fmt::Write as _;

use lapwing_config::{Object, Status, monitoring, reference};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
const MARK: &str = "<!-- Below: made by crates/lapwing-config/tests/it/docs.rs from the decoder's table of keys, do not edit. Rewrite with UPDATE_DOCS=1 cargo test -p lapwing-config docs -->\n";

#[test]
fn the_tables_in_the_docs_are_the_decoders() {
    let text = std::fs::read_to_string(PATH).expect("docs/configuration.md");
    let (head, tables) = text.split_once(MARK).expect("the mark before the tables");
    let fresh = generate();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // In one step: the other test reads the file at the same time.
        let new = format!("{PATH}.new");
        std::fs::write(&new, format!("{head}{MARK}{fresh}")).expect("docs/ can be written");
        std::fs::rename(&new, PATH).expect("docs/configuration.md can be replaced");
        return;
    }
    assert!(tables == fresh, "docs/configuration.md is old: run UPDATE_DOCS=1 cargo test -p lapwing-config docs");
}

/// The example of the docs' head is read without a finding.
#[test]
fn the_example_in_the_docs_is_read() {
    let text = std::fs::read_to_string(PATH).expect("docs/configuration.md");
    let example = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let configuration = lapwing_config::parse(example, "configuration.md", &|_| None).unwrap_or_else(|e| panic!("{e}"));
    assert!(configuration.warnings.is_empty(), "{:?}", configuration.warnings);
    assert_eq!(configuration.lapwing.rules.len(), 1);
}

/// So is the one of `monitoring.yaml`.
#[test]
fn the_example_of_monitoring_is_read() {
    let text = std::fs::read_to_string(PATH).expect("docs/configuration.md");
    let example = text.split("```yaml\n").nth(2).and_then(|rest| rest.split("```").next()).expect("an example");
    let found = monitoring::parse(example, "configuration.md").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((found.objectives.len(), found.alerts.len(), found.routes.len()), (1, 1, 1));
}

fn generate() -> String {
    let mut text = String::new();
    heading(&mut text, "Keys of the standard", "Tables are named after the key that leads to them.");
    for object in reference().iter().filter(|object| object.schema.is_some()) {
        table(&mut text, object);
    }
    heading(&mut text, "Keys of Lapwing", "Under `instrumentation/development: {rust: {lapwing: …}}`.");
    for object in reference().iter().filter(|object| object.schema.is_none()) {
        table(&mut text, object);
    }
    heading(
        &mut text,
        "Keys of `monitoring.yaml`",
        "From `monitoring` on. A duration is written as Prometheus does: `500ms`, `30s`, `1h30m`, `30d`.",
    );
    for object in monitoring::reference() {
        table(&mut text, object);
    }
    heading(
        &mut text,
        "Keys of the standard that are not served",
        "Each is accepted with one warning that names it, as the Rust SDK or Lapwing has nothing for it.",
    );
    text.push_str("| in | key | why |\n| --- | --- | --- |\n");
    for object in reference() {
        for key in object.keys {
            if let Status::Unserved { why } = key.status {
                writeln!(text, "| {} | `{}` | {why} |", object.name, key.name).unwrap();
            }
        }
    }
    text
}

fn heading(text: &mut String, title: &str, line: &str) {
    write!(text, "\n## {title}\n\n{line}\n").unwrap();
    if title.ends_with("served") {
        text.push('\n');
    }
}

fn table(text: &mut String, object: &Object) {
    let served = object.keys.iter().filter_map(|key| match key.status {
        Status::Served { value, default } => Some((key, value, default)),
        _ => None,
    });
    let mut served = served.peekable();
    if served.peek().is_none() {
        return;
    }
    write!(text, "\n### {}\n\n", object.name).unwrap();
    if object.choice {
        text.push_str("Exactly one of:\n\n");
    }
    for group in object.groups {
        let keys: Vec<String> = group.iter().map(|key| format!("`{key}`")).collect();
        write!(text, "Exactly one of {}.\n\n", keys.join(", ")).unwrap();
    }
    text.push_str("| key | value | default |\n| --- | --- | --- |\n");
    for (key, value, default) in served {
        let only = key.only.map(|(edition, _)| format!(" (only {edition})")).unwrap_or_default();
        writeln!(text, "| `{}`{only} | {value} | {default} |", key.name).unwrap();
    }
}
