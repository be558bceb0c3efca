use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use lapwing_monitor::{Options, Service, alert_rules, generate};
use serde_yaml_ng::Value;
use stack::{Part, Promtool, PromtoolError, need};

use crate::{
    declarations::{declared_sigil, sigil},
    rules::write,
};

pub(crate) const RULES: &str = "prometheus/rules/sigil.yml";
pub(crate) const TESTS: &str = "prometheus/tests/sigil.yml";
/// Those of hours.
pub(crate) const SLOW: &str = "prometheus/tests/sigil-slow.yml";

/// Whether a test asks for an alert.
pub(crate) fn asks(test: &Value, alert: &str) -> bool {
    let all = |key: &str| test[key].as_sequence().cloned().unwrap_or_default();
    let expr = format!("alertname=\"{alert}\"");
    all("alert_rule_test").iter().any(|asked| asked["alertname"] == alert)
        || all("promql_expr_test").iter().any(|asked| asked["expr"].as_str().unwrap().contains(&expr))
}

/// Leaves only the tests that ask for an alert.
fn only(file: &Path, alert: &str) {
    let mut tests: Value = serde_yaml_ng::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let all = tests["tests"].as_sequence_mut().unwrap();
    all.retain(|test| asks(test, alert));
    assert!(!all.is_empty(), "no test of {alert}");
    fs::write(file, serde_yaml_ng::to_string(&tests).unwrap()).unwrap();
}

/// Leaves only the rules that an alert needs: itself, or all of its objective.
fn only_rules(text: &str, alert: &str) -> String {
    let mut file: Value = serde_yaml_ng::from_str(text).unwrap();
    let rules = file["groups"][0]["rules"].as_sequence_mut().unwrap();
    let objective = rules.iter().find(|rule| rule["alert"] == alert).unwrap()["labels"].get("objective").cloned();
    rules.retain(|rule| match &objective {
        Some(objective) => rule["labels"].get("objective") == Some(objective),
        None => rule["alert"] == alert,
    });
    serde_yaml_ng::to_string(&file).unwrap()
}

fn made(folder: &Path, compress: u32) {
    write(
        folder,
        &generate(
            &[if compress == 1 { declared_sigil() } else { sigil() }],
            &Options { compress, ..Options::default() },
        )
        .unwrap(),
    );
}

fn passes(part: Part, compress: u32) {
    let Some(located) = need(part) else { return };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), compress);
    for file in [TESTS, SLOW, "prometheus/tests/watchdog.yml"] {
        let tested = Promtool::new(&located).test_rules(&folder.path().join(file));
        tested.unwrap_or_else(|error| panic!("{part}: {error}"));
    }
}

/// Both generations run them in the step `promtool` of `cargo xtask test`.
#[test]
fn rules_pass_their_tests() {
    passes(Part::Prometheus2, 1);
}

#[test]
fn rules_of_a_drill_pass_their_tests() {
    passes(Part::Prometheus3, 60);
}

/// `1h30m` in seconds.
fn seconds(text: &str) -> u64 {
    let mut rest = text;
    let mut all = 0;
    while let Some(at) = rest.find(|c: char| !c.is_ascii_digit()) {
        let unit = match &rest[at..at + 1] {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            other => panic!("{other} in {text}"),
        };
        all += unit * rest[..at].parse::<u64>().unwrap();
        rest = &rest[at + 1..];
    }
    all
}

#[test]
fn every_alert_is_seen_to_be_quiet_to_fire_and_to_resolve() {
    let service = declared_sigil();
    let files = generate(std::slice::from_ref(&service), &Options::default()).unwrap();
    let tests = [TESTS, SLOW].map(|path| -> Value {
        let file = files.iter().find(|file| file.path == Path::new(path)).unwrap();
        serde_yaml_ng::from_str(&file.text).unwrap()
    });
    for rule in alert_rules(&service).unwrap() {
        let labels: String = rule.labels.iter().map(|(name, value)| format!(",{name}=\"{value}\"")).collect();
        let expr = format!("count (ALERTS{{alertname=\"{}\",alertstate=\"firing\"{labels}}})", rule.name);
        let is = |alert: &Value| rule.labels.iter().all(|(name, value)| alert["exp_labels"][name] == value.as_str());
        // Of each story when it is quiet and when it fires.
        let stories: Vec<[Vec<u64>; 2]> = tests
            .iter()
            .flat_map(|tests| tests["tests"].as_sequence().unwrap())
            .map(|test| {
                let all = |key: &str| test[key].as_sequence().cloned().unwrap_or_default();
                let alerts =
                    all("alert_rule_test").into_iter().filter(|asked| asked["alertname"] == rule.name.as_str());
                let queries = all("promql_expr_test").into_iter().filter(|asked| asked["expr"] == expr.as_str());
                let fires = |asked: &Value| match asked.get("exp_alerts") {
                    Some(alerts) => alerts.as_sequence().unwrap().iter().any(is),
                    None => !asked["exp_samples"].is_null(),
                };
                let (fires, quiet): (Vec<_>, Vec<_>) = alerts.chain(queries).partition(fires);
                [quiet, fires].map(|all| all.iter().map(|test| seconds(test["eval_time"].as_str().unwrap())).collect())
            })
            .collect();
        // Before it fires, or where it never does.
        let waits = |[quiet, fires]: &[Vec<u64>; 2]| {
            quiet.iter().any(|time| fires.iter().min().is_none_or(|first| time < first))
        };
        assert!(stories.iter().any(waits), "{expr} is never quiet");
        let resolves = |[quiet, fires]: &[Vec<u64>; 2]| {
            fires.iter().max().is_some_and(|last| quiet.iter().any(|time| time > last))
        };
        assert!(stories.iter().any(resolves), "{expr} never resolves");
    }
}

/// A change of the rules, and the alert whose tests find it: what is replaced, once, behind the first place of `behind`.
struct Change {
    alert: &'static str,
    behind: &'static str,
    from: &'static str,
    to: &'static str,
}

const fn change(alert: &'static str, behind: &'static str, from: &'static str, to: &'static str) -> Change {
    Change { alert, behind, from, to }
}

const FAST: &str = "alert: SigilEncodeSuccessBurnsFast";
const SLOWLY: &str = "alert: SigilEncodeSuccessBurnsSlowly";
const GOOD: &str = " or sum (rate(sigil_encode_total{job=\"sigil\"}[1h])) * 0";
const BUDGET: &str = "record: objective:error_budget_remaining:ratio";
const CHANGES: [Change; 26] = [
    change("SigilEncodeSuccessBurnsFast", "record: objective:bad_events:ratio_rate1h", GOOD, ""),
    change("SigilEncodeSuccessBurnsFast", BUDGET, "1 - ", "1.01 - "),
    change("SigilEncodeSuccessBurnsFast", FAST, "> 14.4 * 0.001", "> 15 * 0.001"),
    change("SigilEncodeSuccessBurnsFast", FAST, "> 6 * 0.001", "> 6.1 * 0.001"),
    change("SigilEncodeSuccessBurnsSlowly", SLOWLY, "> 3 * 0.001", "> 3.1 * 0.001"),
    change("SigilEncodeSuccessBurnsSlowly", SLOWLY, "> 1 * 0.001", "> 1.1 * 0.001"),
    change("SigilEncodeSuccessBurnsFast", FAST, ">= 20", ">= 1"),
    change("SigilEncodeSuccessBurnsFast", FAST, "severity: critical", "severity: warning"),
    change("SigilTargetDown", "alert: SigilTargetDown", "== 0", "== 1"),
    change("SigilVerifySlow", "alert: SigilVerifySlow", "le=\"0.5\"", "le=\"1.0\""),
    change("SigilEncodeSlow", "alert: SigilEncodeSlow", "< 0.95", "< 0.9"),
    change("SigilEncodeSlow", "alert: SigilEncodeSlow", "< 0.95", "> 0.95"),
    change("SigilEncodeSlow", "alert: SigilEncodeSlow", "le=\"1.0\"", "le=\"0.5\""),
    change("SigilEncodeSlow", "alert: SigilEncodeSlow", "for: 10m", "for: 5m"),
    change("SigilDiskLow", "alert: SigilDiskLow", "keep_firing_for: 5m", "keep_firing_for: 1m"),
    change("SigilErrors", "alert: SigilErrors", "> 1\n", "> 1.1\n"),
    change("SigilErrors", "alert: SigilErrors", "60 * sum", "30 * sum"),
    change("SigilErrors", "alert: SigilErrors", "[5m]", "[1h]"),
    change("SigilErrors", "alert: SigilErrors", "severity: warning", "severity: info"),
    change("SigilStorageSlow", "alert: SigilStorageSlow", "job=\"sigil\"", "job=\"other\""),
    change("SigilCircuitOpen", "alert: SigilCircuitOpen", "> 0", "> 1"),
    change("SigilDatabaseUnreachable", "alert: SigilDatabaseUnreachable", "== 0", "== 1"),
    change("SigilDiskLow", "alert: SigilDiskLow", "< 1073741824", "<= 1073741824"),
    change("SigilOutboxGrowing", "alert: SigilOutboxGrowing", "> 10000", ">= 10000"),
    change("SigilNoMetrics", "alert: SigilNoMetrics", "unless", "and"),
    change("SigilScrapeSlow", "alert: SigilScrapeSlow", "> 5", "> 6"),
];

#[test]
fn changed_rules_fail_their_tests() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(change) = CHANGES.get(next.fetch_add(1, Ordering::Relaxed)) {
                    fails(&located, change);
                }
            });
        }
    });
}

fn fails(located: &stack::Located, change: &Change) {
    let Change { alert, behind, from, to } = change;
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 1);
    let (rules, tests) = (folder.path().join(RULES), folder.path().join(TESTS));
    only(&tests, alert);
    let text = fs::read_to_string(&rules).unwrap();
    let begin = text.find(behind).unwrap_or_else(|| panic!("no {behind}"));
    let (before, after) = text.split_at(begin);
    assert!(after.contains(from), "nothing to change for {alert}: {from}");
    fs::write(&rules, only_rules(&format!("{before}{}", after.replacen(from, to, 1)), alert)).unwrap();
    let error = Promtool::new(located).test_rules(&tests).expect_err(&format!("{alert}: {from:?} as {to:?}"));
    assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("FAILED")), "{alert}: {error}");
}

/// An alert whose condition says nothing of when it fires.
fn service(tests: &str) -> Service {
    let mut service = declared_sigil();
    let text = format!(
        "file_format: \"1.0\"\nservice: sigil\nalerts:\n  - name: Odd\n    severity: info\n    summary: x\n    \
         condition: {{promql: sum(sigil_pool_in_use_bytes) > 2 * sum(sigil_pool_idle_bytes)}}\n    for: 2m\n{tests}"
    );
    service.monitoring.alerts = lapwing_config::monitoring::parse(&text, "m.yaml").unwrap().alerts;
    service.monitoring.objectives.clear();
    service
}

#[test]
fn a_condition_of_which_nothing_is_known_needs_tests() {
    let error = |tests: &str| generate(&[service(tests)], &Options::default()).unwrap_err().to_string();
    let said = error("");
    assert!(said.starts_with("sigil/monitoring.yaml:4:11: alert `Odd` has no test: none can be derived"), "{said}");
    assert!(said.contains("when it fires and when it doesn't; add tests: ["), "{said}");
    assert!(error("    tests: [{quiet_at: [5m]}]\n").contains("don't say that it fires;"));
    assert!(error("    tests: [{fires_at: [5m]}]\n").contains("don't say that it doesn't fire;"));
}

#[test]
fn tests_that_are_declared_are_run() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let result = |fires_at: &str| {
        let tests = format!(
            "    tests:\n      - interval: 30s\n        series: {{sigil_pool_in_use_bytes: '1x10 5x20', sigil_pool_idle_bytes: '2x30'}}\n        \
             quiet_at: [5m, 6m30s]\n        fires_at: [{fires_at}]\n"
        );
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &generate(&[service(&tests)], &Options::default()).unwrap());
        only(&folder.path().join(TESTS), "Odd");
        Promtool::new(&located).test_rules(&folder.path().join(TESTS))
    };
    result("8m, 15m").unwrap();
    let error = result("6m").unwrap_err();
    assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("Odd")), "{error}");
}

#[test]
fn a_share_of_what_never_happened_is_below() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let mut service = service("");
    let text = "file_format: \"1.0\"\nservice: sigil\nalerts:\n  - name: Odd\n    severity: info\n    summary: x\n    condition: \
                {share: {instrument: sigil.encode, part: {outcome: ok}, over: 5m}, below: 0.9}\n    for: 2m\n";
    service.monitoring.alerts = lapwing_config::monitoring::parse(text, "m.yaml").unwrap().alerts;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &generate(&[service], &Options::default()).unwrap());
    let (rules, tests) = (folder.path().join(RULES), folder.path().join(TESTS));
    only(&tests, "Odd");
    Promtool::new(&located).test_rules(&tests).unwrap();
    // A story finds it if the part that has no series is forgotten.
    let text = fs::read_to_string(&rules).unwrap();
    let without = text.replace(" or sum (rate(sigil_encode_total{job=\"sigil\"}[5m])) * 0", "");
    assert_ne!(without, text);
    fs::write(&rules, without).unwrap();
    let error = Promtool::new(&located).test_rules(&tests).unwrap_err();
    assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("FAILED")), "{error}");
}

#[test]
fn what_went_wrong_before_the_first_scrape_is_told() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 1);
    let (rules, tests) = (folder.path().join(RULES), folder.path().join(SLOW));
    let text = fs::read_to_string(&rules).unwrap();
    for alert in ["SigilTelemetryProblems", "SigilSeriesOverflow"] {
        made(folder.path(), 1);
        only(&tests, alert);
        let (before, after) = text.split_at(text.find(&format!("alert: {alert}")).unwrap());
        let arm = after.find("or\n          lapwing_problems_total").unwrap();
        let ends = arm + after[arm..].find("\n          )").unwrap();
        fs::write(&rules, format!("{before}{}{}", &after[..arm], &after[ends..])).unwrap();
        let error = Promtool::new(&located).test_rules(&tests).unwrap_err();
        assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("FAILED")), "{alert}: {error}");
    }
}

/// Conditions that tests are derived from, of instances, sums of them and the best or the worst of them.
const CONDITIONS: [&str; 37] = [
    "{value: {instrument: sigil.outbox.pending, aggregate: sum, by: [backend]}, above: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: sum}, below: 0.3}",
    "{value: {instrument: sigil.outbox.pending, aggregate: avg}, above: 0.3}",
    "{value: {instrument: sigil.outbox.pending, aggregate: max}, above: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: max}, below: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: max}, equals: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: min}, above: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: min}, below: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: min}, equals: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: count}, above: 2}",
    "{value: {instrument: sigil.outbox.pending, aggregate: count}, below: 2}",
    "{rate: {instrument: sigil.encode}, below: 1}",
    "{increase: {instrument: sigil.error, by: [operation]}, above: 0}",
    "{increase: {instrument: sigil.encode}, equals: 0}",
    "{share: {instrument: sigil.encode, part: {outcome: ok}}, below: 0.9, min_events: 10}",
    "{quantile: {instrument: sigil.storage.write, q: 0.95, by: [backend]}, above: 0.5, min_events: 10}",
    "{quantile: {instrument: sigil.storage.write, q: 0.95}, above: 0.3, min_events: 10}",
    "{value: {instrument: sigil.outbox.pending, aggregate: sum, by: [instance]}, above: 0.3}",
    "{value: {instrument: sigil.outbox.pending, aggregate: count, by: [instance]}, above: 2}",
    "{value: {instrument: sigil.outbox.pending, aggregate: sum, where: {instance: ['a:1', 'b:1']}}, above: 10}",
    "{rate: {instrument: sigil.error, per: 1m, by: [operation, instance]}, above: 1}",
    "{share: {instrument: sigil.encode, part: {outcome: error}, by: [instance]}, above: 0.1}",
    "{quantile: {instrument: sigil.storage.write, q: 0.95, by: [instance]}, below: 0.5}",
    "{quantile: {instrument: sigil.storage.write, q: 0.95, by: [instance]}, below: 0.3}",
    "{promql: sigil_disk_free_bytes > 5}",
    "{promql: 'sigil_disk_free_bytes{backend!=\"embedded\",instance=\"a:1\"} < 5'}",
    "{promql: 'sum by (backend) (sigil_disk_free_bytes{job=\"sigil\"}) > 5'}",
    "{promql: 'sum by (instance) (rate(sigil_error_total{job=\"sigil\"}[5m])) > 1'}",
    "{promql: sum(sigil_disk_free_bytes > 5)}",
    "{promql: avg without (instance) (sigil_disk_free_bytes) < 5}",
    "{promql: 'max(sigil_disk_free_bytes{job=\"sigil\"}) > 5'}",
    "{promql: max(sum by (instance) (sigil_disk_free_bytes)) > 5}",
    "{promql: 'predict_linear(sigil_disk_free_bytes{job=\"sigil\"}[1h], 3600) < 0'}",
    "{promql: 'absent(sigil_disk_free_bytes{job=\"sigil\",backend=\"postgres\"})'}",
    "{promql: 'sigil_disk_free_bytes{job=\"sigil\"}'}",
    "{promql: 'elsewhere{job=\"sigil\",kind!=\"x\"} > 5'}",
    "{promql: sum(sigil_disk_free_bytes) > 5}",
];

/// A service with an alert for each of these conditions, and no others.
fn conditions(conditions: &[&str], summary: &str) -> Service {
    let alerts = conditions.iter().enumerate().map(|(index, condition)| {
        format!(
            "  - {{name: Odd{index}, severity: info, summary: '{summary}', condition: {condition}, for: 1m, keep_firing_for: 2m}}\n"
        )
    });
    let off = "standard_alerts: {target_down: off, absent: off, no_metrics: off, overflow: off, problems: off, slow_scrape: off}";
    let text = format!("file_format: \"1.0\"\nservice: sigil\n{off}\nalerts:\n{}", alerts.collect::<String>());
    let monitoring = lapwing_config::monitoring::parse(&text, "m.yaml").unwrap();
    Service { monitoring, ..declared_sigil() }
}

#[test]
fn tests_of_all_conditions_are_passed() {
    for (part, compress) in [(Part::Prometheus2, 1), (Part::Prometheus3, 60)] {
        let Some(located) = need(part) else { continue };
        // promtool evaluates all rules in each test: few are quick.
        for few in CONDITIONS.chunks(5) {
            let folder = tempfile::tempdir().unwrap();
            let service = conditions(few, "{{ $labels.backend }} on {{ $labels.instance }}");
            write(folder.path(), &generate(&[service], &Options { compress, ..Options::default() }).unwrap());
            let tests = folder.path().join(TESTS);
            assert!(!fs::read_to_string(&tests).unwrap().contains("ALERTS"), "annotations that are known are compared");
            Promtool::new(&located).test_rules(&tests).unwrap_or_else(|error| panic!("{part}: {few:?}: {error}"));
        }
    }
}

#[test]
fn where_annotations_are_not_known_labels_are_compared() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let service = conditions(&[CONDITIONS[0]], "{{ $value }} changes wait");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &generate(&[service], &Options::default()).unwrap());
    let (rules, tests) = (folder.path().join(RULES), folder.path().join(TESTS));
    let text = fs::read_to_string(&tests).unwrap();
    let labels =
        "ALERTS{alertname=\"Odd0\",alertstate=\"firing\",backend=\"test\",service=\"sigil\",severity=\"info\"}";
    assert!(text.contains(labels) && !text.contains("exp_annotations"), "{text}");
    Promtool::new(&located).test_rules(&tests).unwrap();
    let text = fs::read_to_string(&rules).unwrap();
    let without = text.replace("sum by (backend) (", "sum (");
    assert_ne!(without, text);
    fs::write(&rules, without).unwrap();
    let error = Promtool::new(&located).test_rules(&tests).unwrap_err();
    assert!(matches!(&error, PromtoolError::Invalid(said) if said.contains("FAILED")), "{error}");
}
