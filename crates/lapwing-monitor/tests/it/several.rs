//! Services that differ in all they may, beside each other: sigil, `courier`, and `price.book`, whose alerts are called the same.

use std::{collections::BTreeMap, fs, path::Path};

use lapwing_monitor::{Dashboard, GeneratedFile, Options, Service, Signals, generate};
use stack::{Amtool, Part, Promtool, need};

use crate::{declarations::declared_sigil, rules::write};

fn declared(name: &str) -> Service {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/several").join(name);
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let telemetry = lapwing_config::parse(&text("telemetry.yaml"), "telemetry.yaml", &|_| None);
    let monitoring =
        lapwing_config::monitoring::parse(&text("monitoring.yaml"), &format!("otel-config/{name}/monitoring.yaml"));
    Service { monitoring: monitoring.unwrap(), signals: Signals::new(&telemetry.unwrap()) }
}

fn services() -> [Service; 3] {
    [declared_sigil(), declared("price.book"), declared("courier")]
}

fn made() -> Vec<GeneratedFile> {
    generate(&services(), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn text<'f>(files: &'f [GeneratedFile], path: &str) -> &'f str {
    &files.iter().find(|file| file.path == Path::new(path)).unwrap_or_else(|| panic!("no {path}")).text
}

#[test]
fn rules_of_all_services_load_and_pass_their_tests() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &made());
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let promtool = Promtool::new(&located);
        let file = |kind: &str, name: &str| folder.path().join(format!("prometheus/{kind}/{name}.yml"));
        for name in ["courier", "price.book", "watchdog"] {
            promtool.check_rules(&file("rules", name)).unwrap_or_else(|error| panic!("{part}: {error}"));
        }
        // The slow ones of a window of seven days hold few samples a step.
        for name in ["courier", "courier-slow", "price.book", "watchdog"] {
            promtool.test_rules(&file("tests", name)).unwrap_or_else(|error| panic!("{part}, {name}: {error}"));
        }
    }
}

#[test]
fn each_service_tells_its_own_people() {
    let files = made();
    let config = text(&files, "alertmanager/alertmanager.yml");
    for part in [Part::Alertmanager25, Part::Alertmanager33] {
        let Some(located) = need(part) else { continue };
        let (amtool, file) = (Amtool::new(&located), tempfile::NamedTempFile::new().unwrap());
        fs::write(file.path(), config).unwrap();
        amtool.check_config(file.path()).unwrap_or_else(|error| panic!("{error}\n{config}"));
        for (labels, receiver) in [
            ("service=courier severity=critical team=road", "road-pagerduty"),
            ("service=courier severity=critical", "road-slack+road-pagerduty"),
            ("service=courier severity=warning", "road-slack"),
            // No route takes it: not what others do is done, but what the service does for warnings.
            ("service=courier severity=info", "road-slack"),
            ("service=price.book severity=critical", "mail-hook"),
            ("service=sigil severity=warning", "slack"),
            ("alertname=Watchdog severity=none", "dead-mans-switch"),
            ("alertname=Foreign severity=critical", "unrouted"),
        ] {
            let pairs = labels.split(' ').filter_map(|pair| pair.split_once('='));
            let labels: BTreeMap<String, String> =
                pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(amtool.route(file.path(), &labels).unwrap(), [receiver], "{labels:?}");
        }
    }
    let told =
        |page: &str| text(&files, page).lines().find_map(|line| line.strip_prefix("| told | ")).unwrap().to_owned();
    assert_eq!(
        told("runbooks/courier/ScansMissing.md"),
        "No route takes it, so it goes where warnings go: `road-slack` (Slack, #road), 30s after the first alert of a group, again every 4h \
         while it fires. |"
    );
    // Of two paces that services want the more frequent; `price.book` has a route for all, which the Watchdog doesn't go.
    assert_eq!(told("runbooks/Watchdog.md"), "`dead-mans-switch` (webhook), at once, again every 5m while it fires. |");
    let watchdog = &config[config.find("alertname=\"Watchdog\"").unwrap()..];
    assert!(watchdog.starts_with(
        "alertname=\"Watchdog\"\n      group_wait: 0s\n      group_interval: 1m\n      repeat_interval: 5m\n"
    ));
}

#[test]
fn alerts_of_one_name_are_each_services_own() {
    let files = made();
    for (service, seen) in [("courier", "‹http_route› is slow"), ("price.book", "P95 of lookups")] {
        let page = text(&files, &format!("runbooks/{service}/DeliverySlow.md"));
        assert!(page.contains(seen) && page.contains(&format!("alertname=DeliverySlow service={service}\n")), "{page}");
        assert!(text(&files, &format!("runbooks/{service}/README.md")).contains("[DeliverySlow](DeliverySlow.md)"));
    }
    assert!(text(&files, "prometheus/rules/price.book.yml").contains("docs/runbooks/price.book/DeliverySlow.md"));
    assert!(text(&files, "prometheus/rules/courier.yml").contains("https://wiki.example/courier/DeliverySlow\n"));
}

#[test]
fn the_overview_shows_all_services() {
    let services = services();
    let overview = Dashboard::overview(&services.iter().collect::<Vec<_>>());
    let queries = overview.queries();
    let of = |row: &str, title: &str| -> Vec<&str> {
        let queries = queries.iter().filter(|query| query.row == row && query.title == title);
        queries.map(|query| query.expression.as_str()).collect()
    };
    for (row, job) in [("Courier", "courier-prod"), ("price.book", "price.book"), ("Sigil v2", "sigil")] {
        assert_eq!(of(row, "Targets up"), [format!("sum (up{{job=\"{job}\"}}) / count (up{{job=\"{job}\"}})")]);
    }
    // Deliveries are counted by their durations and their errors, scans by a counter.
    let calls = "(sum (rate(courier_delivery_duration_seconds_count{job=\"courier-prod\"}[$__rate_interval])) or vector(0)) + \
                 (sum (rate(courier_scan_total{job=\"courier-prod\"}[$__rate_interval])) or vector(0))";
    assert_eq!(of("Courier", "Operations a second"), [calls]);
    // And what fails likewise: scans have no counter of errors, but an outcome.
    let errors = "(sum (rate(courier_failures_total{job=\"courier-prod\"}[$__rate_interval])) or vector(0)) + \
                  (sum (rate(courier_scan_total{job=\"courier-prod\",outcome=\"error\"}[$__rate_interval])) or vector(0))";
    assert_eq!(of("Courier", "Errors"), [format!("({errors}) / (({calls}) > 0)")]);
    let json = overview.to_json();
    for uid in ["courier", "price-book", "sigil-v2"] {
        assert!(json.contains(&format!("\"url\": \"/d/{uid}\"")), "{uid}");
    }
}

#[test]
fn a_heatmap_that_is_declared_names_its_buckets() {
    let json = Dashboard::of_service(&declared("courier")).unwrap().to_json();
    let all: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = all["panels"].as_array().unwrap().iter().find(|panel| panel["title"] == "Buckets");
    assert_eq!(found.unwrap()["targets"][0]["legendFormat"], "{{le}}");
}
