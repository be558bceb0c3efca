//! What is refused in `monitoring.yaml`, where, and with which way out.

use super::{bad, errors, parse};
use crate::support::brief;

/// The errors of an alert with this condition, which begins at line 7.
fn condition(condition: &str) -> Vec<String> {
    errors(&format!("alerts:\n  - name: A\n    severity: info\n    summary: x\n    condition: {condition}\n"))
}

fn objective(rest: &str) -> Vec<String> {
    errors(&format!("objectives:\n  - {{name: a, summary: x, {rest}}}\n"))
}

fn panel(rest: &str) -> Vec<String> {
    errors(&format!("dashboard:\n  rows:\n    - title: r\n      panels:\n        - {{title: p, kind: stat, {rest}}}\n"))
}

#[test]
fn an_error_is_shown_with_its_line() {
    let found = bad(
        "alerts:\n  - name: Slow\n    severity: warning\n    sumary: It is slow\n    condition: {promql: up == 0}\n",
    );
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[1].to_string(),
        "\
error: unknown key `sumary` in `alert`
 --> m.yaml:6:5
  |
6 |     sumary: It is slow
  |     ^^^^^^
  = help: did you mean `summary`?"
    );
}

#[test]
fn tests_of_an_alert_say_what_they_are_for() {
    let tests = |tests: &str| {
        errors(&format!(
            "alerts:\n  - {{name: A, severity: info, summary: x, condition: {{promql: up}}, tests: {tests}}}\n"
        ))
    };
    assert_eq!(
        tests("[{series: {up: 1x10}}]"),
        [
            "4:76 this test does not say when the alert fires, nor when it does not (add `fires_at` or `quiet_at`, such as [10m])"
        ]
    );
    let found = tests("[{series: {up: 1}, fires_at: [10], interval: 0s}]");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("`up` must be a string"), "{found:?}");
    assert!(found[1].contains("must be a duration, found `10`"), "{found:?}");
    assert!(found[2].contains("`interval` must be more than nothing"), "{found:?}");
}

#[test]
fn all_errors_come_at_once_in_file_order() {
    let found = errors(
        "\
scrape: {interval: 15}
objectives:
  - {name: EncodeOk, target: 100}
alerts:
  - {name: slow, severity: loud, summary: 3, condition: {}}
nonsense: 1
",
    );
    assert_eq!(
        found,
        [
            "3:20 `interval` must be a duration, found `15` (write number and unit, such as `30s`, `5m`, `1h30m` or `30d`)",
            "5:5 `summary` is missing in `objective` (add `summary`: string: one sentence)",
            "5:5 `good` is missing in `objective` (add `good`, with keys of `instrument`, `where`, `within`, `of`)",
            "5:12 `EncodeOk` is no `name` (write it in kebab-case, such as `encode-success`)",
            "5:30 `target` must be above 0 and below 100 (percent of events, such as 99.9)",
            "7:12 `slow` is no `name` (write it in CamelCase, such as `EncodeSlow`)",
            "7:28 `loud` is no `severity` (one of `none`, `info`, `warning`, `critical`)",
            "7:43 `summary` must be a string, found an integer (put it in quotes)",
            "7:46 `condition` is not complete (add one of `quantile`, `rate`, `increase`, `share`, `value`, `promql`)",
            "7:46 `condition` is not complete (add one of `promql`, `above`, `below`, `equals`)",
            "8:1 unknown key `nonsense` in `monitoring` (known keys: `file_format`, `service`, `telemetry`, `scrape`, \
             `links`, `objectives`, `alerts`, `standard_alerts`, `dashboard`, `receivers`, `routes`)",
        ]
    );
}

#[test]
fn a_file_begins_with_its_format_and_the_service() {
    let read = |text: &str| parse(text, "m.yaml").unwrap_err().findings().iter().map(brief).collect::<Vec<_>>();
    assert_eq!(read(""), ["1:1 the file is empty (begin with file_format: \"1.0\")"]);
    assert_eq!(read("[a]"), ["1:1 the file must be a mapping, found a list (begin with file_format: \"1.0\")"]);
    assert_eq!(read("scrape: {}\n").len(), 2);
    assert_eq!(
        read("file_format: \"2.0\"\nservice: ../x\n"),
        [
            "1:14 `2.0` is no `file_format` (did you mean `1.0`?)",
            "2:10 `../x` is no `service` (begin with a letter or digit, and go on with these, `_`, `.` or `-`)"
        ]
    );
    assert_eq!(
        read("file_format: \"1.0\"\nservice: a\n---\nb: 1\n"),
        ["3:1 a second document begins here (a configuration is one document)"]
    );
}

#[test]
fn a_condition_asks_one_thing_and_compares_once() {
    assert_eq!(
        condition("{rate: {instrument: a}, value: {instrument: b}, above: 1}"),
        [
            "7:40 `condition` has `rate` and `value` (exactly one of `quantile`, `rate`, `increase`, `share`, `value`, `promql` \
             is allowed here)"
        ]
    );
    assert_eq!(
        condition("{rate: {instrument: a}, above: 1, below: 2}"),
        [
            "7:50 `condition` has `above` and `below` (exactly one of `promql`, `above`, `below`, `equals` is allowed here)"
        ]
    );
    assert_eq!(
        condition("{promql: up, above: 1}"),
        [
            "7:29 `condition` has `promql` and `above` (exactly one of `promql`, `above`, `below`, `equals` is allowed here)"
        ]
    );
    assert_eq!(
        condition("{rate: {instrument: a}}"),
        ["7:5 `condition` is not complete (add one of `promql`, `above`, `below`, `equals`)"]
    );
    assert_eq!(
        condition("{promql: up == 0, min_events: 3}"),
        ["7:34 `min_events` has no effect beside `promql` (say it in the expression)"]
    );
}

#[test]
fn queries_have_their_keys_and_bounds() {
    for (query, found) in [
        (
            "quantile: {instrument: a, q: 95}",
            "7:46 `q` must be above 0 and below 1 (0.95 asks for what 95 % do not exceed)",
        ),
        ("quantile: {instrument: a}", "7:17 `q` is missing in `quantile` (add `q`: number above 0 and below 1)"),
        (
            "rate: {instrument: a, over: 5}",
            "7:45 `over` must be a duration, found `5` (write number and unit, such as `30s`, `5m`, `1h30m` or `30d`)",
        ),
        ("rate: {instrument: a, over: 0s}", "7:45 `over` must be more than nothing"),
        (
            "rate: {instrument: a, window: 5m}",
            "7:39 unknown key `window` in `rate` (known keys: `instrument`, `over`, `per`, `by`, `where`)",
        ),
        ("rate: {instrument: a, by: [x, x]}", "7:47 `x` is twice in `by` (keep one)"),
        ("rate: {instrument: a, where: {x: 3}}", "7:50 `x` must be a string, found an integer (put it in quotes)"),
        ("rate: {instrument: a, where: {x: []}}", "7:47 `x` has no value (leave the label out, or give it a value)"),
        ("rate: {instrument: a, where: {}}", "7:46 `where` is empty (leave `where` out, or give it a label)"),
        ("rate: {instrument: \"\"}", "7:36 `instrument` is empty"),
        (
            "value: {instrument: a, aggregate: mean}",
            "7:51 `mean` is no `aggregate` (one of `sum`, `max`, `min`, `avg`, `count`)",
        ),
        (
            "share: {instrument: a}",
            "7:17 `part` is missing in `share` (add `part`: labels that the part has, each with its value or a list of them)",
        ),
    ] {
        let found_now = condition(&format!("{{{query}, above: 1}}"));
        assert_eq!(found_now, [found], "{query}");
    }
    assert_eq!(
        condition("{rate: {instrument: a}, above: fast}"),
        ["7:47 `above` must be a number, found a string (write a number, or a duration such as `500ms`)"]
    );
    assert_eq!(condition("{rate: {instrument: a}, above: .inf}"), ["7:47 `above` must be finite"]);
}

#[test]
fn an_objective_can_be_missed_and_says_what_is_good() {
    let good = "good: {instrument: a, where: {b: c}}";
    for target in ["0", "100", "-1", "101"] {
        assert_eq!(
            objective(&format!("{good}, target: {target}")),
            ["4:73 `target` must be above 0 and below 100 (percent of events, such as 99.9)"]
        );
    }
    assert_eq!(objective(&format!("target: 99, window: 1h, {good}")), ["4:47 `window` must be at least a day, `1d`"]);
    assert_eq!(
        objective("target: 99, good: {instrument: a}"),
        [
            "4:39 `good` does not say what a good event is (add `where`: the labels of a good event, or `within`: the longest it may take)"
        ]
    );
    assert_eq!(objective("target: 99, good: {instrument: a, within: 0s}"), ["4:69 `within` must be above 0"]);
}

#[test]
fn names_are_there_once() {
    let found = errors(
        "\
alerts:
  - &a {name: A, severity: info, summary: x, condition: {promql: up == 0}}
  - {name: A, severity: info, summary: x, condition: {promql: up == 0}}
objectives:
  - {name: o, summary: x, target: 99, good: {instrument: a, within: 1s}}
  - {name: o, summary: x, target: 99, good: {instrument: a, within: 1s}}
receivers:
  - {name: r, webhook: {url: \"http://x\"}}
  - {name: r, webhook: {url: \"http://x\"}}
dashboard: {variables: [{label: l, instrument: i}, {label: l, instrument: i}]}
",
    );
    assert_eq!(
        found,
        [
            "5:12 duplicate alert `A` (it is first given at m.yaml:4:15: keep one)",
            "8:12 duplicate objective `o` (it is first given at m.yaml:7:12: keep one)",
            "11:12 duplicate receiver `r` (it is first given at m.yaml:10:12: keep one)",
            "12:60 duplicate variable `l` (it is first given at m.yaml:12:33: keep one)",
        ]
    );
}

#[test]
fn a_route_leads_to_receivers_that_are_there() {
    let receivers = "receivers:\n  - {name: slack, slack: {api_url_file: a, channel: \"#a\"}}\n";
    assert_eq!(
        errors(&format!("{receivers}routes:\n  - {{receivers: [slak, pager]}}\n")),
        [
            "6:18 there is no receiver `slak` (did you mean `slack`?)",
            "6:24 there is no receiver `pager` (declare it under `receivers`, where there are `slack`)"
        ]
    );
    assert_eq!(
        errors("routes: [{receivers: [slack]}]"),
        ["3:23 there is no receiver `slack` (declare it under `receivers`)"]
    );
    // One that is wrong itself is not also missing.
    assert_eq!(
        errors("receivers: [{name: slack}]\nroutes: [{receivers: [slack]}]"),
        ["3:13 `receiver` is not complete (add one of `slack`, `pagerduty`, `webhook`)"]
    );
}

#[test]
fn routes_and_receivers_are_what_alertmanager_takes() {
    let receivers = "receivers:\n  - {name: s, webhook: {url: \"http://x\"}}\n";
    let route = |rest: &str| errors(&format!("{receivers}routes:\n  - {{receivers: [s], {rest}}}\n"));
    assert_eq!(route("group_interval: 0s"), ["6:38 `group_interval` must be more than nothing"]);
    assert_eq!(
        route("group_interval: 1h, repeat_interval: 5m"),
        ["6:59 `repeat_interval` must be at least as long as `group_interval`"]
    );
    assert_eq!(
        route("severity: [page]"),
        ["6:33 `page` is no `severity` (one of `none`, `info`, `warning`, `critical`)"]
    );
    let receiver = |rest: &str| errors(&format!("receivers: [{{name: s, {rest}}}]"));
    assert_eq!(
        receiver("slack: {api_url_file: \"https://hooks.slack.com/x\", channel: general}"),
        [
            "3:45 `api_url_file` must be a path, not a secret (write it to a file that Alertmanager can read, and give the file's path)",
            "3:83 `channel` must begin with `#` or `@`"
        ]
    );
    assert_eq!(receiver("webhook: {url: localhost}"), ["3:38 `url` must begin with `http://` or `https://`"]);
    assert_eq!(
        receiver("webhook: {url: \"http://x\"}, slack: {api_url_file: a, channel: \"#b\"}"),
        ["3:51 `receiver` has `webhook` and `slack` (exactly one of `slack`, `pagerduty`, `webhook` is allowed here)"]
    );
    assert_eq!(
        receiver("pagerduty: {routing_key: abc}"),
        [
            "3:23 `routing_key_file` is missing in `pagerduty` (add `routing_key_file`: path, for Alertmanager, of the integration \
             key of Events API v2; never the key itself)",
            "3:35 unknown key `routing_key` in `pagerduty` (known keys: `routing_key_file`, `url`)",
        ]
    );
}

#[test]
fn labels_are_the_alerts_own() {
    let alert = |labels: &str| {
        errors(&format!(
            "alerts: [{{name: A, severity: info, summary: x, condition: {{promql: up == 0}}, labels: {labels}}}]"
        ))
    };
    assert_eq!(
        alert("{severity: x}"),
        ["3:87 the label `severity` cannot be given here (`alertname`, `service`, `severity` are set already)"]
    );
    assert_eq!(
        alert("{a-b: x}"),
        ["3:87 `a-b` is no name of a label (letters, digits and `_`, and no digit or `__` at the start)"]
    );
    assert_eq!(alert("[a]"), ["3:86 `labels` must be a mapping, found a list"]);
}

#[test]
fn links_are_urls_with_known_names() {
    assert_eq!(errors("links: {dashboard: x}"), ["3:20 `dashboard` must begin with `http://` or `https://`"]);
    assert_eq!(
        errors("links: {dashboard: \"http://x/{alert}\"}"),
        ["3:30 nothing is filled in for `{alert}` (here can stand `{service}` and `{uid}`)"]
    );
}

#[test]
fn panels_have_what_grafana_needs() {
    let query = "queries: [{promql: up}]";
    assert_eq!(panel("queries: []"), ["7:43 `queries` is an empty list (leave `queries` out, or give it an entry)"]);
    assert_eq!(panel("width: 3"), ["7:11 `queries` is missing in `panel` (add `queries`: list of query)"]);
    assert_eq!(panel(&format!("{query}, width: 25")), ["7:66 `width` must be from 1 to 24"]);
    assert_eq!(
        panel("queries: [{legend: x}]"),
        ["7:44 `query` is not complete (add one of `quantile`, `rate`, `increase`, `share`, `value`, `promql`)"]
    );
    assert_eq!(
        panel(&format!("{query}, thresholds: [{{at: 1, color: red}}]")),
        ["7:73 the first threshold is the base and has no `at` (begin with the colour below all others, without `at`)"]
    );
    assert_eq!(
        panel(&format!("{query}, thresholds: [{{color: a}}, {{color: b}}, {{at: 2, color: c}}, {{at: 1, color: d}}]")),
        [
            "7:84 only the first threshold is without `at` (add `at`: the value from which on the colour holds)",
            "7:120 thresholds must rise (sort them)"
        ]
    );
    assert_eq!(
        errors("dashboard: {uid: \"a b\", refresh: fast, from: yesterday}"),
        [
            "3:18 this is no `uid` for Grafana (letters, digits, `_` and `-`, at most 40 of them)",
            "3:34 `refresh` must be a duration, found `fast` (write number and unit, such as `30s`, `5m`, `1h30m` or `30d`)",
            "3:46 `from` must begin with `now` (such as `now-1h`)"
        ]
    );
}

#[test]
fn standard_alerts_are_durations_or_off() {
    assert_eq!(
        errors("standard_alerts: {absent: never, overflo: off}"),
        [
            "3:27 `absent` must be a duration, found `never` (write number and unit, such as `30s`, `5m`, `1h30m` or `30d`)",
            "3:34 unknown key `overflo` in `standard_alerts` (did you mean `overflow`?)"
        ]
    );
}

#[test]
fn what_prometheus_would_call_otherwise_is_led_to_its_place() {
    let alert = |rest: &str| errors(&format!("alerts: [{{name: A, severity: info, summary: x, {rest}}}]"));
    let found = alert("expr: up == 0");
    assert_eq!(
        found,
        [
            "3:10 `condition` is missing in `alert` (add `condition`, with keys of `quantile`, `rate`, `increase`, `share`, `value`, \
             `promql`, `above`, `below`, `equals`, `min_events`)",
            "3:48 unknown key `expr` in `alert` (write it under `condition`: `condition: {promql: …}`, which holds any expression of PromQL)",
        ]
    );
    let found = alert("condition: {expr: up == 0}");
    assert!(
        found.iter().any(|error| error.ends_with("(write it under `promql`: `condition: {promql: …}`)")),
        "{found:?}"
    );
}

#[test]
fn a_channel_without_quotes_is_a_comment() {
    let help = "(a value that begins with `#` must be quoted, such as \"#alerts\")";
    let slack = |written: &str| errors(&format!("receivers:\n  - name: s\n    slack: {written}\nroutes: []\n"));
    assert_eq!(slack("{api_url_file: a, channel: #shop}"), [format!("5:39 a comment begins here, not a value {help}")]);
    let block = slack("\n      api_url_file: a\n      channel: #shop");
    assert_eq!(block.first().unwrap(), &format!("7:7 `channel` in `slack` must have a value {help}"));
}

#[test]
fn receivers_are_listed_once() {
    let found = errors(
        "receivers:\n  - {name: a, webhook: {url: \"http://x\"}}\n  - {name: a, webhook: {url: \"http://x\"}}\nroutes: [{receivers: [pagers]}]\n",
    );
    assert_eq!(
        found.last().unwrap(),
        "6:23 there is no receiver `pagers` (declare it under `receivers`, where there are `a`)"
    );
}
