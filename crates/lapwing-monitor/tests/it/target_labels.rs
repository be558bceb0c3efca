//! Labels of the scrape in declarations, and labels of signals that are called the same.

use std::fs;

use lapwing_monitor::{Options, Service, Signals, generate};
use stack::{Part, Promtool, need};

use crate::rules::write;

const TELEMETRY: &str = r#"
file_format: "1.1"
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}}]}
instrumentation/development:
  rust:
    lapwing:
      rules:
        - span: checkout
          calls: {instrument: shop.checkout, labels: [outcome]}
          in_flight: {instrument: shop.open}
        - span: rent
          calls: {instrument: shop.rent, labels: [outcome, {name: instance, field: instance}, {name: job, field: job}]}
"#;

const MONITORING: &str = r#"
file_format: "1.0"
service: shop
scrape: {job: shop-blue}
"#;

fn shop(more: &str) -> Service {
    let telemetry = lapwing_config::parse(TELEMETRY, "telemetry.yaml", &|_| None).unwrap();
    let text = format!("{MONITORING}{more}");
    let monitoring =
        lapwing_config::monitoring::parse(&text, "monitoring.yaml").unwrap_or_else(|error| panic!("{error}"));
    Service { monitoring, signals: Signals::new(&telemetry) }
}

fn alerts(conditions: &[&str]) -> String {
    let alert = |(index, condition): (usize, &&str)| {
        format!("  - {{name: Odd{index}, severity: info, summary: x, for: 2m, condition: {{{condition}}}}}\n")
    };
    format!("alerts:\n{}", conditions.iter().enumerate().map(alert).collect::<String>())
}

fn refused(more: &str) -> String {
    generate(&[shop(more)], &Options::default()).unwrap_err().to_string()
}

#[test]
fn labels_of_the_scrape_are_asked_for_by_their_names() {
    let conditions = [
        "rate: {instrument: shop.checkout, by: [job, instance, outcome]}, above: 1",
        "rate: {instrument: shop.checkout, where: {job: shop-blue, instance: ['a:1', 'b:1']}}, above: 1",
        "share: {instrument: shop.checkout, part: {instance: 'a:1'}}, above: 0.5",
        "value: {instrument: shop.open, where: {instance: 'a:1'}}, above: 5",
        "value: {instrument: shop.open, aggregate: count, by: [instance]}, above: 3",
        "value: {instrument: up, aggregate: min, by: [instance]}, below: 1",
        "rate: {instrument: shop.rent, by: [instance, job], where: {instance: ground}}, above: 1",
        "share: {instrument: shop.rent, part: {job: clerk}}, above: 0.5",
    ];
    let objective = "objectives: [{name: calls, summary: All is well., target: 99, \
                     good: {instrument: shop.rent, where: {outcome: ok}, of: {instance: ground}}}]\n";
    let service = shop(&(alerts(&conditions) + objective));
    let files = generate(&[service], &Options::default()).unwrap();
    let text = |path: &str| &files.iter().find(|file| file.path.ends_with(path)).unwrap().text;
    for expected in [
        r#"sum by (job, instance, outcome) (rate(shop_checkout_total{job="shop-blue"}[5m])) > 1"#,
        r#"sum (rate(shop_checkout_total{job="shop-blue",instance=~"a:1|b:1"}[5m])) > 1"#,
        r#"sum (rate(shop_checkout_total{job="shop-blue",instance="a:1"}[5m])) or"#,
        r#"max (shop_open{job="shop-blue",instance="a:1"}) > 5"#,
        r#"count by (instance) (shop_open{job="shop-blue"}) > 3"#,
        r#"min by (instance) (up{job="shop-blue"}) < 1"#,
        // What a signal calls so itself is another label.
        r#"sum by (exported_instance, exported_job) (rate(shop_rent_total{job="shop-blue",exported_instance="ground"}[5m])) > 1"#,
        r#"sum (rate(shop_rent_total{job="shop-blue",exported_job="clerk"}[5m])) or"#,
        r#"sum (rate(shop_rent_total{job="shop-blue",exported_instance="ground"}[5m]))"#,
    ] {
        assert!(text("rules/shop.yml").contains(expected), "{expected}\n{}", text("rules/shop.yml"));
    }
    let page = text("runbooks/shop/Odd6.md");
    assert!(page.contains("Add `exported_instance=…` and `exported_job=…` to silence one"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files);
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let tests = folder.path().join("prometheus/tests/shop.yml");
        Promtool::new(&located).test_rules(&tests).unwrap_or_else(|error| panic!("{part}: {error}"));
    }
    let Some(located) = need(Part::Prometheus3) else { return };
    // The stories have series for what is asked: one that is asked for otherwise isn't there.
    let rules = folder.path().join("prometheus/rules/shop.yml");
    let sound = fs::read_to_string(&rules).unwrap();
    for (from, to) in [
        ("instance=\"a:1\"}) > 5", "instance=\"c:1\"}) > 5"),
        ("exported_instance=\"ground\"}[5m])) > 1", "instance=\"ground\"}[5m])) > 1"),
    ] {
        assert!(sound.contains(from), "{from}");
        fs::write(&rules, sound.replace(from, to)).unwrap();
        let tested = Promtool::new(&located).test_rules(&folder.path().join("prometheus/tests/shop.yml"));
        assert!(tested.is_err(), "{from}");
    }
}

#[test]
fn a_service_has_no_other_job_than_its_own() {
    let said = refused(&alerts(&["rate: {instrument: shop.checkout, where: {job: [shop-blue, shop]}}, above: 1"]));
    assert!(said.ends_with("`job` of `shop.checkout` is never `shop`; its values: `shop-blue`"), "{said}");
}

#[test]
fn variables_filter_by_what_series_have() {
    let dashboard = |label: &str, instrument: &str| {
        format!("dashboard: {{variables: [{{label: {label}, instrument: {instrument}}}]}}\n")
    };
    for (label, instrument, said) in [
        ("instance", "up", "every dashboard has a variable `instance` of its own; leave it out"),
        ("job", "up", "a dashboard shows one `job`: there is nothing to choose; leave it out"),
        ("outcome", "shop.chekout", "no instrument `shop.chekout` is declared; did you mean `shop.checkout`?"),
    ] {
        let error = refused(&dashboard(label, instrument));
        assert!(error.ends_with(said), "{error}");
    }
    let made = |label: &str, instrument: &str| {
        let files = generate(&[shop(&dashboard(label, instrument))], &Options::default()).unwrap();
        files.into_iter().find(|file| file.path.ends_with("dashboards/shop/shop.json")).unwrap().text
    };
    let text = made("instance", "shop.rent");
    assert!(text.contains(r#""name": "exported_instance""#), "{text}");
    assert!(text.contains(
        r#"shop_rent_total{job=\"shop-blue\",instance=~\"$instance\",exported_instance=~\"$exported_instance\"}"#
    ));
    assert!(!text.contains(r#"shop_checkout_total{job=\"shop-blue\",instance=~\"$instance\",exported"#), "{text}");
    // All series of a target have what its discovery gives it.
    let text = made("pod", "up");
    assert!(text.contains(r#"shop_checkout_total{job=\"shop-blue\",instance=~\"$instance\",pod=~\"$pod\"}"#), "{text}");
}
