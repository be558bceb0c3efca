//! For people.

use lapwing_document::{Excerpt, Picture};

use crate::{Finding, Project, Severity};

/// A finding with the lines it is about, and an empty line behind it.
pub(super) fn finding(project: &Project, finding: &Finding, colour: bool) -> String {
    let excerpts: Vec<Excerpt> = finding
        .marks
        .iter()
        .map(|mark| {
            let excerpt = project.file(mark.spot.file).source.excerpt(mark.spot.place);
            Excerpt { label: mark.label.clone(), ..excerpt }
        })
        .collect();
    let explain = format!("lapwing explain {}", finding.id);
    let mut notes: Vec<(&str, &str)> = finding.help.iter().map(|help| ("help", help.as_str())).collect();
    notes.push(("more", &explain));
    let picture = Picture { excerpts: &excerpts, notes: &notes }.to_string();
    let head = format!("{}[{}]", finding.severity, finding.id);
    if !colour {
        return format!("{head}: {}\n{picture}\n\n", finding.message);
    }
    let paint = match finding.severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        Severity::Info => "\x1b[1;36m",
    };
    let lines: Vec<String> = picture.lines().map(|line| coloured(line, paint)).collect();
    format!("{paint}{head}\x1b[0m\x1b[1m: {}\x1b[0m\n{}\n\n", finding.message, lines.join("\n"))
}

/// A line of a picture: what is drawn around the files' text is blue, what underlines it has the finding's colour.
fn coloured(line: &str, paint: &str) -> String {
    const BLUE: &str = "\x1b[1;34m";
    const OFF: &str = "\x1b[0m";
    let Some((gutter, rest)) = line.split_once(" |") else { return format!("{BLUE}{line}{OFF}") };
    if !gutter.trim().chars().all(|c| c.is_ascii_digit()) {
        return format!("{BLUE}{line}{OFF}");
    }
    let marks = if !gutter.trim().is_empty() {
        rest.to_owned()
    } else if rest.trim_start().starts_with('^') {
        format!("{paint}{rest}{OFF}")
    } else {
        format!("{BLUE}{rest}{OFF}")
    };
    format!("{BLUE}{gutter} |{OFF}{marks}")
}
