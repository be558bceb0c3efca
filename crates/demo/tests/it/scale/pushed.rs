//! The same series by OTLP push and by scrape: the same names, labels and values, but for what is listed here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::IpAddr,
};

use serde_json::json;
use stack::{Part, Victoria, VictoriaProgram, need};

use super::{house::eventually, series::afresh, service::Service};

const TELEMETRY: &str = include_str!("../../../../../otel-config/sigil/telemetry.yaml");

/// Labels of pushed series: the resource and the scope, in place of which scraped ones have `job` and `instance`.
const OF_PUSHES: [&str; 6] = [
    "scope_name",
    "scope_version",
    "service_name",
    "telemetry_sdk_language",
    "telemetry_sdk_name",
    "telemetry_sdk_version",
];

/// What isn't pushed: what the endpoint says of itself, what a scrape adds, and the resource as a series.
const SCRAPED_ONLY: [&str; 17] = [
    "lapwing_endpoint_cut_total",
    "lapwing_endpoint_gather_duration_seconds_bucket",
    "lapwing_endpoint_gather_duration_seconds_count",
    "lapwing_endpoint_gather_duration_seconds_sum",
    "lapwing_endpoint_in_flight",
    "lapwing_endpoint_rejected_total",
    "lapwing_endpoint_requests_total",
    "lapwing_endpoint_response_bytes_total",
    "lapwing_gathers_total",
    "scrape_duration_seconds",
    "scrape_response_size_bytes",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "target_info",
    "up",
];

/// Problems that an exposition can have and a push can't.
const PROBLEM: &str = "lapwing_problems_total";
const SCRAPED_PROBLEMS: [&str; 15] = [
    "bounds_differ",
    "callback_panic",
    "collect_failed",
    "counter_overflow",
    "description_conflict",
    "exemplar_dropped",
    "infinite",
    "invalid_instrument",
    "label_merged",
    "label_renamed",
    "name_conflict",
    "nan",
    "negative",
    "series_merged",
    "type_conflict",
];

/// Never the same twice.
const MOVING: [&str; 5] = [
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_threads",
    "process_virtual_memory_bytes",
];

#[test]
fn pushed_and_scraped_series_are_the_same() {
    let Some(located) = need(Part::VictoriaMetrics) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (config, targets) = (folder.path().join("scrape.json"), folder.path().join("targets.json"));
    let job = json!({"job_name": "scraped", "file_sd_configs": [{"files": [targets]}]});
    fs::write(&config, json!({"global": {"scrape_interval": "500ms"}, "scrape_configs": [job]}).to_string()).unwrap();
    fs::write(&targets, "[]").unwrap();
    let store = Victoria::builder(&located, VictoriaProgram::Store)
        .argument(format!("-promscrape.config={}", config.display()))
        .argument("-promscrape.fileSDCheckInterval=1s")
        .argument("-search.latencyOffset=0s")
        .argument("-opentelemetry.usePrometheusNaming")
        .start()
        .unwrap();
    let endpoint = format!("http://{}/opentelemetry/v1/metrics", store.address());
    let reader = format!("    - periodic: {{interval: 500, exporter: {{otlp_http: {{endpoint: \"{endpoint}\"}}}}}}\n");
    let telemetry = TELEMETRY.replacen("  views:\n", &format!("{reader}  views:\n"), 1);
    let service = Service::start(IpAddr::from([127, 0, 0, 1]), Some(&telemetry));
    service.operate();
    fs::write(&targets, json!([{"targets": [service.address]}]).to_string()).unwrap();

    let expected: BTreeSet<_> =
        SCRAPED_ONLY.map(str::to_owned).into_iter().chain(SCRAPED_PROBLEMS.map(problem)).collect();
    // Later than both ways have told of the last operation.
    let seen = eventually(|| {
        let seen = Seen::in_store(&store);
        if seen.differing.is_empty() && seen.scraped_only == expected {
            return Ok(seen);
        }
        let missing: Vec<_> = seen.scraped_only.symmetric_difference(&expected).collect();
        Err(format!("{:#?} differ, and on one side only are {missing:#?}", seen.differing))
    });
    // As docs/operations.md says.
    assert!(seen.dotted > 0, "whole bounds are written alike");
    println!("{} series scraped, {} pushed, the `le` of {} written otherwise", seen.scraped, seen.pushed, seen.dotted);
}

/// What a store has of both ways.
#[derive(Default)]
struct Seen {
    scraped: usize,
    pushed: usize,
    /// Pushed series that aren't scraped, or have another value then.
    differing: Vec<String>,
    /// Names of series that aren't pushed; of problems with the reason.
    scraped_only: BTreeSet<String>,
    /// Pushed series of a bound that is `1` there and `1.0` where it is scraped.
    dotted: usize,
}

impl Seen {
    fn in_store(store: &Victoria) -> Seen {
        let mut scraped = series(store, "job=\"scraped\"", &["job", "instance"]);
        let pushed = series(store, "scope_name!=\"\"", &OF_PUSHES);
        let mut seen = Seen { scraped: scraped.len(), pushed: pushed.len(), ..Seen::default() };
        for (mut labels, value) in pushed {
            if let Some(le) = labels.get_mut("le").filter(|le| !le.contains(['.', 'I'])) {
                *le += ".0";
                seen.dotted += 1;
            }
            let other = scraped.remove(&labels);
            if other != Some(value) && !(other.is_some() && MOVING.contains(&labels["__name__"].as_str())) {
                seen.differing.push(format!("{labels:?}: pushed {value}, scraped {other:?}"));
            }
        }
        let only = scraped.into_keys().map(|labels| match labels["__name__"].as_str() {
            PROBLEM => problem(&labels["reason"]),
            name => name.to_owned(),
        });
        seen.scraped_only = only.collect();
        seen
    }
}

fn problem(reason: &str) -> String {
    format!("{PROBLEM} {reason}")
}

/// What has these labels, by the labels that are left without `way`, which all have.
fn series(store: &Victoria, labels: &str, way: &[&str]) -> BTreeMap<BTreeMap<String, String>, f64> {
    let samples = store.client().query(&afresh(labels)).unwrap();
    let series = samples.into_iter().map(|mut sample| {
        for label in way {
            assert!(sample.labels.remove(*label).is_some(), "no {label}: {sample:?}");
        }
        (sample.labels, sample.value)
    });
    series.collect()
}
