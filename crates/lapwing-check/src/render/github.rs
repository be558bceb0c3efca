//! For GitHub's workflows.

use crate::{Finding, Project, Severity};

/// A finding as a workflow command.
pub(super) fn finding(project: &Project, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut message = finding.message.clone();
    for (index, mark) in finding.marks.iter().enumerate() {
        let place = mark.spot.place;
        let label = mark.label.as_deref();
        match (index, label) {
            (0, Some(label)) => message += &format!("\nhere: {label}"),
            (0, None) => {}
            _ => {
                let file = &project.file(mark.spot.file).name;
                let (line, column, end) = (place.line, place.column, place.column + place.width);
                message += &format!("\n{file}:{line}:{column}-{end}: {}", label.unwrap_or("see here too"));
            }
        }
    }
    if let Some(help) = &finding.help {
        message += &format!("\nhelp: {help}");
    }
    message += &format!("\nmore: {}", finding.page());
    let place = finding.spot().place;
    let file = property(&project.file(finding.spot().file).name);
    let (line, column, end) = (place.line, place.column, place.column + place.width);
    let title = property(finding.id);
    format!("::{level} file={file},line={line},col={column},endColumn={end},title={title}::{}\n", data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
