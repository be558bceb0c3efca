//! The table of keys against the standard's own schema.

use std::collections::BTreeSet;

use lapwing_config::{Edition, Key, Object, Status, reference};
use serde_json::Value;

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/opentelemetry_configuration-1.1.0.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the vendored schema")).expect("JSON")
}

fn definition<'s>(schema: &'s Value, object: &Object) -> Option<&'s Value> {
    match object.schema? {
        "" => Some(schema),
        name => Some(schema["$defs"].get(name).unwrap_or_else(|| panic!("the schema has no `{name}`"))),
    }
}

fn of_standard() -> impl Iterator<Item = &'static &'static Object> {
    reference().iter().filter(|object| object.schema.is_some())
}

fn properties(definition: &Value) -> BTreeSet<&str> {
    definition["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn in_1_1(key: &Key) -> bool {
    key.only.is_none_or(|(edition, _)| edition == Edition::V1_1)
}

#[test]
fn every_property_of_the_schema_is_served_or_named_as_not_served() {
    let schema = schema();
    for object in of_standard() {
        let known: BTreeSet<&str> = object.keys.iter().filter(|key| in_1_1(key)).map(|key| key.name).collect();
        let missing: Vec<_> = properties(definition(&schema, object).unwrap()).difference(&known).copied().collect();
        assert!(missing.is_empty(), "`{}` does not know {missing:?}", object.name);
    }
}

#[test]
fn no_key_is_known_that_the_schema_does_not_have() {
    let schema = schema();
    for object in of_standard() {
        let definition = definition(&schema, object).unwrap();
        let standard = properties(definition);
        // Where the schema lets others add components, those of the field's history may be named as not served.
        let open = definition["additionalProperties"].is_object();
        for key in object.keys.iter().filter(|key| in_1_1(key) && !standard.contains(key.name)) {
            let foreign = open && (object.extensible || matches!(key.status, Status::Unserved { .. }));
            assert!(foreign, "the schema has no `{}` in `{}`", key.name, object.name);
        }
    }
}

/// From the root, every object that a served key leads to is in the table.
#[test]
fn every_object_that_served_keys_lead_to_is_in_the_table() {
    let schema = schema();
    let mut visited = BTreeSet::new();
    let mut open = vec![""];
    while let Some(name) = open.pop() {
        if !visited.insert(name) {
            continue;
        }
        let object = of_standard().find(|object| object.schema == Some(name));
        let object = object.unwrap_or_else(|| panic!("`{name}` of the schema is not in the table"));
        let properties = &definition(&schema, object).unwrap()["properties"];
        for key in object.keys.iter().filter(|key| matches!(key.status, Status::Served { .. })) {
            let property = &properties[key.name];
            for target in [&property["$ref"], &property["items"]["$ref"]].into_iter().filter_map(Value::as_str) {
                let target = target.trim_start_matches("#/$defs/");
                let types = &schema["$defs"][target]["type"];
                if types == "object" || types.as_array().is_some_and(|types| types.contains(&"object".into())) {
                    open.push(target);
                }
            }
        }
    }
    assert!(visited.len() > 40, "only {} objects were reached", visited.len());
    let unreached: Vec<_> = of_standard().filter(|object| !visited.contains(object.schema.unwrap())).collect();
    assert!(unreached.is_empty(), "never reached: {unreached:?}");
}

#[test]
fn choices_and_required_keys_are_the_schemas() {
    let schema = schema();
    for object in of_standard() {
        let definition = definition(&schema, object).unwrap();
        assert_eq!(definition["maxProperties"] == 1, object.choice, "choice of `{}`", object.name);
        let required: BTreeSet<&str> =
            definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let ours = |key: &&Key| matches!(key.status, Status::Served { default: "required", .. });
        let ours: BTreeSet<&str> = object.keys.iter().filter(ours).map(|key| key.name).collect();
        assert_eq!(required, ours, "required keys of `{}`", object.name);
    }
}

/// Where the schema says "… X is used.", the table says the same X.
#[test]
fn defaults_are_the_schemas() {
    let schema = schema();
    let mut compared = 0;
    for object in of_standard() {
        let properties = &definition(&schema, object).unwrap()["properties"];
        for key in object.keys {
            let Status::Served { default, .. } = key.status else { continue };
            let Some(text) = properties[key.name]["description"].as_str() else { continue };
            let Some(said) =
                text.lines().find_map(|line| line.strip_prefix("If omitted").and_then(|l| l.strip_suffix(" is used.")))
            else {
                continue;
            };
            let said = said.trim_start_matches(" or null").trim_start_matches(", ");
            let ours = default.trim_matches('`');
            if said.contains(' ') && !said.starts_with('[') {
                continue;
            }
            assert_eq!(
                ours.to_lowercase(),
                said.trim_end_matches("IdGenerator").to_lowercase(),
                "default of `{}` in `{}`",
                key.name,
                object.name
            );
            compared += 1;
        }
    }
    assert!(compared > 30, "only {compared} defaults were compared");
}

#[test]
fn names_of_objects_are_unique() {
    let names: BTreeSet<&str> = reference().iter().map(|object| object.name).collect();
    assert_eq!(names.len(), reference().len());
}
