//! Who produces the telemetry.

use std::collections::HashSet;

use lapwing_config::{AttributeValue, Configuration};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector, TelemetryResourceDetector},
};

/// The configured attributes, `telemetry.sdk.*`, and a `service.name` in any case. The environment has no say: it does
/// only where the file substitutes a variable.
pub(crate) fn resource(configuration: &Configuration) -> Resource {
    let mut seen = HashSet::new();
    // The first of a key counts: `attributes` come before `attributes_list` and take precedence.
    let mut attributes: Vec<KeyValue> = configuration
        .resource
        .iter()
        // What a quoted variable that is not set leaves.
        .filter(|(key, value)| !(key == "service.name" && *value == AttributeValue::String(String::new())))
        .filter(|(key, _)| seen.insert(key.as_str()))
        .map(|(key, value)| KeyValue::new(key.clone(), attribute(value)))
        .collect();
    if !seen.contains("service.name") {
        attributes.push(KeyValue::new("service.name", format!("unknown_service:{}", executable())));
    }
    let sdk = TelemetryResourceDetector.detect();
    let builder = Resource::builder_empty()
        .with_attributes(sdk.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())));
    match &configuration.resource_schema_url {
        Some(url) => builder.with_schema_url(attributes, url.clone()).build(),
        None => builder.with_attributes(attributes).build(),
    }
}

/// Name of the running executable, without its folder.
pub(crate) fn executable() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "rust".to_owned())
}

fn attribute(value: &AttributeValue) -> Value {
    let strings = |values: &[String]| values.iter().map(|s| StringValue::from(s.clone())).collect();
    match value {
        AttributeValue::String(value) => Value::from(value.clone()),
        AttributeValue::Bool(value) => Value::from(*value),
        AttributeValue::Int(value) => Value::from(*value),
        AttributeValue::Double(value) => Value::from(*value),
        AttributeValue::StringArray(values) => Value::Array(Array::String(strings(values))),
        AttributeValue::BoolArray(values) => Value::Array(Array::Bool(values.clone())),
        AttributeValue::IntArray(values) => Value::Array(Array::I64(values.clone())),
        AttributeValue::DoubleArray(values) => Value::Array(Array::F64(values.clone())),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key;

    use super::*;

    fn with(resource: Vec<(&str, AttributeValue)>) -> Resource {
        let resource = resource.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        super::resource(&Configuration { resource, ..Configuration::default() })
    }

    #[test]
    fn a_nameless_service_is_unknown_and_the_sdk_is_named() {
        let resource = with(vec![]);
        let name = resource.get(&Key::new("service.name")).unwrap().to_string();
        assert!(name.starts_with("unknown_service:lapwing"), "{name}");
        assert_eq!(resource.get(&Key::new("telemetry.sdk.language")), Some("rust".into()));
        let resource = with(vec![("service.name", AttributeValue::String(String::new()))]);
        let name = resource.get(&Key::new("service.name")).unwrap().to_string();
        assert!(name.starts_with("unknown_service:lapwing"), "{name}");
    }

    #[test]
    fn the_first_of_a_key_counts_and_types_stay() {
        let resource = with(vec![
            ("service.name", AttributeValue::String("a".into())),
            ("replicas", AttributeValue::Int(3)),
            ("service.name", AttributeValue::String("b".into())),
            ("zones", AttributeValue::StringArray(vec!["x".into(), "y".into()])),
        ]);
        assert_eq!(resource.get(&Key::new("service.name")), Some("a".into()));
        assert_eq!(resource.get(&Key::new("replicas")), Some(3.into()));
        assert_eq!(resource.get(&Key::new("zones")).unwrap().to_string(), r#"["x","y"]"#);
    }
}
