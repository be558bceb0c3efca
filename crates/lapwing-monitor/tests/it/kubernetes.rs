use std::{collections::BTreeMap, path::Path};

use lapwing_monitor::{GeneratedFile, Options, Service, generate};
use serde::Deserialize;
use serde_yaml_ng::Value;

use crate::declarations::{called, declared_sigil, sigil};

/// Fields that the operator publishes of the objects, as far as they are used; `[]` is any item, `routes[]` is a route again.
const FIELDS: &[(&str, &[&str])] = &[
    ("PrometheusRule", &["groups"]),
    ("PrometheusRule.groups[]", &["name", "interval", "rules", "limit", "labels"]),
    (
        "PrometheusRule.groups[].rules[]",
        &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"],
    ),
    ("ServiceMonitor", &["jobLabel", "selector", "endpoints", "namespaceSelector"]),
    ("ServiceMonitor.selector", &["matchLabels", "matchExpressions"]),
    ("ServiceMonitor.endpoints[]", &["port", "path", "interval", "scheme", "scrapeTimeout"]),
    ("AlertmanagerConfig", &["route", "receivers", "inhibitRules", "muteTimeIntervals"]),
    (
        "AlertmanagerConfig.route",
        &["receiver", "groupBy", "groupWait", "groupInterval", "repeatInterval", "matchers", "continue", "routes"],
    ),
    ("AlertmanagerConfig.route.matchers[]", &["name", "value", "matchType"]),
    ("AlertmanagerConfig.inhibitRules[]", &["sourceMatch", "targetMatch", "equal"]),
    ("AlertmanagerConfig.inhibitRules[].sourceMatch[]", &["name", "value", "matchType"]),
    ("AlertmanagerConfig.inhibitRules[].targetMatch[]", &["name", "value", "matchType"]),
    ("AlertmanagerConfig.receivers[]", &["name", "slackConfigs", "pagerdutyConfigs", "webhookConfigs"]),
    (
        "AlertmanagerConfig.receivers[].slackConfigs[]",
        &["sendResolved", "apiURL", "channel", "color", "title", "titleLink", "fallback", "text", "username"],
    ),
    ("AlertmanagerConfig.receivers[].slackConfigs[].apiURL", &["name", "key", "optional"]),
    (
        "AlertmanagerConfig.receivers[].pagerdutyConfigs[]",
        &[
            "sendResolved",
            "routingKey",
            "url",
            "client",
            "clientURL",
            "description",
            "severity",
            "class",
            "group",
            "component",
            "source",
            "details",
            "pagerDutyLinkConfigs",
        ],
    ),
    ("AlertmanagerConfig.receivers[].pagerdutyConfigs[].routingKey", &["name", "key", "optional"]),
    ("AlertmanagerConfig.receivers[].pagerdutyConfigs[].details[]", &["key", "value"]),
    ("AlertmanagerConfig.receivers[].pagerdutyConfigs[].pagerDutyLinkConfigs[]", &["href", "alt"]),
    ("AlertmanagerConfig.receivers[].webhookConfigs[]", &["sendResolved", "url", "urlSecret", "maxAlerts"]),
];

/// Mappings whose keys are anybody's.
const FREE: [&str; 3] = ["labels", "annotations", "matchLabels"];

fn known(path: &str, value: &Value) {
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| known(&format!("{path}[]"), item)),
        Value::Mapping(pairs) => {
            let path = path.replace(".routes[]", "");
            let (_, fields) =
                FIELDS.iter().find(|(known, _)| *known == path).unwrap_or_else(|| panic!("{path} is no object"));
            for (key, value) in pairs {
                let key = key.as_str().unwrap();
                assert!(fields.contains(&key), "{path} has no field {key}");
                if !FREE.contains(&key) {
                    known(&format!("{path}.{key}"), value);
                }
            }
        }
        _ => {}
    }
}

fn made(services: &[Service]) -> BTreeMap<String, GeneratedFile> {
    let files = generate(services, &Options { kubernetes: true, ..Options::default() }).unwrap();
    files.into_iter().map(|file| (file.path.display().to_string(), file)).collect()
}

fn documents(file: &GeneratedFile) -> Vec<Value> {
    serde_yaml_ng::Deserializer::from_str(&file.text).map(|document| Value::deserialize(document).unwrap()).collect()
}

fn kinds(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["kind"].as_str().unwrap()).collect()
}

#[test]
fn objects_have_the_operators_fields_only() {
    let files = made(&[declared_sigil()]);
    let objects = |path: &str| documents(&files[path]);
    assert_eq!(kinds(&objects("kubernetes/sigil.yaml")), ["PrometheusRule", "ServiceMonitor", "AlertmanagerConfig"]);
    assert_eq!(kinds(&objects("kubernetes/watchdog.yaml")), ["PrometheusRule", "AlertmanagerConfig"]);
    for object in ["kubernetes/sigil.yaml", "kubernetes/watchdog.yaml"].into_iter().flat_map(objects) {
        let kind = object["kind"].as_str().unwrap();
        let version = if kind == "AlertmanagerConfig" { "v1alpha1" } else { "v1" };
        assert_eq!(object["apiVersion"].as_str().unwrap(), format!("monitoring.coreos.com/{version}"));
        assert!(object["metadata"]["name"].is_string());
        known(kind, &object["spec"]);
    }
    assert!(!made(&[sigil()]).is_empty());
    let plain = generate(&[sigil()], &Options::default()).unwrap();
    assert!(plain.iter().all(|file| !file.path.starts_with("kubernetes")));
}

#[test]
fn rules_are_those_of_the_plain_files() {
    let files = made(&[declared_sigil()]);
    for name in ["sigil", "watchdog"] {
        let plain = documents(&files[&format!("prometheus/rules/{name}.yml")]).remove(0);
        let object = documents(&files[&format!("kubernetes/{name}.yaml")]).remove(0);
        assert_eq!(object["spec"], plain, "{name}");
    }
}

#[test]
fn routes_and_secrets_are_in_the_operators_words() {
    let files = made(&[sigil(), called("File_Transfer")]);
    let objects = documents(&files["kubernetes/sigil.yaml"]);
    assert_eq!(objects[1]["spec"]["endpoints"][0]["interval"].as_str(), Some("15s"));
    let spec = &objects[2]["spec"];
    let text = serde_yaml_ng::to_string(&spec["route"]).unwrap();
    assert_eq!(
        text,
        "\
receiver: slack
matchers:
- name: service
  matchType: =
  value: sigil
routes:
- receiver: pagerduty+slack
  matchers:
  - name: severity
    matchType: =
    value: critical
  groupWait: 30s
  groupInterval: 5m
  repeatInterval: 4h
- receiver: slack
  matchers:
  - name: severity
    matchType: =~
    value: warning|info
  groupWait: 30s
  groupInterval: 5m
  repeatInterval: 4h
groupBy:
- alertname
- service
groupWait: 30s
groupInterval: 5m
repeatInterval: 4h
"
    );
    let receivers = spec["receivers"].as_sequence().unwrap();
    let slack = receivers.iter().find(|receiver| receiver["name"] == "slack").unwrap();
    assert_eq!(slack["slackConfigs"][0]["apiURL"]["key"].as_str(), Some("slack"));
    let names: Vec<&str> = receivers.iter().map(|receiver| receiver["name"].as_str().unwrap()).collect();
    for route in spec["route"]["routes"].as_sequence().unwrap() {
        assert!(names.contains(&route["receiver"].as_str().unwrap()), "{names:?}");
    }
    let watchdog = documents(&files["kubernetes/watchdog.yaml"]);
    assert_eq!(watchdog[1]["spec"]["receivers"].as_sequence().unwrap().len(), 1);
    assert_eq!(watchdog[1]["spec"]["route"]["matchers"][0]["value"].as_str(), Some("Watchdog"));
    let other = documents(&files[Path::new("kubernetes/File_Transfer.yaml").to_str().unwrap()]);
    assert_eq!(other[0]["metadata"]["name"].as_str(), Some("file-transfer"));
    assert!(files["kubernetes/sigil.yaml"].text.starts_with("# Generated by `lapwing generate`"));
}
