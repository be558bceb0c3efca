use std::{collections::BTreeSet, time::Duration};

use lapwing_config::monitoring::{Aggregate, Panel, PanelKind, Query, Row, Variable};
use lapwing_monitor::{Dashboard, OVERVIEW_UID, Options, Root, Service, Signals, generate};
use lapwing_promql::{Dialect, parse};
use serde_json::Value;

use crate::declarations::{at, declared_sigil, quantile, seconds, series, sigil, text, value};

fn panel(title: &str, kind: PanelKind, queries: Vec<Query>) -> Panel {
    Panel {
        title: text(title),
        description: String::new(),
        kind,
        unit: None,
        queries: queries.into_iter().map(|query| (query, None)).collect(),
        thresholds: Vec::new(),
        mappings: Vec::new(),
        width: None,
    }
}

/// The service with a panel of each kind.
fn declared() -> Service {
    let mut service = sigil();
    let rate = |instrument: &str, by: &[&str], per| Query::Rate { of: series(instrument, by), per: seconds(per) };
    let mut removed = series("sigil.gc.removed", &[]);
    removed.over = seconds(3600);
    let errors = Query::Share {
        of: series("sigil.encode", &[]),
        part: vec![(text("outcome"), vec!["error".to_owned(), "a|b".to_owned()])],
    };
    let mut circuit =
        panel("Circuit breaker", PanelKind::StateTimeline, vec![value("dnastore.circuit.state", Aggregate::Max)]);
    circuit.mappings = vec![(0.0, "closed".to_owned(), Some("green".to_owned())), (2.0, "open".to_owned(), None)];
    let mut by_operation =
        panel("Errors by operation", PanelKind::TimeSeries, vec![rate("sigil.error", &["operation"], 60)]);
    by_operation.thresholds = vec![(None, "green".to_owned()), (Some(1.0), "red".to_owned())];
    let panels = vec![
        by_operation,
        panel("Revocations", PanelKind::PieChart, vec![rate("sigil.revoke", &["outcome"], 1)]),
        circuit,
        panel("Free disk", PanelKind::TimeSeries, vec![value("sigil.disk.free", Aggregate::Min)]),
        panel("Garbage collection", PanelKind::Stat, vec![Query::Increase(removed)]),
        panel("Removed in all", PanelKind::BarGauge, vec![Query::Increase(series("sigil.gc.removed", &[]))]),
        panel("Errors", PanelKind::Gauge, vec![errors]),
        panel("Writes", PanelKind::Heatmap, vec![rate("sigil.storage.write", &[], 1)]),
        panel("Slowest", PanelKind::Table, vec![quantile("sigil.storage.write", 0.999)]),
        panel("Any", PanelKind::TimeSeries, vec![Query::PromQl(text("sigil_outbox_pending{backend=~\"$backend\"}"))]),
    ];
    let dashboard = &mut service.monitoring.dashboard;
    dashboard.title = Some("Sigil v2".to_owned());
    dashboard.variables =
        vec![Variable { label: at(1, "backend".to_owned()), instrument: text("dnastore.circuit.state") }];
    dashboard.rows = vec![
        Row { title: "Stores".to_owned(), collapsed: false, panels },
        Row {
            title: "Hidden".to_owned(),
            collapsed: true,
            panels: vec![panel("Pool", PanelKind::TimeSeries, vec![value("sigil.pool.idle", Aggregate::Sum)])],
        },
    ];
    service
}

fn json(dashboard: &Dashboard) -> Value {
    serde_json::from_str(&dashboard.to_json()).unwrap()
}

/// Of services of each kind, and over all.
fn dashboards() -> Vec<Dashboard> {
    let services = [declared(), declared_sigil(), coordination()];
    let mut all: Vec<Dashboard> = services.iter().map(|service| Dashboard::of_service(service).unwrap()).collect();
    all.push(Dashboard::overview(&services.iter().collect::<Vec<_>>()));
    all
}

fn made() -> Value {
    json(&Dashboard::of_service(&declared()).unwrap())
}

/// All panels, rows too, each with those that are laid out together.
fn groups(dashboard: &Value) -> Vec<Vec<&Value>> {
    let top: Vec<&Value> = dashboard["panels"].as_array().unwrap().iter().collect();
    let inner = top.iter().filter_map(|panel| panel["panels"].as_array()).map(|panels| panels.iter().collect());
    let inner: Vec<Vec<&Value>> = inner.collect();
    std::iter::once(top.clone()).chain(inner).collect()
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    groups(dashboard).into_iter().flatten().filter(|panel| panel["type"] != "row").collect()
}

fn titled<'d>(dashboard: &'d Value, title: &str) -> &'d Value {
    let found: Vec<&Value> = panels(dashboard).into_iter().filter(|panel| panel["title"] == title).collect();
    assert_eq!(found.len(), 1, "{title}");
    found[0]
}

fn expressions(panel: &Value) -> Vec<&str> {
    panel["targets"].as_array().unwrap().iter().map(|target| target["expr"].as_str().unwrap()).collect()
}

#[test]
fn panels_have_ids_of_their_own_and_do_not_overlap() {
    for dashboard in dashboards() {
        let dashboard = json(&dashboard);
        let all: Vec<&Value> = groups(&dashboard).into_iter().flatten().collect();
        let ids: BTreeSet<u64> = all.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), all.len());
        for group in groups(&dashboard) {
            let mut taken = BTreeSet::new();
            for panel in group {
                let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
                assert!(place("x") + place("w") <= 24 && place("w") > 0 && place("h") > 0);
                for x in place("x")..place("x") + place("w") {
                    for y in place("y")..place("y") + place("h") {
                        assert!(taken.insert((x, y)), "{} overlaps at {x},{y}", panel["title"]);
                    }
                }
            }
        }
    }
}

#[test]
fn every_panel_says_what_it_shows() {
    for dashboard in dashboards() {
        for panel in panels(&json(&dashboard)) {
            let title = panel["title"].as_str().unwrap();
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(!title.is_empty() && !panel["targets"].as_array().unwrap().is_empty(), "{title}");
            for said in [&panel["description"], &defaults["unit"], &defaults["noValue"]] {
                assert!(said.as_str().is_some_and(|said| !said.is_empty()), "{title}: {panel}");
            }
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
            let steps = defaults["thresholds"]["steps"].as_array().unwrap();
            let values: Vec<f64> = steps.iter().filter_map(|step| step["value"].as_f64()).collect();
            assert!(steps[0]["value"].is_null() && values.is_sorted(), "{title}: {steps:?}");
            assert_eq!(values.len() + 1, steps.len(), "{title}: one base");
        }
    }
}

#[test]
fn every_query_is_promql_of_known_variables_and_no_interval_is_fixed() {
    for dashboard in dashboards() {
        let model = json(&dashboard);
        let variables: Vec<&str> = model["templating"]["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|variable| variable["name"].as_str().unwrap())
            .collect();
        let queries = dashboard.queries();
        assert!(!queries.is_empty());
        for query in &queries {
            let text = &query.expression;
            parse(text, Dialect::Grafana).unwrap_or_else(|error| panic!("{}: {error}\n{text}", query.title));
            for used in text.split('$').skip(1) {
                let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = ["__rate_interval", "__range"].contains(&name.as_str());
                assert!(known || variables.contains(&name.as_str()), "{}: ${name}", query.title);
            }
            // What is declared with a window of its own is asked for that window.
            let fixed = text.split('[').skip(1).any(|range| !range.starts_with('$'));
            assert_eq!(fixed, query.title == "Garbage collection", "{text}");
        }
        for query in dashboard.queries_with(Duration::from_secs(60), Duration::from_secs(3600)) {
            assert!(!query.expression.contains('$'), "{}", query.expression);
            parse(&query.expression, Dialect::Prometheus).unwrap();
        }
    }
}

#[test]
fn every_metric_is_on_a_panel() {
    for service in [sigil(), declared(), declared_sigil(), coordination()] {
        let dashboard = Dashboard::of_service(&service).unwrap();
        let mut shown = BTreeSet::new();
        for query in dashboard.queries() {
            let parsed = parse(&query.expression, Dialect::Grafana).unwrap();
            for used in parsed.selectors() {
                let name = used.selector.metric().unwrap().0;
                let own = name == "ALERTS" || name.starts_with("objective:");
                match service.signals.sample(name) {
                    Some(metric) => _ = shown.insert(metric.name.clone()),
                    None => assert!(own, "{name} is no metric of the service"),
                }
            }
        }
        for metric in service.signals.metrics() {
            assert!(shown.contains(&metric.name), "{} is on no panel", metric.name);
        }
    }
}

#[test]
fn variables_filter_what_has_their_label() {
    let service = declared();
    for query in Dashboard::of_service(&service).unwrap().queries() {
        let parsed = parse(&query.expression, Dialect::Grafana).unwrap();
        if query.title == "Any" {
            continue;
        }
        for used in parsed.selectors() {
            let Some(metric) = service.signals.sample(used.selector.metric().unwrap().0) else { continue };
            let filtered =
                |label: &str| used.selector.matchers_of(label).any(|matcher| !matcher.value.variables.is_empty());
            assert!(filtered("instance"), "{}", query.expression);
            assert_eq!(filtered("backend"), metric.label("backend").is_some(), "{}", query.expression);
        }
    }
    let model = made();
    let backend = &model["templating"]["list"][2];
    assert_eq!(backend["query"], r#"label_values(dnastore_circuit_state{job="sigil"}, backend)"#);
    assert_eq!(
        (&backend["allValue"], &backend["multi"], &backend["includeAll"]),
        (&".*".into(), &true.into(), &true.into())
    );
}

#[test]
fn an_operation_shows_rate_errors_durations_and_their_lines() {
    let model = made();
    assert_eq!(
        expressions(titled(&model, "Encode errors")),
        [concat!(
            r#"sum (rate(sigil_error_total{job="sigil",instance=~"$instance",operation="encode"}[$__rate_interval])) / "#,
            r#"(sum (rate(sigil_encode_total{job="sigil",instance=~"$instance"}[$__rate_interval])) > 0)"#
        )]
    );
    let latency = titled(&model, "Encode latency");
    let lines = &latency["fieldConfig"]["defaults"]["thresholds"]["steps"];
    let lines: Vec<(Option<f64>, &str)> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["value"].as_f64(), step["color"].as_str().unwrap()))
        .collect();
    // The objective's half a second, and the warning's second.
    assert_eq!(lines, [(None, "green"), (Some(0.5), "yellow"), (Some(1.0), "orange")]);
    assert_eq!(latency["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"], "dashed");
    for target in latency["targets"].as_array().unwrap() {
        assert_eq!((&target["exemplar"], &target["range"]), (&true.into(), &true.into()));
    }
    assert!(latency["description"].as_str().unwrap().contains("SigilEncodeSlow (warning)"));
    let heatmap = titled(&model, "Encode latency distribution");
    let target = &heatmap["targets"][0];
    assert_eq!((&target["format"], &target["legendFormat"]), (&"heatmap".into(), &"{{le}}".into()));
    assert_eq!(titled(&model, "Resonance strength distribution")["fieldConfig"]["defaults"]["unit"], "percentunit");
}

#[test]
fn declared_panels_are_shown_as_declared() {
    let model = made();
    let circuit = titled(&model, "Circuit breaker");
    assert_eq!(circuit["type"], "state-timeline");
    let alerts = titled(&model, "Alerts over time");
    assert_eq!(alerts["fieldConfig"]["defaults"]["custom"]["lineInterpolation"], "stepAfter", "a state has no half");
    assert_eq!(circuit["fieldConfig"]["defaults"]["mappings"][1]["options"]["2"]["text"], "open");
    let units = [
        ("Errors by operation", "opm"),
        ("Revocations", "ops"),
        ("Free disk", "bytes"),
        ("Garbage collection", "short"),
        ("Writes", "s"),
        ("Slowest", "s"),
    ];
    for (title, unit) in units {
        assert_eq!(titled(&model, title)["fieldConfig"]["defaults"]["unit"], unit, "{title}");
    }
    assert!(expressions(titled(&model, "Garbage collection"))[0].ends_with("[1h]))"));
    assert!(expressions(titled(&model, "Removed in all"))[0].ends_with("[$__range]))"));
    assert!(
        expressions(titled(&model, "Writes"))[0].starts_with("sum by (le) (rate(sigil_storage_write_seconds_bucket{")
    );
    // The line of the alert on it, which fires below.
    let disk = &titled(&model, "Free disk")["fieldConfig"]["defaults"]["thresholds"]["steps"];
    assert_eq!((&disk[0]["color"], &disk[1]["value"]), (&"red".into(), &1_073_741_824.0.into()));
    // What a declared panel shows needs no other.
    assert!(panels(&model).iter().all(|panel| panel["title"] != "Dnastore circuit state"));
    let hidden = model["panels"].as_array().unwrap().iter().find(|panel| panel["title"] == "Hidden").unwrap();
    assert_eq!((&hidden["collapsed"], &hidden["panels"][0]["title"]), (&true.into(), &"Pool".into()));
}

#[test]
fn ids_of_panels_stay_when_others_come() {
    let id =
        |service: &Service| titled(&json(&Dashboard::of_service(service).unwrap()), "Encode latency")["id"].clone();
    assert_eq!(id(&sigil()), id(&declared()));
}

#[test]
fn dashboards_are_files_with_fixed_uids() {
    let service = declared_sigil();
    let made = generate(std::slice::from_ref(&service), &Options::default()).unwrap();
    let files: Vec<_> = made.iter().filter(|file| file.root == Root::Grafana).collect();
    let paths: Vec<&str> = files.iter().map(|file| file.path.to_str().unwrap()).collect();
    assert_eq!(paths, ["dashboards/overview.json", "dashboards/sigil/sigil-v2.json"]);
    for (file, uid) in files.iter().zip([OVERVIEW_UID, "sigil-v2"]) {
        let model: Value = serde_json::from_str(&file.text).unwrap();
        assert_eq!((&model["uid"], &model["schemaVersion"]), (&uid.into(), &42.into()));
        assert!(model["description"].as_str().unwrap().contains("do not edit"));
        assert_eq!(model["tags"][0], "lapwing");
        assert!(file.text.ends_with("}\n"));
        let alerts = &model["annotations"]["list"][1]["expr"];
        assert!(
            alerts.as_str().unwrap().starts_with("ALERTS{")
                && alerts.as_str().unwrap().contains("alertstate=\"firing\"")
        );
    }
    let overview: Value = serde_json::from_str(&files[0].text).unwrap();
    assert!(panels(&overview).iter().skip(1).all(|panel| panel["links"][0]["url"] == "/d/sigil-v2"));
}

#[test]
fn a_panel_that_nothing_can_be_made_of_is_pointed_at() {
    let mut service = declared();
    let wrong = Query::Value { of: series("sigil.encoder", &[]), aggregate: Aggregate::Max };
    service.monitoring.dashboard.rows[0].panels.push(panel("Wrong", PanelKind::Stat, vec![wrong]));
    let error = Dashboard::of_service(&service).unwrap_err();
    assert!(
        error.to_string().contains("no instrument `sigil.encoder` is declared; did you mean `sigil.encode`?"),
        "{error}"
    );
}

/// A service of other signals: a pattern, events, what is in flight, labels without end, no objective.
fn coordination() -> Service {
    let telemetry = r#"
file_format: "1.1"
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: true}}}}]}
instrumentation/development:
  rust:
    lapwing:
      rules:
        - span: "block.*"
          duration: {instrument: blocking.duration, unit: s, labels: [swarm_id, {name: status, field: status}]}
          in_flight: {instrument: blocking.active}
          errors: {instrument: blocking.errors}
        - span: block.signal
          duration: {instrument: signal.duration, unit: s}
          histograms: [{field: size, instrument: signal.size, unit: By}]
        - event: heartbeat.failed
          calls: {instrument: heartbeat.failures, labels: [failure_type]}
      gauges: [{source: coordinators, instrument: coordinators.active, labels: [phase]}]
"#;
    let signals = Signals::new(&lapwing_config::parse(telemetry, "telemetry.yaml", &|_| None).unwrap());
    let monitoring = "{file_format: '1.0', service: coordination, scrape: {job: swarm}}";
    Service { signals, monitoring: lapwing_config::monitoring::parse(monitoring, "monitoring.yaml").unwrap() }
}

#[test]
fn a_service_with_signals_alone_has_a_dashboard() {
    let dashboard = Dashboard::of_service(&coordination()).unwrap();
    assert_eq!((dashboard.uid(), dashboard.title()), ("coordination", "coordination"));
    let model = json(&dashboard);
    let rows: Vec<&str> = model["panels"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|panel| panel["type"] == "row")
        .map(|row| row["title"].as_str().unwrap())
        .collect();
    assert_eq!(rows, ["Block", "Block signal", "Further signals", "Gauges", "Saturation", "Alerts", "Telemetry"]);
    assert_eq!(
        expressions(titled(&model, "Block rate")),
        [
            r#"sum by (status) (rate(blocking_duration_seconds_count{job="swarm",instance=~"$instance"}[$__rate_interval]))"#
        ]
    );
    assert_eq!(
        expressions(titled(&model, "In flight")),
        [r#"sum (blocking_active{job="swarm",instance=~"$instance"})"#]
    );
    assert_eq!(titled(&model, "Signal size quantiles")["fieldConfig"]["defaults"]["unit"], "bytes");
    assert_eq!(
        expressions(titled(&model, "Heartbeat failures")),
        [
            r#"sum by (failure_type) (rate(heartbeat_failures_total{job="swarm",instance=~"$instance"}[$__rate_interval]))"#
        ]
    );
    let top: u64 = model["panels"]
        .as_array()
        .unwrap()
        .iter()
        .take_while(|panel| panel["type"] != "row")
        .map(|panel| panel["gridPos"]["w"].as_u64().unwrap())
        .sum();
    assert_eq!(top, 24, "the top row is full without an error budget");
}

/// The stats of a service with these rules: operations a second, and errors.
fn shares(rules: &str) -> [String; 2] {
    let telemetry = format!(
        "file_format: '1.1'\n\
         meter_provider: {{readers: [{{pull: {{exporter: {{prometheus/development: {{scope_info_enabled: false}}}}}}}}]}}\n\
         instrumentation/development: {{rust: {{lapwing: {{rules: [{rules}]}}}}}}\n"
    );
    let signals = Signals::new(&lapwing_config::parse(&telemetry, "telemetry.yaml", &|_| None).unwrap());
    let monitoring = lapwing_config::monitoring::parse("{file_format: '1.0', service: shop}", "monitoring.yaml");
    let dashboard = Dashboard::of_service(&Service { signals, monitoring: monitoring.unwrap() }).unwrap();
    ["Operations a second", "Errors"].map(|title| {
        let asked = dashboard.queries().into_iter().find(|query| query.title == title && query.row.is_empty());
        let expression = asked.map_or_else(String::new, |query| query.expression);
        // What is asked for alone.
        let plain = expression.replace("job=\"shop\",instance=~\"$instance\"", "").replace("[$__rate_interval]", "");
        plain.replace("sum (rate(", "").replace(")) or vector(0)", "").replace("{}", "").replace("{,", "{")
    })
}

#[test]
fn what_can_fail_is_what_is_counted() {
    let checkout = "{span: checkout, duration: {instrument: checkout.duration, labels: [outcome]}, calls: {instrument: checkout}, \
                    errors: {instrument: checkout.errors}}";
    let payment = "{span: payment, duration: {instrument: payment.duration}, errors: {instrument: payment.errors}}";
    let part = "{span: part, duration: {instrument: part.duration, labels: [outcome]}}";
    let refund = "{span: refund, calls: {instrument: refund, labels: [outcome]}}";
    let all = "(checkout_total) + (payment_duration_seconds_count)";
    assert_eq!(
        shares(&[checkout, payment, part].join(", ")),
        [all.to_owned(), format!("((checkout_errors_total) + (payment_errors_total)) / (({all}) > 0)")]
    );
    // What has no counter of errors tells by its outcome.
    let all = "(payment_duration_seconds_count) + (refund_total)";
    assert_eq!(
        shares(&[payment, refund].join(", ")),
        [all.to_owned(), format!("((payment_errors_total) + (refund_total{{outcome=\"error\"}})) / (({all}) > 0)")]
    );
    // Of errors of whatever span it is nobody can tell whether it is a part.
    let any = "{span: '*', errors: {instrument: any.errors}}";
    let all = "(part_duration_seconds_count) + (refund_total)";
    let [calls, errors] = shares(&[any, part, refund].join(", "));
    assert_eq!((calls.as_str(), errors.as_str()), (all, &*format!("(any_errors_total))) / (({all}) > 0)")));
}
