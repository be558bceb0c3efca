//! Findings as text, as JSON and as GitHub's annotations. Each shows all that a finding says.

mod github;
mod json;
mod text;

use std::str::FromStr;

use crate::{Report, Severity};

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, with the lines they are about.
    #[default]
    Text,
    /// One array.
    Json,
    /// Annotations of GitHub's workflows.
    Github,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            "github" => Ok(Format::Github),
            _ => Err("must be text, json or github".to_owned()),
        }
    }
}

impl Report<'_> {
    /// The findings that weigh at least `least`, in a format; each line ends with a break. `colour` is for text.
    pub fn render(&self, format: Format, least: Severity, colour: bool) -> String {
        let shown = self.findings.iter().filter(|finding| finding.severity >= least);
        match format {
            Format::Text => shown.map(|finding| text::finding(self.project, finding, colour)).collect(),
            Format::Json => json::findings(self.project, shown),
            Format::Github => shown.map(|finding| github::finding(self.project, finding)).collect(),
        }
    }

    /// How much there is of what, in one line without a break: `12 files checked: 2 errors, 1 warning (1 more allowed)`.
    pub fn summary(&self, least: Severity) -> String {
        let mut found = self.findings.iter().map(|finding| finding.spot().file.0).collect::<Vec<_>>();
        let known = self.project.files().iter().enumerate().filter(|(_, file)| !file.kinds.is_empty());
        found.extend(known.map(|(index, _)| index));
        found.sort_unstable();
        found.dedup();
        let files = found.len();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let weights = Severity::ALL.iter().rev().map(|severity| (self.count(*severity), severity));
        let counts: Vec<String> = weights
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| match severity {
                Severity::Info => format!("{count} for information"),
                _ => format!("{count} {severity}{}", plural(count)),
            })
            .collect();
        let mut out = format!("{files} file{} checked", plural(files));
        out += &match counts.as_slice() {
            [] if files == 0 => ": none holds declarations, rules, routes or dashboards".to_owned(),
            [] => ", nothing found".to_owned(),
            counts => format!(": {}", counts.join(", ")),
        };
        let hidden = self.findings.iter().filter(|finding| finding.severity < least).count();
        let notes = [(hidden, "not shown"), (self.suppressed, "more allowed")];
        let notes: Vec<String> = notes.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if !notes.is_empty() {
            out += &format!(" ({})", notes.join(", "));
        }
        out
    }
}
