//! What Slack and PagerDuty are told, as templates of Alertmanager 0.25 and later.
//!
//! Each part is cut by `%.ns`, which counts characters, and only so many alerts of a group are listed: Slack and PagerDuty refuse what is
//! too long, and then nobody is told. Slack's signs `&<>` are escaped, so that a label's value can neither call a channel nor hide a link.

/// Fields of `slack_configs`.
pub(super) const SLACK: [(&str, &str); 5] = [
    (
        "color",
        r#"{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "critical" }}danger{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}#439FE0{{ end }}"#,
    ),
    (
        "title",
        r#"[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ printf "%.120s" .CommonLabels.alertname }}{{ with .CommonLabels.service }} of {{ printf "%.60s" . }}{{ end }}{{ with .CommonLabels.severity }} ({{ . }}){{ end }}"#,
    ),
    ("title_link", r#"{{ or .CommonAnnotations.dashboard_url .ExternalURL }}"#),
    (
        "fallback",
        r#"[{{ .Status | toUpper }}] {{ printf "%.120s" .CommonLabels.alertname }}{{ with .CommonLabels.service }} of {{ printf "%.60s" . }}{{ end }}"#,
    ),
    (
        "text",
        r#"{{ range $i, $alert := .Alerts }}{{ if lt $i 10 -}}
{{ if eq $alert.Status "resolved" }}Resolved: {{ end }}*{{ reReplaceAll ">" "&gt;" (reReplaceAll "<" "&lt;" (reReplaceAll "&" "&amp;" (printf "%.200s" $alert.Annotations.summary))) }}*
{{ end }}{{ end }}{{ if gt (len .Alerts) 10 }}… and more: {{ len .Alerts }} in all
{{ end }}{{ with .CommonAnnotations.description }}{{ reReplaceAll ">" "&gt;" (reReplaceAll "<" "&lt;" (reReplaceAll "&" "&amp;" (printf "%.600s" .))) }}
{{ end }}{{ with .CommonAnnotations.runbook_url }}{{ if match "^https?://[^<>|\\s]{1,400}$" . }}<{{ . }}|Runbook>{{ else }}Runbook: {{ printf "%.200s" . }}{{ end }}{{ end }}{{ with .CommonAnnotations.dashboard_url }}{{ if match "^https?://[^<>|\\s]{1,400}$" . }} · <{{ . }}|Dashboard>{{ end }}{{ end }}"#,
    ),
];

/// Fields of `pagerduty_configs`. Incidents are told apart by the group: service and alert.
pub(super) const PAGERDUTY: [(&str, &str); 8] = [
    (
        "description",
        r#"{{ printf "%.100s" .CommonLabels.alertname }}{{ with .CommonLabels.service }} of {{ printf "%.60s" . }}{{ end }}{{ range $i, $alert := .Alerts }}{{ if eq $i 0 }}: {{ printf "%.400s" $alert.Annotations.summary }}{{ end }}{{ end }}{{ if gt (len .Alerts) 1 }} (and {{ len (slice .Alerts 1) }} more){{ end }}"#,
    ),
    (
        "severity",
        r#"{{ if eq .CommonLabels.severity "critical" }}critical{{ else if eq .CommonLabels.severity "error" }}error{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}info{{ end }}"#,
    ),
    ("source", r#"{{ printf "%.200s" (or .CommonLabels.instance .CommonLabels.service .CommonLabels.alertname) }}"#),
    ("class", r#"{{ printf "%.200s" .CommonLabels.alertname }}"#),
    ("component", r#"{{ printf "%.200s" .CommonLabels.service }}"#),
    ("group", r#"{{ printf "%.200s" (or .CommonLabels.objective .CommonLabels.job .CommonLabels.service) }}"#),
    ("client", "Alertmanager"),
    ("client_url", r#"{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}"#),
];

/// `details`: the same keys as Alertmanager's own, so that these replace them, whose values newer versions send as JSON.
///
/// Newer versions also read what a template yields as YAML, and `a: b` becomes an object. Nothing that begins with a backtick is YAML,
/// so it stays text.
pub(super) fn pagerduty_details() -> [(&'static str, String); 6] {
    let alerts = |list: &str| {
        let labels = r#"{{ range $alert.Labels.SortedPairs }}  {{ printf "%.100s" .Name }} = {{ printf "%.200s" .Value }}
{{ end }}"#;
        let alert =
            r#"`{{ printf "%.120s" $alert.Labels.alertname }}` {{ printf "%.200s" $alert.Annotations.summary }}"#;
        format!("{{{{ range $i, $alert := {list} }}}}{{{{ if lt $i 20 }}}}{alert}\n{labels}{{{{ end }}}}{{{{ end }}}}")
    };
    let text = |name: &str, length: u32| {
        format!("{{{{ with .CommonAnnotations.{name} }}}}`{name}` {{{{ printf \"%.{length}s\" . }}}}{{{{ end }}}}")
    };
    [
        ("firing", alerts(".Alerts.Firing")),
        ("resolved", alerts(".Alerts.Resolved")),
        ("num_firing", "{{ .Alerts.Firing | len }}".to_owned()),
        ("num_resolved", "{{ .Alerts.Resolved | len }}".to_owned()),
        ("description", text("description", 1000)),
        ("runbook", text("runbook_url", 400)),
    ]
}

/// `links`: none may be empty.
pub(super) const PAGERDUTY_LINKS: [(&str, &str); 2] = [
    (
        r#"{{ if match "^https?://" .CommonAnnotations.runbook_url }}{{ .CommonAnnotations.runbook_url }}{{ else }}{{ .ExternalURL }}{{ end }}"#,
        r#"{{ if match "^https?://" .CommonAnnotations.runbook_url }}Runbook{{ else }}Runbook: {{ printf "%.200s" .CommonAnnotations.runbook_url }}{{ end }}"#,
    ),
    (
        r#"{{ or .CommonAnnotations.dashboard_url .ExternalURL }}"#,
        r#"{{ if .CommonAnnotations.dashboard_url }}Dashboard{{ else }}Alertmanager{{ end }}"#,
    ),
];
