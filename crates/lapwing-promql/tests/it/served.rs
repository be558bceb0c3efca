//! What is said of results' labels holds for what Prometheus answers.

use std::time::Duration;

use lapwing_promql::{Dialect, Presence, parse};
use stack::{Part, Prometheus, need};

/// Series `x` and `y`, and a histogram, recorded by rules.
const RULES: &str = r#"
groups:
- name: series
  rules:
  - {record: x, expr: vector(1), labels: {a: "1", b: "1", c: "1"}}
  - {record: x, expr: vector(2), labels: {a: "2", c: "2"}}
  - {record: y, expr: vector(3), labels: {a: "1", c: "1", d: "1"}}
  - {record: y, expr: vector(4), labels: {a: "2", b: "2", c: "2"}}
  - {record: z, expr: vector(5), labels: {c: "1", d: "1"}}
  - {record: h_bucket, expr: time(), labels: {a: "1", le: "1"}}
  - {record: h_bucket, expr: time() * 2, labels: {a: "1", le: "+Inf"}}
"#;

const QUERIES: [&str; 64] = [
    "x",
    "{a=\"1\"}",
    "{__name__=~\"x|y\", b=\"\"}",
    "x{b!=\"\"}",
    "x{b=~\".*\", a=~\".+\"}",
    "rate(h_bucket[1m])",
    "last_over_time(x[1m])",
    "max_over_time(x[1m])",
    "max_over_time(x{b=\"1\"}[1m:1s])",
    "timestamp(x)",
    "-x",
    "+x",
    "x * 2",
    "2 > x",
    "x > bool 0",
    "x == x",
    "sum(x)",
    "sum by (a, b) (x)",
    "sum by (__name__, b) (x)",
    "sum without (a) (x{b=\"1\"})",
    "topk(1, x)",
    "bottomk by (a) (1, x{a=\"1\"})",
    "quantile by (c) (0.5, x)",
    "count_values(\"v\", x)",
    "count_values by (b) (\"a\", x)",
    "x / x",
    "x{a=\"2\"} < ignoring (b, d) y{a=\"2\"}",
    "x + on (a) y",
    "x + on (a, c) y",
    "x > bool on (a) y",
    "x < on (a, c) y",
    "x{b=\"1\"} - ignoring (b, d) y{d=\"1\"}",
    "x{b=\"1\"} < ignoring (b, d) y{d=\"1\"}",
    "x * on (c) group_left y",
    "x * on (c) group_left (d) y",
    "x < on (c) group_left (d) y",
    "x * on (c) group_left (b) z",
    "z * on (c) group_right (d) x",
    "x{b=\"1\"} * ignoring (b, a, d) group_left (d) z",
    "x and on (a) y",
    "x unless on (d) y{d=\"1\"}",
    "x unless on (c) z",
    "x or y",
    "sum by (a) (x) or sum by (c) (z)",
    "x or vector(1)",
    "vector(1)",
    "vector(scalar(sum(x)))",
    "hour()",
    "minute(x)",
    "absent(nothing{a=\"1\", b=~\"2\"})",
    "absent(nothing{a=\"1\", a=\"2\", b=\"3\"})",
    "absent((nothing{a=\"1\", b=\"\"}))",
    "absent(sum(nothing{a=\"1\"}))",
    "absent_over_time(nothing{b=\"1\"}[5m])",
    "label_replace(x, \"d\", \"$1\", \"a\", \"(.*)\")",
    "label_replace(x, \"d\", \"$1\", \"b\", \"(.+)\")",
    "label_replace(x, \"a\", \"\", \"c\", \"1\")",
    "label_replace(sum(x), \"d\", \"new\", \"none\", \"\")",
    "label_replace(sum by (a) (x{a=\"1\"}), \"a\", \"\", \"a\", \".*\")",
    "label_replace(x, \"__name__\", \"n\", \"a\", \"(.*)\")",
    "label_join(x, \"d\", \"-\", \"a\", \"b\")",
    "label_join(x, \"a\", \"\", \"b\")",
    "histogram_quantile(0.9, rate(h_bucket[1m]))",
    "sort_desc(clamp_min(x, 1)) or sort(x)",
];

#[test]
fn labels_are_as_prometheus_answers() {
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules.yaml");
        std::fs::write(&rules, RULES).unwrap();
        let builder = Prometheus::builder(&located).rule_file(rules).evaluation_interval(Duration::from_secs(1));
        let prometheus = builder.start().unwrap();
        let ready = "sum(rate(h_bucket[1m])) and sum(z)";
        prometheus.wait_for(ready, Duration::from_secs(30), |samples| !samples.is_empty()).unwrap();
        for query in QUERIES {
            let labels = parse(query, Dialect::Prometheus).unwrap().result_labels();
            let samples = prometheus.query(query).unwrap();
            assert!(!samples.is_empty(), "{part}: {query} gives nothing");
            for sample in samples {
                for label in ["a", "b", "c", "d", "v", "le", "__name__"] {
                    let there = !sample.label(label).is_empty();
                    let right = match labels.has(label) {
                        Presence::Yes => there,
                        Presence::No => !there,
                        Presence::Maybe => true,
                    };
                    assert!(right, "{part}: {query}: {label} in {:?}, but {:?}", sample.labels, labels.has(label));
                }
            }
        }
    }
}
