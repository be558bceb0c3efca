//! Shorthands: documents are given without what every one needs.

use lapwing_config::{ConfigError, Configuration, Finding, parse};

/// No variable is set.
pub(crate) fn no_env(_: &str) -> Option<String> {
    None
}

/// Reads `body` after `file_format: "1.1"`, so that its first line is line 2.
pub(crate) fn read(body: &str) -> Result<Configuration, ConfigError> {
    parse(&format!("file_format: \"1.1\"\n{body}"), "t.yaml", &no_env)
}

/// The configuration `body` gives.
pub(crate) fn good(body: &str) -> Configuration {
    read(body).unwrap_or_else(|error| panic!("{error}"))
}

/// The errors `body` gives.
pub(crate) fn bad(body: &str) -> Vec<Finding> {
    match read(body) {
        Err(ConfigError::Invalid(findings)) => {
            findings.iter().for_each(underlines_what_it_names);
            findings
        }
        Err(error) => panic!("{error}"),
        Ok(configuration) => panic!("no error: {configuration:#?}"),
    }
}

/// `line:column message (help)` of each error.
pub(crate) fn errors(body: &str) -> Vec<String> {
    bad(body).iter().map(brief).collect()
}

/// `line:column message (help)` of each warning.
pub(crate) fn warnings(body: &str) -> Vec<String> {
    good(body).warnings.iter().map(brief).collect()
}

/// A finding on one line.
pub(crate) fn brief(finding: &Finding) -> String {
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{} {}{help}", finding.position.line, finding.position.column, finding.message)
}

/// `body` under `lapwing:`, indented by six, from line 5 on.
pub(crate) fn lapwing(body: &str) -> String {
    let indented: String = body.lines().map(|line| format!("      {line}\n")).collect();
    format!("instrumentation/development:\n  rust:\n    lapwing:\n{indented}")
}

/// A finding on a key underlines that very key.
fn underlines_what_it_names(finding: &Finding) {
    let named = ["unknown key `", "duplicate key `"].iter().find_map(|start| finding.message.strip_prefix(start));
    let Some((key, _)) = named.and_then(|rest| rest.split_once('`')) else { return };
    let underlined: String = finding.line_text.chars().skip(finding.position.column - 1).take(finding.width).collect();
    // A quoted key is named without its quotes, and one with control characters is shown escaped.
    assert!(underlined.trim_matches('"') == key || key.contains('\\'), "{finding}");
}
