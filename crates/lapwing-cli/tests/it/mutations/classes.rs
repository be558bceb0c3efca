//! The mistakes.

use super::Mutation;

const TELEMETRY: &str = "otel-config/sigil/telemetry.yaml";
const MONITORING: &str = "otel-config/sigil/monitoring.yaml";
const RULES: &str = "otel-config/prometheus/rules/sigil.yml";
const PROMETHEUS: &str = "otel-config/prometheus/prometheus.yml";
pub(super) const BY_HAND: &str = "otel-config/prometheus/rules/by-hand.yml";
const ROUTES: &str = "otel-config/alertmanager/alertmanager.yml";
const DASHBOARD: &str = "grafana/dashboards/sigil/sigil-v2.json";
pub(super) const DATASOURCES: &str = "grafana/datasources.yml";

pub(super) const MUTATIONS: &[Mutation] = &[
    // Queries against what is emitted.
    Mutation::new(
        "metric/unknown",
        &[(BY_HAND, "max by (backend) (sigil_store_size_bytes{", "max by (backend) (sigil_stores_size_bytes{")],
        (BY_HAND, "max by (backend) («sigil_stores_size_bytes»{"),
    ),
    Mutation::new(
        "metric/unknown",
        &[(
            RULES,
            "60 * sum by (operation) (rate(sigil_error_total{",
            "60 * sum by (operation) (rate(sigil_errors_total{",
        )],
        (RULES, "60 * sum by (operation) (rate(«sigil_errors_total»{"),
    ),
    Mutation::new(
        "metric/unknown-label",
        &[(BY_HAND, r#"operation="encode""#, r#"op="encode""#)],
        (BY_HAND, r#"«op»="encode""#),
    ),
    Mutation::new(
        "metric/unknown-label",
        &[(BY_HAND, "max by (backend)", "max by (backends)")],
        (BY_HAND, "max by («backends»)"),
    )
    .also(&["alert/template-unknown-label"]),
    Mutation::new(
        "metric/unknown-label-value",
        &[(BY_HAND, r#"operation="encode""#, r#"operation="seal""#)],
        (BY_HAND, r#"operation=«"seal"»"#),
    ),
    // Histograms.
    Mutation::new(
        "histogram/unknown-bound",
        &[(RULES, r#"_bucket{job="sigil",le="1.0"}"#, r#"_bucket{job="sigil",le="1.5"}"#)],
        (RULES, r#"le=«"1.5"»"#),
    ),
    Mutation::new(
        "histogram/threshold-beyond-bounds",
        &[(BY_HAND, "[5m]))) > 0.5", "[5m]))) > 5")],
        (BY_HAND, "[5m]))) > «5»\n"),
    ),
    Mutation::new(
        "histogram/threshold-beyond-bounds",
        &[(BY_HAND, "[5m]))) > 0.5", "[5m]))) > 10")],
        (BY_HAND, "[5m]))) > «10»"),
    ),
    // The coordinator that was stuck: its histogram ended at the very threshold of its alert.
    Mutation::new(
        "histogram/threshold-beyond-bounds",
        &[
            (
                TELEMETRY,
                "[0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]",
                "[0.001, 0.01, 0.1, 0.5, 1, 10, 60, 300, 1800]",
            ),
            (BY_HAND, "[5m]))) > 0.5", "[5m]))) > 1800"),
        ],
        (BY_HAND, "[5m]))) > «1800»"),
    ),
    Mutation::new(
        "histogram/threshold-between-bounds",
        &[(BY_HAND, "[5m]))) > 0.5", "[5m]))) > 0.75")],
        (BY_HAND, "[5m]))) > «0.75»"),
    ),
    Mutation::new(
        "histogram/quantile-without-le",
        &[(BY_HAND, "histogram_quantile(0.99, sum by (le) (", "histogram_quantile(0.99, sum by (instance) (")],
        (BY_HAND, "histogram_quantile(0.99, sum «by (instance)» ("),
    ),
    // Rates and times.
    Mutation::new(
        "rate/of-gauge",
        &[(BY_HAND, r#"(sigil_store_size_bytes{job="sigil"})"#, r#"(rate(sigil_store_size_bytes{job="sigil"}[5m]))"#)],
        (BY_HAND, "(«rate»(sigil_store_size_bytes{"),
    ),
    Mutation::new(
        "rate/missing",
        &[(BY_HAND, r#"sum (rate(sigil_revoke_total{job="sigil"}[5m]))"#, r#"sum (sigil_revoke_total{job="sigil"})"#)],
        (BY_HAND, r#"sum («sigil_revoke_total»{job="sigil"})"#),
    ),
    Mutation::new(
        "rate/range-too-short",
        &[(
            BY_HAND,
            r#"sum (rate(sigil_revoke_total{job="sigil"}[5m]))"#,
            r#"sum (rate(sigil_revoke_total{job="sigil"}[20s]))"#,
        )],
        (BY_HAND, "[«20s»]"),
    ),
    Mutation::new(
        "division/no-traffic",
        &[(
            BY_HAND,
            "sigil:revoke:rate5m…expr: «sum»",
            "sum by (instance) (rate(sigil_error_total{operation=\"revoke\"}[5m])) / sum by (instance)",
        )],
        (BY_HAND, "/ «sum by (instance) (rate(sigil_revoke_total{job=\"sigil\"}[5m]))»"),
    ),
    Mutation::new(
        "promql/syntax",
        &[(BY_HAND, "max by (backend) (", "max by (backend (")],
        (BY_HAND, "max by (backend «(»"),
    ),
    // Alerts.
    Mutation::new("alert/for-shorter-than-evaluation", &[(BY_HAND, "for: 5m", "for: 10s")], (BY_HAND, "for: «10s»")),
    Mutation::new(
        "alert/no-severity",
        &[(BY_HAND, "severity: warning\n", "level: warning\n")],
        (BY_HAND, "alert: «SigilEncodeStuck»"),
    ),
    Mutation::new(
        "alert/no-summary",
        &[(BY_HAND, "summary: \"The store", "sumary: \"The store")],
        (BY_HAND, "alert: «SigilStoreBig»"),
    ),
    Mutation::new(
        "alert/no-runbook",
        &[(BY_HAND, "          runbook_url: docs/runbooks/sigil/SigilErrors.md\n", "")],
        (BY_HAND, "alert: «SigilRevocationsFail»"),
    ),
    Mutation::new(
        "alert/runbook-missing",
        &[(BY_HAND, "sigil/SigilErrors.md", "sigil/SigilRevocations.md")],
        (BY_HAND, "runbook_url: «docs/runbooks/sigil/SigilRevocations.md»"),
    ),
    Mutation::new(
        "alert/template-unknown-label",
        &[(BY_HAND, "{{ $labels.backend }}", "{{ $labels.store }}")],
        (BY_HAND, "{{ «$labels.store» }}"),
    ),
    Mutation::new(
        "alert/template-syntax",
        &[(BY_HAND, "{{ $value }}", "{{ $value | humanise }}")],
        (BY_HAND, "«humanise»"),
    ),
    Mutation::new(
        "declaration/duplicate-record",
        &[
            (BY_HAND, "sigil:revoke:rate5m", "sigil:error:rate5m"),
            (BY_HAND, "sum «by (operation) »(rate(sigil_error_total{job=\"sigil\",operation=\"encode\"", ""),
        ],
        (BY_HAND, "operation=\"encode\"}[5m]))\n      - record: «sigil:error:rate5m»"),
    ),
    // Who is told.
    Mutation::new(
        "alertmanager/no-receiver",
        &[
            (
                ROUTES,
                "      routes:\n        - receiver: \"pagerduty+slack\"",
                "      routes:\n        - receiver: nobody\n          matchers: ['alertname=\"SigilStoreBig\"']\n        - receiver: \"pagerduty+slack\"",
            ),
            (ROUTES, "receivers:\n", "receivers:\n  - name: nobody\n"),
        ],
        (ROUTES, "- name: «nobody»"),
    ),
    Mutation::new(
        "alertmanager/wrong-receiver",
        &[(
            ROUTES,
            "      routes:\n        - receiver: \"pagerduty+slack\"",
            "      routes:\n        - receiver: slack\n          matchers: ['alertname=\"SigilCircuitOpen\"']\n        - receiver: \"pagerduty+slack\"",
        )],
        (
            RULES,
            "max by (backend) (dnastore_circuit_state{job=\"sigil\"}) > 0\n        for: 1m\n        keep_firing_for: 1m\n        labels:\n          service: sigil\n          severity: «critical»",
        ),
    ),
    Mutation::new(
        "alertmanager/wrong-receiver",
        &[
            (BY_HAND, "severity: info", "severity: none"),
            (
                ROUTES,
                "            - |-\n              severity=\"critical\"\n          group_wait",
                "            - |-\n              severity=~\"critical|none\"\n          group_wait",
            ),
        ],
        (BY_HAND, "severity: «none»"),
    ),
    Mutation::new(
        "alertmanager/undefined-receiver",
        &[(
            ROUTES,
            "routes:\n        - receiver: \"pagerduty+slack\"",
            "routes:\n        - receiver: \"pagerduty-slack\"",
        )],
        (ROUTES, "- receiver: «\"pagerduty-slack\"»"),
    )
    .also(&["alertmanager/unused-receiver"]),
    Mutation::new(
        "alertmanager/inline-secret",
        &[(
            ROUTES,
            "routing_key_file: /etc/alertmanager/secrets/pagerduty_routing_key",
            "routing_key: 0123456789abcdef0123456789abcdef",
        )],
        (ROUTES, "routing_key: «0123456789abcdef0123456789abcdef»"),
    ),
    Mutation::new(
        "alertmanager/template-unknown-label",
        &[(ROUTES, "pagerduty_configs:…{{ printf \"%.100s\" «.CommonLabels.alertname»", ".GroupLabels.cluster")],
        (ROUTES, "«.GroupLabels.cluster»"),
    ),
    Mutation::new(
        "alertmanager/template-too-long",
        &[(
            ROUTES,
            "pagerduty_configs:…description: |-\n          «{{ printf…more){{ end }}»\n",
            "{{ range .Alerts }}{{ .Annotations.description }}{{ end }}",
        )],
        (ROUTES, "description: |-\n          {{ range «.Alerts» }}"),
    ),
    Mutation::new(
        "alertmanager/template-syntax",
        &[(ROUTES, "{{ .Receiver | urlquery }}", "{{ .Receiver | urlQuery }}")],
        (ROUTES, "«urlQuery»"),
    ),
    Mutation::new(
        "alertmanager/inhibits-everything",
        &[(
            ROUTES,
            "        alertname=\"SigilAbsent\"\n    target_matchers:\n      - |-\n        service=\"sigil\"\n      - |-\n        severity=~\"warning|info\"\n    equal:\n      - service",
            "        alertname=\"SigilAbsent\"\n    target_matchers:\n      - |-\n        severity!=\"critical\"",
        )],
        (ROUTES, "«severity!=\"critical\"»"),
    ),
    Mutation::new(
        "alertmanager/send-resolved-off",
        &[(ROUTES, "  - name: slack\n…«        send_resolved: true\n»", "")],
        (ROUTES, "  - name: slack\n    slack_configs:\n      - «api_url_file»"),
    ),
    // Declarations.
    Mutation::new(
        "declaration/default-bounds-in-seconds",
        &[(
            TELEMETRY,
            "          counters:\n            - field: removed",
            "          histograms: [{field: wait, instrument: sigil.gc.wait, unit: s}]\n          counters:\n            - field: removed",
        )],
        (TELEMETRY, "instrument: «sigil.gc.wait»"),
    ),
    Mutation::new(
        "declaration/not-as-written",
        &[(TELEMETRY, "\nmeter_provider:\n", "\nlogger_provider: {processors: []}\nmeter_provider:\n")],
        (TELEMETRY, "«logger_provider»: {"),
    ),
    Mutation::new(
        "declaration/unknown-instrument",
        &[(
            MONITORING,
            "quantile: {instrument: sigil.verify.duration",
            "quantile: {instrument: sigil.verify.durations",
        )],
        (MONITORING, "quantile: {instrument: «sigil.verify.durations»"),
    ),
    Mutation::new(
        "declaration/unknown-job",
        &[(PROMETHEUS, "job_name: sigil\n", "job_name: sigil-api\n")],
        (MONITORING, "scrape: {job: «sigil»,"),
    ),
    Mutation::new(
        "declaration/unmatched-view",
        &[(TELEMETRY, "instrument_name: sigil.gc.duration", "instrument_name: sigil.gc.duratoin")],
        (TELEMETRY, "instrument_name: «sigil.gc.duratoin»"),
    ),
    Mutation::new(
        "declaration/within-no-bound",
        &[(MONITORING, "within: 200ms}", "within: 250ms}")],
        (MONITORING, "within: «250ms»}"),
    ),
    Mutation::new(
        "label/personal-data",
        &[(
            TELEMETRY,
            "description: Sigils that were to be withdrawn.\n            labels: [outcome]",
            "description: Sigils that were to be withdrawn.\n            labels: [outcome, user.email]",
        )],
        (TELEMETRY, "[outcome, «user.email»]"),
    ),
    Mutation::new(
        "label/secret",
        &[(
            TELEMETRY,
            "description: Sigils that were to be withdrawn.\n            labels: [outcome]",
            "description: Sigils that were to be withdrawn.\n            labels: [outcome, api_key]",
        )],
        (TELEMETRY, "[outcome, «api_key»]"),
    ),
    Mutation::new(
        "label/unbounded",
        &[(
            TELEMETRY,
            "description: Sigils that were to be withdrawn.\n            labels: [outcome]",
            "description: Sigils that were to be withdrawn.\n            labels: [outcome, request_id]",
        )],
        (TELEMETRY, "[outcome, «request_id»]"),
    ),
    Mutation::new(
        "budget/series",
        &[(
            TELEMETRY,
            "values: [embedded, postgres]}, outcome]",
            "values: [embedded, postgres]}, outcome]\n            series_limit: 3",
        )],
        (TELEMETRY, "series_limit: «3»"),
    ),
    // Dashboards.
    Mutation::new(
        "dashboard/duplicate-panel-id",
        &[(DASHBOARD, "\"id\": 37942,", "\"id\": 607064, \"x\": 0,")],
        (DASHBOARD, "\"id\": «607064», \"x\": 0,"),
    ),
    Mutation::new(
        "dashboard/unknown-unit",
        &[(DASHBOARD, r#""title": "Operations a second"…"unit": «"ops"»"#, r#""operations""#)],
        (DASHBOARD, r#""unit": «"operations"»"#),
    ),
    Mutation::new(
        "dashboard/undefined-variable",
        &[(
            DASHBOARD,
            r#"count (up{job=\"sigil\",instance=~\"$instance\"})"#,
            r#"count (up{job=\"sigil\",instance=~\"$host\"})"#,
        )],
        (DASHBOARD, r"«$host»"),
    ),
    Mutation::new(
        "dashboard/unknown-datasource",
        &[(DASHBOARD, r#""title": "Targets up"…"uid": «"${datasource}"»"#, r#""PBFA97CFB590B2093""#)],
        (DASHBOARD, r#""uid": «"PBFA97CFB590B2093"»"#),
    ),
    Mutation::new(
        "dashboard/panel-without-title",
        &[(DASHBOARD, "\"title\": \"«Targets up»\"", "")],
        (DASHBOARD, "\"title\": «\"\"»"),
    ),
    Mutation::new(
        "dashboard/hard-coded-interval",
        &[(DASHBOARD, "\"title\": \"Encode latency distribution\"…«$__rate_interval»", "5m")],
        (DASHBOARD, "\"title\": \"Encode latency distribution\"…[«5m»]"),
    ),
    Mutation::new(
        "dashboard/cumulative-heatmap",
        &[(DASHBOARD, "\"title\": \"Encode latency distribution\"…\"format\": «\"heatmap\"»", "\"time_series\"")],
        (DASHBOARD, "\"title\": \"Encode latency distribution\"…\"format\": «\"time_series\"»"),
    ),
    Mutation::new(
        "metric/unknown-label",
        &[(BY_HAND, "[10m]))\n            «/» (sum", "/ on (node_name)")],
        (BY_HAND, "/ on («node_name»)"),
    )
    .also(&["alert/template-unknown-label"]),
    Mutation::new(
        "dashboard/heatmap-without-le",
        &[(DASHBOARD, "\"title\": \"Encode latency distribution\"…sum «by (le) »", "")],
        (DASHBOARD, "\"title\": \"Encode latency distribution\"…«sigil_encode_duration_seconds_bucket»"),
    ),
    Mutation::new(
        "metric/unknown",
        &[(
            DASHBOARD,
            "\"title\": \"Encode latency distribution\"…«sigil_encode_duration_seconds_bucket»",
            "sigil_encode_latency_seconds_bucket",
        )],
        (DASHBOARD, "«sigil_encode_latency_seconds_bucket»"),
    ),
    Mutation::new(
        "dashboard/legend-unknown-label",
        &[(
            DASHBOARD,
            "max by (backend) (dnastore_circuit_state{…\"legendFormat\": \"«{{backend}}»\"",
            "{{operation}}",
        )],
        (DASHBOARD, "max by (backend) (dnastore_circuit_state{…\"legendFormat\": \"«{{operation}}»\""),
    ),
    Mutation::new(
        "promql/unmatched-sides",
        &[(BY_HAND, "(sum «by (instance) »(rate(sigil_revoke_total{", "")],
        (BY_HAND, "[10m]))\n            «/» (sum"),
    )
    .also(&["alert/template-unknown-label"]),
    // Suppressions.
    Mutation::new(
        "suppression/unused",
        &[(
            BY_HAND,
            "      - alert: SigilStoreBig",
            "      # lapwing: allow alert/no-runbook is obvious\n      - alert: SigilStoreBig",
        )],
        (BY_HAND, "# «lapwing: allow alert/no-runbook is obvious»"),
    ),
    Mutation::new(
        "suppression/no-reason",
        &[(BY_HAND, "for: 5m", "for: 10s  # lapwing: allow alert/for-shorter-than-evaluation")],
        (BY_HAND, "# «lapwing: allow alert/for-shorter-than-evaluation»"),
    ),
    Mutation::new(
        "suppression/unknown",
        &[(BY_HAND, "for: 5m", "for: 5m  # lapwing: allow alert/for-too-short on purpose")],
        (BY_HAND, "allow «alert/for-too-short» on purpose"),
    ),
    Mutation::new(
        "file/unreadable",
        &[(DATASOURCES, "apiVersion: 1\n", "apiVersion: [1\n")],
        (DATASOURCES, "datasources«:»"),
    ),
];
