//! Thresholds in the units and the bounds of their instruments.

use std::path::Path;

use lapwing_monitor::{GenerateError, GeneratedFile, Options, Service, Signals, generate};

/// A service whose payments are measured in `unit`, with these bounds; `declared` is what is watched.
fn shop(unit: &str, bounds: &str, declared: &str) -> Result<Vec<GeneratedFile>, GenerateError> {
    let telemetry = format!(
        "file_format: '1.1'
meter_provider:
  readers: [{{pull: {{exporter: {{prometheus/development: {{scope_info_enabled: false}}}}}}}}]
  views:
    - selector: {{instrument_name: shop.payment.duration}}
      stream: {{aggregation: {{explicit_bucket_histogram: {{boundaries: {bounds}}}}}}}
instrumentation/development:
  rust:
    lapwing:
      rules: [{{span: payment, duration: {{instrument: shop.payment.duration, unit: {unit}}}}}]
      gauges: [{{source: size, instrument: shop.size, unit: By}}, {{source: age, instrument: shop.age}}]
"
    );
    let monitoring = format!(
        "file_format: '1.0'
service: shop
receivers: [{{name: slack, slack: {{api_url_file: a, channel: '#shop'}}}}]
routes: [{{receivers: [slack]}}]
{declared}"
    );
    let signals = Signals::new(&lapwing_config::parse(&telemetry, "telemetry.yaml", &|_| None).unwrap());
    let monitoring = lapwing_config::monitoring::parse(&monitoring, "monitoring.yaml").unwrap();
    generate(&[Service::new(monitoring, signals)], &Options::default())
}

/// An alert whose condition begins in line 9.
fn alert(condition: &str) -> String {
    format!("alerts:\n  - name: Slow\n    severity: warning\n    summary: slow\n    condition: {{{condition}}}\n")
}

fn p95(compared: &str) -> String {
    alert(&format!("quantile: {{instrument: shop.payment.duration, q: 0.95}}, {compared}"))
}

#[test]
fn a_duration_is_converted_to_the_unit_and_a_number_is_in_it() {
    for (unit, bounds, two, half, said) in [
        ("s", "[0.5, 2, 10]", "2.0", "0.5", "2 s"),
        ("ms", "[500, 2000, 10000]", "2000.0", "500.0", "2000 ms"),
        ("us", "[500000, 2000000, 10000000]", "2e+06", "500000.0", "2000000 us"),
        ("ns", "[500000000, 2000000000, 10000000000]", "2e+09", "5e+08", "2000000000 ns"),
    ] {
        let number = said.split(' ').next().unwrap();
        for above in ["2s", number] {
            let objective = "objectives: [{name: fast, summary: Fast., target: 99, good: {instrument: shop.payment.duration, within: 500ms}}]\n";
            let files = shop(unit, bounds, &format!("{objective}{}", p95(&format!("above: {above}"))))
                .unwrap_or_else(|error| panic!("{unit}: {error}"));
            let text = |path: &str| &files.iter().find(|file| file.path == Path::new(path)).unwrap().text;
            let rules = text("prometheus/rules/shop.yml");
            assert!(rules.contains(&format!("le=\"{two}\"")) && rules.contains(&format!("le=\"{half}\"")), "{rules}");
            let page = text("runbooks/shop/Slow.md");
            assert!(page.contains(&format!("were above {said}, over 5m: P95 is above it.")), "{page}");
        }
    }
}

#[test]
fn a_duration_of_what_is_no_time_is_refused() {
    let said = |condition: &str| {
        let error = shop("s", "[1, 2]", &alert(condition)).unwrap_err();
        assert_eq!(error.position.line, 9, "{error}");
        error.message
    };
    assert_eq!(
        said("value: {instrument: shop.size}, above: 1h"),
        "`shop.size` is in `By`, so a duration can't be converted to it"
    );
    assert_eq!(
        said("value: {instrument: shop.age}, above: 1h"),
        "`shop.age` has no unit, so a duration can't be converted to it"
    );
    assert_eq!(
        said("rate: {instrument: shop.payment.duration}, above: 1s"),
        "this is compared with a number, not with a time"
    );
    shop("s", "[1, 2]", &alert("value: {instrument: shop.age}, above: 3600")).unwrap();
}

#[test]
fn a_quantile_that_its_bounds_decide_is_refused() {
    let bounds = "its bounds are 0.5 s, 1 s, 10 s: take one of them, or add ";
    let refused = |compared: &str| {
        let error = shop("s", "[0.5, 1, 10]", &p95(compared)).unwrap_err();
        assert_eq!(error.position.line, 9, "{error}");
        (error.message.clone(), error.help.unwrap())
    };
    let (message, help) = refused("above: 15s");
    assert_eq!(
        message,
        "`Slow` never fires: 15 s is beyond the last bound of `shop.payment.duration`, 10 s, and no quantile is above that"
    );
    assert_eq!(help, format!("{bounds}15 s to the boundaries in telemetry.yaml"));
    let (message, _) = refused("below: 15");
    assert!(message.starts_with("`Slow` always fires: 15 s is beyond"), "{message}");
    let (message, help) = refused("above: 100ms");
    assert!(message.starts_with("`Slow` has no test: 0.1 s is before the first bound of"), "{message}");
    assert_eq!(help, format!("{bounds}0.1 s to the boundaries in telemetry.yaml"));
    let (message, _) = refused("equals: 1s");
    assert!(message.starts_with("`Slow` has no test: a quantile is an estimate"), "{message}");
    // What has tests of its own is its author's; no test makes fire what can't.
    let tests = "    tests: [{series: {up: 1x20}, fires_at: [10m], quiet_at: [1m]}]\n";
    shop("s", "[0.5, 1, 10]", &format!("{}{tests}", p95("above: 100ms"))).unwrap();
    shop("s", "[0.5, 1, 10]", &format!("{}{tests}", p95("above: 15s"))).unwrap_err();
    shop("s", "[0.5, 1, 10]", &p95("above: 5s")).unwrap();
    shop("s", "[0.5, 1, 10]", &p95("above: 10s")).unwrap();
}

#[test]
fn a_name_of_prometheus_leads_to_its_instrument() {
    for name in ["shop_payment_duration_seconds_bucket", "shop_payment_duration_seconds"] {
        let error = shop("s", "[1]", &alert(&format!("rate: {{instrument: {name}}}, above: 1"))).unwrap_err();
        assert_eq!(error.message, format!("no instrument `{name}` is declared; did you mean `shop.payment.duration`?"));
    }
}
