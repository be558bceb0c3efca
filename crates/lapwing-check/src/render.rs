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

    /// How much there is of what, in one line without a break: `2 errors, 1 warning in 12 files (1 allowed)`.
    pub fn summary(&self, least: Severity) -> String {
        let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let mut found = self.findings.iter().map(|finding| finding.spot().file.0).collect::<Vec<_>>();
        let known = self.project.files().iter().enumerate().filter(|(_, file)| !file.kinds.is_empty());
        found.extend(known.map(|(index, _)| index));
        found.sort_unstable();
        found.dedup();
        let files = found.len();
        let weights = Severity::ALL.iter().rev().map(|severity| (self.count(*severity), severity));
        let counts: Vec<String> = weights
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| counted(count, severity.as_str()))
            .collect();
        let mut out = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
        out += &format!(" in {}", counted(files, "file"));
        let hidden = self.findings.iter().filter(|finding| finding.severity < least).count();
        let notes = [(hidden, "not shown"), (self.suppressed, "allowed")];
        let notes: Vec<String> = notes.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if !notes.is_empty() {
            out += &format!(" ({})", notes.join(", "));
        }
        out
    }
}
