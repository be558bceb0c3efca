//! `file_format` and what differs between its editions.

use lapwing_config::{ConfigError, Configuration, Translation, parse};

use crate::support::{brief, no_env};

fn with(format: &str, body: &str) -> Result<Configuration, ConfigError> {
    parse(&format!("file_format: {format}\n{body}"), "t.yaml", &no_env)
}

fn errors(format: &str, body: &str) -> Vec<String> {
    with(format, body).expect_err("an error").findings().iter().map(brief).collect()
}

fn warnings(format: &str) -> Vec<String> {
    with(format, "").unwrap_or_else(|error| panic!("{error}")).warnings.iter().map(brief).collect()
}

fn prometheus(settings: &str) -> String {
    format!("meter_provider: {{readers: [{{pull: {{exporter: {{prometheus/development: {settings}}}}}}}]}}\n")
}

#[test]
fn both_editions_are_read_without_a_word() {
    assert!(warnings("\"1.0\"").is_empty());
    assert!(warnings("'1.1'").is_empty());
}

#[test]
fn a_newer_minor_warns_and_another_major_is_refused() {
    assert_eq!(
        warnings("\"1.2\""),
        [
            "1:14 `file_format` `1.2` is newer than 1.1, the newest known here (keys that came later are unknown and refused)"
        ]
    );
    for format in ["\"2.0\"", "\"0.4\""] {
        let major = &format[1..2];
        let shown = format.trim_matches('"');
        let expected = format!(
            "1:14 `file_format` `{shown}` has major version {major}; only 1 is known (write file_format: \"1.1\")"
        );
        assert_eq!(errors(format, ""), [expected]);
    }
    for format in ["\"1\"", "\"one\"", "\"1.x\"", "\"\"", "\"1.1.0\"", "\"99999999999.1\""] {
        let errors = errors(format, "");
        assert!(errors[0].contains("must be a version"), "{errors:?}");
    }
}

#[test]
fn a_number_is_accepted_with_the_reason_for_quotes() {
    assert_eq!(
        warnings("1.1"),
        [
            "1:14 `file_format` is a string in the standard (write it in quotes: a version is no number, and `1.10` is not `1.1`)"
        ]
    );
    assert!(errors("[1]", "")[0].contains("`file_format` must be a string, found a list"));
}

#[test]
fn a_missing_file_format_is_an_error() {
    let brief_of =
        |text| parse(text, "t.yaml", &no_env).expect_err("an error").findings().iter().map(brief).collect::<Vec<_>>();
    assert_eq!(
        brief_of("disabled: true\n"),
        ["1:1 `file_format` is missing in `configuration` (add `file_format`: string, `\"1.0\"` or `\"1.1\"`)"]
    );
    assert_eq!(brief_of("file_format:\n"), ["1:1 `file_format` in `configuration` must have a value"]);
    assert_eq!(brief_of(""), ["1:1 the configuration is empty (begin with file_format: \"1.1\")"]);
    assert_eq!(
        brief_of("file_format: ${FORMAT}\n"),
        ["1:1 `file_format` in `configuration` must have a value (environment variable `FORMAT` is not set)"]
    );
}

#[test]
fn keys_of_1_0_are_read_there() {
    let settings = "{without_scope_info: true, without_target_info/development: true, \
                    with_resource_constant_labels: {included: [\"service*\"]}, \
                    translation_strategy: no_utf8_escaping_with_suffixes/development}";
    let configuration = with("\"1.0\"", &prometheus(settings)).unwrap_or_else(|error| panic!("{error}"));
    let prometheus = configuration.meter.expect("a meter").prometheus.expect("a reader");
    assert!(!prometheus.scope_info && !prometheus.target_info);
    assert_eq!(prometheus.resource_labels_included, ["service*"]);
    assert_eq!(prometheus.translation, Translation::NoUtf8EscapingWithSuffixes);
}

#[test]
fn a_key_of_the_other_edition_names_the_right_one() {
    for (format, key, value, help) in [
        ("1.1", "without_scope_info", "true", "write `scope_info_enabled`, which means the opposite"),
        (
            "1.1",
            "without_target_info/development",
            "true",
            "write `target_info_enabled/development`, which means the opposite",
        ),
        ("1.1", "with_resource_constant_labels", "{included: [a]}", "write `resource_constant_labels`"),
        (
            "1.0",
            "scope_info_enabled",
            "true",
            "write `without_scope_info`, which means the opposite, or set file_format: \"1.1\"",
        ),
        (
            "1.0",
            "target_info_enabled/development",
            "true",
            "write `without_target_info/development`, which means the opposite, or set file_format: \"1.1\"",
        ),
        (
            "1.0",
            "resource_constant_labels",
            "{included: [a]}",
            "write `with_resource_constant_labels`, or set file_format: \"1.1\"",
        ),
    ] {
        let other = if format == "1.0" { "1.1" } else { "1.0" };
        let errors = errors(&format!("\"{format}\""), &prometheus(&format!("{{{key}: {value}}}")));
        assert_eq!(errors, [format!("2:72 `{key}` is a key of file_format {other}, not of {format} ({help})")]);
    }
}

#[test]
fn the_prereleases_spelling_of_strategies_is_read_only_there() {
    let body = prometheus("{translation_strategy: UnderscoreEscapingWithoutSuffixes}");
    for format in ["\"1.0\"", "\"1.1\""] {
        assert_eq!(
            errors(format, &body),
            ["2:94 `UnderscoreEscapingWithoutSuffixes` is the spelling of a pre-release of the standard \
              (write `underscore_escaping_without_suffixes/development`)"]
        );
    }
    let configuration = with("\"1.0-rc.1\"", &body).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(configuration.warnings.len(), 1);
    let prometheus = configuration.meter.expect("a meter").prometheus.expect("a reader");
    assert_eq!(prometheus.translation, Translation::UnderscoreEscapingWithoutSuffixes);
}
