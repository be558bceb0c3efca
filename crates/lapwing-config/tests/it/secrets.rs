//! Secrets stay secret, whatever goes wrong.

use lapwing_config::{ConfigError, parse};

const CANARY: &str = "c4n4ry-5ecret";

/// Sets every variable to the canary.
fn env(_: &str) -> Option<String> {
    Some(CANARY.to_owned())
}

/// Everything that can be printed of reading `text`; how it ended comes with it.
fn printed(text: &str) -> (bool, String) {
    match parse(text, "t.yaml", &env) {
        Ok(configuration) => {
            let warnings: Vec<String> = configuration.warnings.iter().map(ToString::to_string).collect();
            (true, format!("{configuration:?} {configuration:#?} {}", warnings.join("\n")))
        }
        Err(error) => {
            assert!(matches!(error, ConfigError::Invalid(_)));
            (false, format!("{error} {error:?}"))
        }
    }
}

/// Every secret place, written out or substituted; `{}` is where a flaw goes.
fn document(secret: &str, flaw: &str) -> String {
    format!(
        "\
file_format: \"1.1\"
{flaw}
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: https://user:{secret}@collector/v1/traces?key={secret}
            headers:
              - name: authorization
                value: Bearer {secret}
              - {{name: x-plain, value: \"{secret}\"}}
            headers_list: api-key={secret},other={secret}
"
    )
}

#[test]
fn a_canary_in_every_secret_place_is_found_nowhere() {
    for secret in [CANARY, "${SECRET}", "${SECRET:-c4n4ry-5ecret}"] {
        let (read, text) = printed(&document(secret, ""));
        assert!(read, "{text}");
        assert!(!text.contains(CANARY), "{text}");
    }
}

/// Each flaw stands right on the secret, so that its line is shown.
#[test]
fn errors_on_secrets_do_not_show_them() {
    for secret in [CANARY, "${SECRET}", "${SECRET:-c4n4ry-5ecret}"] {
        let otlp = |body: &str| {
            format!(
                "file_format: \"1.1\"\ntracer_provider:\n  processors:\n    - simple:\n        exporter:\n          otlp_http:\n{body}"
            )
        };
        for body in [
            format!("            headers: [{{name: a b, value: \"{secret}\"}}]\n"),
            format!("            headers: [{{name: a, value: \"{secret}\", valu: \"{secret}\"}}]\n"),
            format!("            headers: {{authorization: \"{secret}\"}}\n"),
            format!("            headers: \"{secret}\"\n"),
            format!("            headers:\n              - name: a\n                value: \"{secret}\\n{secret}\"\n"),
            format!("            headers:\n              - name: a\n                value: [{CANARY}]\n"),
            format!("            headers_list: \"{secret}\"\n"),
            format!("            headers_list: \"a={secret}%\"\n"),
            format!("            headers_list: [{CANARY}]\n"),
            format!("            password: \"{secret}\"\n"),
            format!("            timeout: soon\n            api_key: \"{secret}\"\n"),
            format!("            endpoint: \"user:{secret}@host\"\n            token: {secret}\n"),
            format!("            endpoint: \"ftp://user:{secret}@host\"\n"),
            format!("            endpoint: \"http://user:{secret}@host:99999\"\n"),
            format!("            endpoint: \"http://host:99999/?key={secret}\"\n"),
        ] {
            let (read, text) = printed(&otlp(&body));
            assert!(!read, "this should be wrong: {body}");
            assert!(!text.contains(CANARY), "{body}: {text}");
        }
    }
}

#[test]
fn a_substituted_value_is_shown_by_no_error() {
    for body in [
        "disabled: ${X}\n",
        "log_level: ${X}\n",
        "log_level: \"${X:-c4n4ry-5ecret-default}\"\n",
        "resource: {attributes_list: \"${X}\"}\n",
        "resource: {attributes: [{name: a, value: \"${X}\", type: int}]}\n",
        "propagator: {composite_list: \"${X}\"}\n",
        "tracer_provider: {processors: \"${X}\"}\n",
        "meter_provider: {readers: [{pull: {exporter: {prometheus/development: {port: \"${X}\"}}}}]}\n",
        "meter_provider: {readers: [{pull: {exporter: {prometheus/development: {translation_strategy: \"${X}\"}}}}]}\n",
        "instrumentation/development: {rust: {lapwing: {log: {filter: \"[${X}\"}}}}\n",
        "instrumentation/development: {rust: {lapwing: {endpoint: {allow: [\"${X}\"], path: \"${X}\"}}}}\n",
        "instrumentation/development: {rust: {lapwing: {rules: [{span: a, level: \"${X}\", calls: {instrument: \"1${X}\"}}]}}}\n",
        "instrumentation/development: {rust: {lapwing: {rules: [{span: a, calls: {instrument: a, unit: \"é${X}\"}}]}}}\n",
        "instrumentation/development: {rust: {lapwing: {rules: [{span: a, duration: {instrument: a, unit: \"${X}\"}}]}}}\n",
        "instrumentation/development: {rust: {lapwing: {rules: [{span: a, calls: {instrument: \"${X}\", unit: a}, errors: {instrument: \"${X}\", unit: b}}]}}}\n",
        "instrumentation/development: {rust: {lapwing: {rules: [{span: a, calls: {instrument: x, labels: [\"${X}\", \"${X}\"]}}]}}}\n",
        "instrumentation/development: {rust: {lapwing: {gauges: [{source: a, instrument: \"${X}\"}, {source: b, instrument: \"${X}\"}]}}}\n",
        "resource: {attributes: [{name: \"${X}\", value: a}, {name: \"${X}\", value: b}]}\n",
    ] {
        let (read, text) = printed(&format!("file_format: \"1.1\"\n{body}"));
        assert!(!read, "this should be wrong: {body}");
        let shown = text.replace("${X:-c4n4ry-5ecret-default}", "");
        assert!(!shown.contains(CANARY), "{body}: {text}");
    }
}

/// Where the text is no YAML there is no tree to tell what is secret.
#[test]
fn text_that_is_no_yaml_does_not_show_its_secrets() {
    for body in [
        "headers:\n  - name: x\n    value: \"c4n4ry-5ecret\n",
        "headers:\n- name: x\n  value: [c4n4ry-5ecret: }\n",
        "headers: [{name: x, value: \"c4n4ry-5ecret\"]\n",
        "password: c4n4ry-5ecret: x\n",
        "api_key: {c4n4ry-5ecret\n",
        "a: {token: \"c4n4ry-5ecret\", b: ]\n",
        "endpoint: {http://u:c4n4ry-5ecret@h ]\n",
        "headers_list: a=c4n4ry-5ecret: b\n",
        "secret:\n  deep:\n    er: c4n4ry-5ecret: x\n",
    ] {
        let (read, text) = printed(&format!("file_format: \"1.1\"\n{body}"));
        assert!(!read, "this should be wrong: {body}");
        assert!(!text.contains(CANARY), "{body}: {text}");
    }
}

#[test]
fn a_masked_line_keeps_its_shape() {
    let text = "file_format: \"1.1\"\npassword: hunter2 # note\n";
    let error = parse(text, "t.yaml", &env).expect_err("an unknown key");
    let text = error.to_string();
    assert!(text.contains("2 | password: ******* # note\n  | ^^^^^^^^\n"), "{text}");
}

/// Everything that is said of a `monitoring.yaml` with this receiver.
fn receiver(receiver: &str) -> String {
    let text = format!(
        "file_format: \"1.0\"\nservice: shop\nreceivers:\n  - name: it\n    {receiver}\nroutes: [{{receivers: [it]}}]\n"
    );
    let error = lapwing_config::monitoring::parse(&text, "m.yaml").expect_err(receiver);
    format!("{error} {error:?}")
}

#[test]
fn secrets_of_receivers_are_shown_by_no_error() {
    for secret in [CANARY, "0123456789abcdef0123456789abcdef"] {
        for written in [
            "slack: {api_url: \"https://hooks.slack.com/services/T0/B0/SECRET\", channel: \"#a\"}",
            "slack: {api_url_file: \"https://hooks.slack.com/services/T0/B0/SECRET\", channel: \"#a\"}",
            "slack: {api_url_file: hooks.slack.com/services/T0/B0/SECRET, channel: \"#a\"}",
            "slack: {api_url_file: a, channel: \"https://hooks.slack.com/services/T0/B0/SECRET\"}",
            "slack: {api_url_fil: SECRET, channel: \"#a\"}",
            "slack: \"https://hooks.slack.com/services/T0/B0/SECRET\"",
            "pagerduty: {routing_key: SECRET}",
            "pagerduty: {service_key: SECRET}",
            "pagerduty: SECRET",
            "pagerduty: [SECRET]",
            "routing_key: SECRET",
            "pagerduty: {routing_key_file: a, url: \"ftp://events.example/?token=SECRET\"}",
            "pagerduty: {routing_key: SECRET, url: ]",
            "pagerduty: {routing_key_file: \"https://x/SECRET\", url: ]",
        ] {
            let said = receiver(&written.replace("SECRET", secret));
            assert!(!said.contains(secret), "{said}");
        }
    }
    let said = receiver("pagerduty: {routing_key_file: 0123456789abcdef0123456789abcdef}");
    assert!(said.starts_with("error: `routing_key_file` must be a path, not a secret\n"), "{said}");
    assert!(!said.contains("0123456789"), "{said}");
}

#[test]
fn paths_of_secrets_and_channels_are_shown() {
    for (written, shown) in [
        (
            "slack: {api_url_file: /etc/secrets/slack_url, channel: general}",
            "api_url_file: /etc/secrets/slack_url, channel: general",
        ),
        (
            "slack: {api_url_file: /etc/secrets/slack_url, channel: #shop}",
            "api_url_file: /etc/secrets/slack_url, channel: #shop}",
        ),
    ] {
        let said = receiver(written);
        assert!(said.contains(shown), "{said}");
    }
    let text = "receivers:\n  - {name: it, webhook: {url: \"https://user:c4n4ry-5ecret@x\"}}\n";
    let place = lapwing_config::Place { line: 2, column: 6, width: 4 };
    let excerpt = lapwing_config::monitoring::excerpt(text, "m.yaml", place);
    assert!(
        excerpt.line_text.contains("webhook: {url: ***") && !excerpt.line_text.contains(CANARY),
        "{}",
        excerpt.line_text
    );
}
