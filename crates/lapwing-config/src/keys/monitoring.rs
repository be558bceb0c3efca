//! `monitoring.yaml`: service, objectives, alerts, and who is told.

use super::{Bound, CONDITION, DASHBOARD, Key, Object, Type, own, served};

/// Names of objectives and receivers.
pub(crate) const KEBAB: Type = Type::Form("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "encode-success");
/// Names of alerts.
pub(crate) const CAMEL: Type = Type::Form("^[A-Z][A-Za-z0-9]*$", "EncodeSlow");
/// Names of services, jobs, and other things that become parts of paths and labels.
pub(crate) const PLAIN: Type = Type::Form("^[A-Za-z0-9][A-Za-z0-9_.-]*$", "sigil");
/// URLs.
pub(crate) const URL: Type = Type::Form("^https?://", "https://example.org/x");

/// Words of `severity`.
pub(crate) const SEVERITIES: [&str; 4] = ["none", "info", "warning", "critical"];

pub(crate) static MONITORING: Object = own(
    "monitoring",
    &[
        served("file_format", Type::Words(&["1.0"]), "string, `\"1.0\"`", "required"),
        served(
            "service",
            PLAIN,
            "string of letters, digits, `_`, `.`, `-`: value of the label `service`, and the start of all names",
            "required",
        ),
        served(
            "telemetry",
            Type::Text,
            "path of the file that declares the instruments, beside this one",
            "`telemetry.yaml`",
        ),
        served("scrape", Type::Object(&SCRAPE), "scrape", ""),
        served("links", Type::Object(&LINKS), "links", ""),
        served("objectives", Type::Objects(&OBJECTIVE), "list of objective", "none"),
        served("alerts", Type::Objects(&ALERT), "list of alert, beyond those that every service gets", "none"),
        served("standard_alerts", Type::Object(&STANDARD_ALERTS), "standard_alerts: those that every service gets", ""),
        served("dashboard", Type::Object(&DASHBOARD), "dashboard, beyond what every service gets", ""),
        served("receivers", Type::Objects(&RECEIVER), "list of receiver", "none"),
        served("routes", Type::Objects(&ROUTE), "list of route; the first that matches an alert takes it", "none"),
    ],
);

pub(crate) static SCRAPE: Object = own(
    "scrape",
    &[
        served("job", PLAIN, "string: `job_name` in Prometheus", "the service"),
        served("interval", Type::Duration, "duration; no rate is taken over less than four of it", "`15s`"),
        served("evaluation_interval", Type::Duration, "duration between evaluations of the rules", "`30s`"),
    ],
);

pub(crate) static LINKS: Object = own(
    "links",
    &[
        served(
            "runbook",
            URL,
            "URL of a runbook, in which `{service}` and `{alert}` are filled in",
            "the runbook's path",
        ),
        served("dashboard", URL, "URL of a dashboard, in which `{service}` and `{uid}` are filled in", "none"),
    ],
);

const SUMMARY: &str = "string: one sentence";
const RUNBOOK_KEY: Key = served("runbook", Type::Object(&RUNBOOK), "runbook", "");

pub(crate) static OBJECTIVE: Object = own(
    "objective",
    &[
        served("name", KEBAB, "string in kebab-case, each once: value of the label `objective`", "required"),
        served("summary", Type::Text, SUMMARY, "required"),
        served(
            "target",
            Type::Number(Bound::Beyond(0.0), Bound::Beyond(100.0)),
            "number above 0 and below 100: percent of events that are to be good",
            "required",
        ),
        served("window", Type::Duration, "duration, at least 1 d", "`30d`"),
        served("good", Type::Object(&GOOD), "good", "required"),
        served(
            "min_events",
            Type::Integer(0, i64::MAX),
            "integer ≥ 0: burn rates of fewer events in the long window alert nobody",
            "10",
        ),
        RUNBOOK_KEY,
    ],
);

pub(crate) static GOOD: Object = own(
    "good",
    &[
        served("instrument", Type::Text, "string: a counter or histogram, by its OpenTelemetry name", "required"),
        served(
            "where",
            Type::Filter,
            "labels that a good event has, each with its value or a list of them; this or `within`",
            "",
        ),
        served(
            "within",
            Type::NumberOrDuration,
            "a bound of the histogram, a number in the instrument's unit or a duration, which is converted to it: good is what took no longer",
            "",
        ),
        served("of", Type::Filter, "labels of the events that count at all", "all events"),
    ],
);

pub(crate) static RUNBOOK: Object = own(
    "runbook",
    &[
        served("meaning", Type::Text, "string, Markdown: what it means for users", ""),
        served("steps", Type::List(&Type::Text), "list of string, Markdown: what to do first, in order", ""),
        served("tuning", Type::Text, "string, Markdown: when and how to change threshold or buckets", ""),
    ],
);

pub(crate) static ALERT: Object = own(
    "alert",
    &[
        served("name", CAMEL, "string in CamelCase, each once", "required"),
        served(
            "severity",
            Type::Words(&SEVERITIES),
            "`none`, `info`, `warning` (a ticket) or `critical` (a page)",
            "required",
        ),
        served("summary", Type::Text, "string: one line, a template of Prometheus", "required"),
        served("description", Type::Text, "string, a template of Prometheus", "none"),
        served("condition", Type::Object(&CONDITION), "condition", "required"),
        served("for", Type::Duration, "duration for which it must hold", "`0s`"),
        served("keep_firing_for", Type::Duration, "duration for which it fires on", "`0s`"),
        served("labels", Type::Labels, "labels beside `service` and `severity`", "none"),
        RUNBOOK_KEY,
        served(
            "tests",
            Type::Objects(&ALERT_TEST),
            "list of alert_test, needed where none can be derived from the condition",
            "none",
        ),
    ],
);

pub(crate) static ALERT_TEST: Object = own(
    "alert_test",
    &[
        served("interval", Type::Duration, "duration between two values", "`1m`"),
        served(
            "series",
            Type::Labels,
            "series, such as `'up{job=\"sigil\"}'`, each with its values in promtool's notation, such as `'1x10 0+2x30 _x5'`",
            "none",
        ),
        served(
            "fires_at",
            Type::List(&Type::Duration),
            "list of times from the first value on at which the alert fires",
            "none",
        ),
        served("quiet_at", Type::List(&Type::Duration), "list of times at which it does not fire", "none"),
    ],
);

pub(crate) static STANDARD_ALERTS: Object = own(
    "standard_alerts",
    &[
        served("target_down", Type::DurationOrOff, "duration for which a target is down (critical), or `off`", "`2m`"),
        served("absent", Type::DurationOrOff, "duration for which there is no target (critical), or `off`", "`5m`"),
        served(
            "no_metrics",
            Type::DurationOrOff,
            "duration for which a target answers without metrics (critical), or `off`",
            "`5m`",
        ),
        served(
            "overflow",
            Type::DurationOrOff,
            "duration for which series are folded because a limit was reached (warning), or `off`",
            "`0s`",
        ),
        served(
            "problems",
            Type::DurationOrOff,
            "duration for which telemetry is lost or altered (info), or `off`",
            "`10m`",
        ),
        served(
            "slow_scrape",
            Type::DurationOrOff,
            "duration for which scrapes take more than half their timeout (warning), or `off`",
            "`10m`",
        ),
    ],
);

pub(crate) static RECEIVER: Object = Object {
    groups: &[&["slack", "pagerduty", "webhook"]],
    ..own(
        "receiver",
        &[
            served("name", KEBAB, "string in kebab-case, each once", "required"),
            served("slack", Type::Object(&SLACK), "slack", ""),
            served("pagerduty", Type::Object(&PAGERDUTY), "pagerduty", ""),
            served("webhook", Type::Object(&WEBHOOK), "webhook", ""),
        ],
    )
};

pub(crate) static SLACK: Object = own(
    "slack",
    &[
        served(
            "api_url_file",
            Type::Text,
            "path, for Alertmanager, of the incoming webhook's URL; never the URL itself",
            "required",
        ),
        served("channel", Type::Form("^[#@]", "#alerts"), "string, beginning with `#` or `@`", "required"),
    ],
);

pub(crate) static PAGERDUTY: Object = own(
    "pagerduty",
    &[
        served(
            "routing_key_file",
            Type::Text,
            "path, for Alertmanager, of the integration key of Events API v2; never the key itself",
            "required",
        ),
        served("url", URL, "URL of another service than PagerDuty's", "PagerDuty's"),
    ],
);

pub(crate) static WEBHOOK: Object = own("webhook", &[served("url", URL, "URL", "required")]);

pub(crate) static ROUTE: Object = own(
    "route",
    &[
        served(
            "severity",
            Type::List(&Type::Words(&SEVERITIES)),
            "list of `none`, `info`, `warning`, `critical`",
            "all",
        ),
        served("match", Type::Labels, "labels that an alert must have", "none"),
        served(
            "receivers",
            Type::List(&Type::Text),
            "list of string: names of receivers, all of which are told",
            "required",
        ),
        served("group_wait", Type::Duration, "duration", "`30s`"),
        served("group_interval", Type::Duration, "duration", "`5m`"),
        served("repeat_interval", Type::Duration, "duration, at least `group_interval`", "`4h`"),
    ],
);
