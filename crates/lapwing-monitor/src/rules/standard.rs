//! The alerts that every service gets.

use std::time::Duration;

use lapwing_config::monitoring::{Monitoring, Runbook, Severity};

use super::{
    AlertOrigin, AlertRule, Standard,
    alert::{Words, pascal_case},
};
use crate::{
    Options, Service,
    expression::{duration, quoted},
};

/// How long a problem shows at least.
const SHOWN: Duration = Duration::from_secs(3600);

/// Prometheus' timeout of a scrape, unless the interval is shorter.
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);

/// A reason of `lapwing_problems_total` that what measures spans counts from its start, so that it is there wherever telemetry works.
pub(crate) const ENABLED: &str = "field_missing";

struct Row {
    kind: Standard,
    suffix: &'static str,
    severity: Severity,
    for_: Option<Duration>,
    summary: &'static str,
    meaning: &'static str,
    steps: &'static [&'static str],
    tuning: &'static str,
}

pub(super) fn alerts(service: &Service, options: Options) -> Vec<AlertRule> {
    let (monitoring, compress) = (&service.monitoring, options.compress);
    let rules = rows(monitoring).into_iter().filter_map(|row| {
        let for_ = row.for_? / compress;
        Some(rule(&row, service, for_, expression(row.kind, monitoring, row.for_?, compress)))
    });
    rules.collect()
}

fn rule(row: &Row, of: &Service, for_: Duration, expr: String) -> AlertRule {
    let monitoring = &of.monitoring;
    let service = &monitoring.service.value;
    let fill = |text: &str| text.replace("{service}", service).replace("{job}", &monitoring.scrape.job);
    let name = format!("{}{}", pascal_case(service), row.suffix);
    let (summary, meaning) = (fill(row.summary), fill(row.meaning));
    let words =
        Words { name: &name, severity: row.severity, summary: &summary, description: Some(&meaning), labels: &[] };
    let (labels, annotations) = words.dress(of);
    AlertRule {
        expr,
        for_,
        keep_firing_for: Duration::ZERO,
        severity: row.severity,
        labels,
        annotations,
        runbook: Runbook {
            meaning,
            steps: row.steps.iter().map(|step| fill(step)).collect(),
            tuning: fill(row.tuning),
        },
        origin: AlertOrigin::Standard(row.kind),
        name,
    }
}

fn expression(kind: Standard, monitoring: &Monitoring, for_: Duration, compress: u32) -> String {
    let job = quoted(&monitoring.scrape.job);
    let shown = duration(shown(for_) / compress);
    let problems = |matcher: &str| format!("lapwing_problems_total{{job={job},{matcher}}}");
    match kind {
        Standard::TargetDown => format!("up{{job={job}}} == 0"),
        Standard::Absent => format!("absent(up{{job={job}}})"),
        // Not the sentinel: that answers where telemetry is disabled, too.
        Standard::NoMetrics => {
            format!(
                "up{{job={job}}} == 1\nunless on (job, instance)\n{}",
                problems(&format!("reason={}", quoted(ENABLED)))
            )
        }
        // Lapwing counts what goes to its own overflow series. Those of the SDK's limit it can't count: there the series is the sign.
        Standard::SeriesOverflow => {
            let risen = risen(&problems("reason=\"overflow\""), &shown);
            format!(
                "sum by (job, instance) (\n{risen}\n)\nor\n\
                 count by (job, instance) ({{job={job},otel_metric_overflow=\"true\"}})"
            )
        }
        Standard::TelemetryProblems => {
            format!("sum by (job, instance, reason) (\n{}\n)", risen(&problems("reason!=\"overflow\""), &shown))
        }
        Standard::ScrapeSlow => {
            format!("scrape_duration_seconds{{job={job}}} > {}", slow(monitoring, compress))
        }
        Standard::Watchdog => "vector(1)".to_owned(),
    }
}

/// What a counter has risen by. What it stood at when it was first seen counts too: much goes wrong before the first scrape, above all
/// at registration, and `increase` sees nothing of that.
fn risen(counter: &str, shown: &str) -> String {
    format!("increase({counter}[{shown}]) > 0\nor\n{counter} > 0 unless {counter} offset {shown}")
}

/// How long a problem shows: longer than `for`, or it would never fire.
pub(crate) fn shown(for_: Duration) -> Duration {
    SHOWN.max(2 * for_)
}

/// What a scrape may take, in seconds.
pub(crate) fn slow_scrape(service: &Service, options: Options) -> f64 {
    slow(&service.monitoring, options.compress)
}

fn slow(monitoring: &Monitoring, compress: u32) -> f64 {
    (SCRAPE_TIMEOUT.min(monitoring.scrape.interval) / compress).as_secs_f64() / 2.0
}

/// The alert that always fires, so that its absence shows that alerting is broken; one for all services.
pub fn watchdog() -> AlertRule {
    let meaning = "Fires always. Whoever receives it raises the alarm when it stays away: then Prometheus, Alertmanager or \
        the way between them is broken, and no other alert would arrive.";
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    AlertRule {
        name: "Watchdog".to_owned(),
        expr: "vector(1)".to_owned(),
        for_: Duration::ZERO,
        keep_firing_for: Duration::ZERO,
        severity: Severity::None,
        labels: vec![pair("severity", Severity::None.as_str())],
        annotations: vec![
            pair("summary", "Alerting works"),
            pair("description", meaning),
            pair("runbook_url", "docs/runbooks/Watchdog.md"),
        ],
        runbook: Runbook {
            meaning: meaning.to_owned(),
            steps: [
                "Is Prometheus running, and does its page *Alerts* show Watchdog firing?",
                "Does Prometheus reach Alertmanager? `prometheus_notifications_dropped_total` and `prometheus_notifications_alertmanagers_discovered` say so.",
                "Does Alertmanager reach the receiver? `alertmanager_notifications_failed_total` says so, and its log says why.",
            ]
            .map(str::to_owned)
            .to_vec(),
            tuning: "How often it is repeated is `repeat_interval` of the route for severity `none`; the receiver should wait for three of it."
                .to_owned(),
        },
        origin: AlertOrigin::Standard(Standard::Watchdog),
    }
}

fn rows(monitoring: &Monitoring) -> [Row; 6] {
    let standard = &monitoring.standard_alerts;
    [
        Row {
            kind: Standard::TargetDown,
            suffix: "TargetDown",
            severity: Severity::Critical,
            for_: standard.target_down,
            summary: "{service} on {{ $labels.instance }} can't be scraped",
            meaning: "Prometheus gets no answer from this process, or one that it can't read. Callers may get none either; \
                      nothing else can be said of the process as long as this lasts.",
            steps: &[
                "Is the process running, and does it answer its callers?",
                "Page *Targets* of Prometheus: the error of the last scrape says whether it is the network, a refused token or the body.",
                "The service's log, above all its first and its last lines.",
            ],
            tuning: "`standard_alerts.target_down` bridges a restart that is meant; no less than four scrape intervals.",
        },
        Row {
            kind: Standard::Absent,
            suffix: "Absent",
            severity: Severity::Critical,
            for_: standard.absent,
            summary: "Prometheus knows no target of {service}",
            meaning: "There is no target of the job {job}: it isn't configured, or was not discovered. No other alert of the service \
                      can fire.",
            steps: &[
                "Page *Targets* of Prometheus: is there a job {job}?",
                "Was `scrape.job` in monitoring.yaml or the configuration of Prometheus changed lately?",
                "Where targets are discovered: does discovery find the service?",
            ],
            tuning: "`standard_alerts.absent` should outlast a restart of Prometheus.",
        },
        Row {
            kind: Standard::NoMetrics,
            suffix: "NoMetrics",
            severity: Severity::Critical,
            for_: standard.no_metrics,
            summary: "{service} on {{ $labels.instance }} answers scrapes without metrics",
            meaning: "The scrape succeeds, but what Lapwing counts of itself from the start, `lapwing_problems_total` with `reason=\"field_missing\"`, \
                      is not there: telemetry is disabled, has no Prometheus exporter, or something else answers at this address. No other \
                      alert of the service can fire for it.",
            steps: &[
                "Fetch the address of the target by hand: is it {service} that answers?",
                "It is, with `lapwing_gathers_total` and little else: was `OTEL_SDK_DISABLED` set, does `OTEL_CONFIG_FILE` name another file, \
                 or is there `disabled: true` or no Prometheus exporter in telemetry.yaml?",
                "The service's log from its start.",
            ],
            tuning: "`standard_alerts.no_metrics`; a few scrape intervals are enough.",
        },
        Row {
            kind: Standard::SeriesOverflow,
            suffix: "SeriesOverflow",
            severity: Severity::Warning,
            for_: standard.overflow,
            summary: "{service} on {{ $labels.instance }} has more label values than its limits allow",
            meaning: "New label values are folded into series with `otel_metric_overflow=\"true\"`. Totals stay right, and so do \
                      outcomes where Lapwing's own limit struck, but the labels of what came since are lost.",
            steps: &[
                "`count by (__name__) ({job=\"{job}\",otel_metric_overflow=\"true\"})`: which metrics?",
                "`topk(5, count by (__name__) ({job=\"{job}\"}))`: which label has values without end, such as an id or a path?",
                "Take the label away or list its values in telemetry.yaml; the folded series stay until the process restarts, and the alert with them.",
            ],
            tuning: "Raise `limit` of the instrument in telemetry.yaml only where the values are many by nature, and bounded.",
        },
        Row {
            kind: Standard::TelemetryProblems,
            suffix: "TelemetryProblems",
            severity: Severity::Info,
            for_: standard.problems,
            summary: "{service} on {{ $labels.instance }} could not record everything: {{ $labels.reason }}",
            meaning: "Telemetry refused or altered something, for the reason in the label: numbers can be missing from panels and \
                      alerts. The service itself is not affected.",
            steps: &[
                "The service's log at WARN with the target `lapwing` says once for each cause what it was and where.",
                "`field_missing`, `undeclared_label`, `name_conflict`: a name in telemetry.yaml and one in the code differ.",
                "`nan`, `infinite`, `negative`, `refused_value`: the code records a value that isn't one.",
            ],
            tuning: "`standard_alerts.problems`. Reasons that are known and harmless are better mended than silenced.",
        },
        Row {
            kind: Standard::ScrapeSlow,
            suffix: "ScrapeSlow",
            severity: Severity::Warning,
            for_: standard.slow_scrape,
            summary: "Scrapes of {service} on {{ $labels.instance }} take {{ $value | humanizeDuration }}",
            meaning: "A scrape takes more than half its timeout. Past the timeout the target counts as down and everything about \
                      it is missing.",
            steps: &[
                "Panel *CPU*: has the process time to answer?",
                "`scrape_samples_scraped` and `lapwing_endpoint_gather_duration_seconds`: are there more series than usual, or is a gauge's source slow?",
                "A slow network shows as a scrape much longer than the gather.",
            ],
            tuning: "Half of `scrape_timeout` of the job (10 s, or the interval where that is shorter).",
        },
    ]
}
