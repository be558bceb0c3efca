//! For programs.

use serde::Serialize;

use crate::{Finding, Project};

#[derive(Serialize)]
struct Entry<'f> {
    id: &'f str,
    severity: &'f str,
    message: &'f str,
    places: Vec<Place<'f>>,
    help: Option<&'f str>,
    page: String,
}

#[derive(Serialize)]
struct Place<'f> {
    file: &'f str,
    line: usize,
    column: usize,
    end_column: usize,
    label: Option<&'f str>,
}

/// One array.
pub(super) fn findings<'f>(project: &'f Project, findings: impl Iterator<Item = &'f Finding>) -> String {
    let entries: Vec<Entry<'_>> = findings.map(|finding| entry(project, finding)).collect();
    // Strings and numbers always have a place in JSON.
    let mut text = serde_json::to_string_pretty(&entries).unwrap_or_else(|_| "[]".to_owned());
    text.push('\n');
    text
}

fn entry<'f>(project: &'f Project, finding: &'f Finding) -> Entry<'f> {
    let places = finding.marks.iter().map(|mark| {
        let place = mark.spot.place;
        Place {
            file: &project.file(mark.spot.file).name,
            line: place.line,
            column: place.column,
            end_column: place.column + place.width,
            label: mark.label.as_deref(),
        }
    });
    Entry {
        id: finding.id,
        severity: finding.severity.as_str(),
        message: &finding.message,
        places: places.collect(),
        help: finding.help.as_deref(),
        page: finding.page(),
    }
}
