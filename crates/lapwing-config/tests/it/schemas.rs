//! The JSON Schemas of both files: as the tables are, and with them good files are good and bad ones bad.

use jsonschema::Validator;
use lapwing_config::{monitoring, schema};
use lapwing_document::{Document, Node, Options, Resolved, Value as Tree};
use serde_json::{Map, Number, Value};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const FULL: &str = include_str!("full.yaml");
const FULL_MONITORING: &str = include_str!("monitoring/full.yaml");

#[test]
fn the_schemas_in_the_docs_are_the_tables() {
    for (name, fresh) in [("telemetry", schema::telemetry()), ("monitoring", schema::monitoring())] {
        let path = format!("{ROOT}/docs/schemas/{name}.schema.json");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &fresh).expect("docs/schemas/ can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == fresh, "{path} is old: run UPDATE_DOCS=1 cargo test -p lapwing-config schemas");
    }
}

fn json(node: &Node) -> Value {
    match &node.value {
        Tree::Sequence(items) => Value::Array(items.iter().map(json).collect()),
        Tree::Mapping(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect::<Map<_, _>>())
        }
        Tree::Scalar(scalar) => match scalar.resolved {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => Value::Bool(value),
            Resolved::Int(value) => Value::Number(value.into()),
            Resolved::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
            Resolved::Str => Value::String(scalar.text.clone()),
        },
    }
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{error}"))
}

/// What the schema finds in a file, each with its path.
fn found(validator: &Validator, text: &str) -> Vec<String> {
    let document = Document::yaml("t.yaml", text, &Options::STRICT);
    assert!(document.is_complete(), "{:?}", document.problems());
    let value = json(document.root().expect("a document"));
    validator.iter_errors(&value).map(|error| format!("{} {error}", error.instance_path())).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced YAML of a page.
fn example(index: usize) -> String {
    let page = read("docs/configuration.md");
    page.split("```yaml\n").nth(index + 1).and_then(|rest| rest.split("```").next()).expect("an example").to_owned()
}

#[test]
fn good_files_are_good() {
    let telemetry = validator(&schema::telemetry());
    let files = [
        FULL.to_owned(),
        read("otel-config/sigil/telemetry.yaml"),
        read("crates/lapwing/src/default.yaml"),
        example(0),
    ];
    for text in files {
        assert_eq!(found(&telemetry, &text), [""; 0], "{text}");
    }
    let watched = validator(&schema::monitoring());
    for text in [FULL_MONITORING.to_owned(), read("otel-config/sigil/monitoring.yaml"), example(1)] {
        assert_eq!(found(&watched, &text), [""; 0], "{text}");
    }
}

/// Each flaw alone is found by the schema, and by the reader as well.
#[test]
fn bad_files_are_bad() {
    let validator = validator(&schema::monitoring());
    for (good, bad) in [
        ("service: sigil\n", ""),
        ("service: sigil\n", "service: ../x\n"),
        ("file_format: \"1.0\"", "file_format: \"2.0\""),
        ("interval: 10s", "interval: 10"),
        ("interval: 10s", "interval: 10 s"),
        ("target: 99.9", "target: 100"),
        ("target: 99.9", "target: 0"),
        ("severity: warning", "severity: page"),
        ("name: EncodeSlow", "name: encode-slow"),
        ("name: encode-success", "name: EncodeSuccess"),
        ("    summary: Too many errors\n", ""),
        ("    summary: Too many errors\n", "    sumary: Too many errors\n"),
        ("q: 0.95", "q: 95"),
        ("      above: 0.1\n", ""),
        ("      above: 0.1\n", "      above: 0.1\n      below: 3\n"),
        ("      promql: |\n", "      above: 3\n      promql: |\n"),
        ("aggregate: min", "aggregate: mean"),
        ("where: {outcome: ok}", "where: {outcome: 3}"),
        ("overflow: off", "overflow: never"),
        ("width: 12", "width: 25"),
        ("kind: state_timeline", "kind: timeline"),
        ("webhook: {url: \"http://127.0.0.1:9095/watchdog\"}", "webhook: {url: localhost}"),
        ("webhook: {url: \"http://127.0.0.1:9095/watchdog\"}", "{}"),
        ("severity: [critical, warning]", "severity: critical"),
        ("  - {receivers: [watchdog]}", "  - {receivers: watchdog}"),
        ("labels: {team: seal}", "labels: [team]"),
    ] {
        assert!(FULL_MONITORING.contains(good), "{good}");
        let text = match bad {
            "{}" => FULL_MONITORING.replacen(&format!("\n    {good}"), "", 1),
            bad => FULL_MONITORING.replacen(good, bad, 1),
        };
        assert!(!found(&validator, &text).is_empty(), "the schema takes {bad:?} for {good:?}");
        assert!(monitoring::parse(&text, "t.yaml").is_err(), "the reader takes {bad:?} for {good:?}");
    }
}

#[test]
fn bad_telemetry_is_bad() {
    let validator = validator(&schema::telemetry());
    let reader = |exporter: &str| {
        format!(
            "file_format: \"1.1\"\nmeter_provider: {{readers: [{{pull: {{exporter: {{prometheus/development: {exporter}}}}}}}]}}\n"
        )
    };
    assert_eq!(found(&validator, &reader("{port: 9000}")), [""; 0]);
    assert_eq!(found(&validator, &reader("{port: \"${PORT:-9000}\", host: \"${HOST}\"}")), [""; 0]);
    for exporter in [
        "{port: 65536}",
        "{port: \"9000\"}",
        "{prot: 9000}",
        "{scope_info_enabled: 1}",
        "{translation_strategy: none}",
        "[]",
    ] {
        assert!(!found(&validator, &reader(exporter)).is_empty(), "{exporter}");
        assert!(lapwing_config::parse(&reader(exporter), "t.yaml", &|_| None).is_err(), "{exporter}");
    }
    for (rule, is_good) in [
        ("{span: a, duration: {instrument: a}}", true),
        ("{span: a, calls: {instrument: a, labels: [outcome, {name: b, from: span_name}]}}", true),
        ("{span: a, calls: {labels: [outcome]}}", false),
        ("{span: a, calls: {instrument: a, labels: [{name: b, from: span}]}}", false),
        ("{span: a, timing: wall}", false),
    ] {
        let text = format!(
            "file_format: \"1.1\"\ninstrumentation/development: {{rust: {{lapwing: {{rules: [{rule}]}}, other: {{}}}}}}\n"
        );
        assert_eq!(found(&validator, &text).is_empty(), is_good, "{rule}");
        assert_eq!(lapwing_config::parse(&text, "t.yaml", &|_| None).is_ok(), is_good, "{rule}");
    }
    assert!(!found(&validator, "disabled: true\n").is_empty());
}

/// Every property says what it is, and nothing else is taken.
#[test]
fn every_property_is_described_and_every_object_closed() {
    for text in [schema::telemetry(), schema::monitoring()] {
        let schema: Value = serde_json::from_str(&text).expect("JSON");
        let definitions = schema["$defs"].as_object().expect("definitions");
        assert!(definitions.len() > 20, "only {}", definitions.len());
        for (name, object) in definitions.iter().map(|(name, object)| (name.as_str(), object)).chain([("", &schema)]) {
            for (key, property) in object["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].as_str().is_some_and(|text| text.len() > 2), "`{key}` in `{name}`");
            }
            let open = matches!(name, "rust" | "substitution");
            assert!(open || object["additionalProperties"] == false, "`{name}` takes any key");
        }
    }
}
