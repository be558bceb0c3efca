//! The reference service's files, with some that are written by hand.

use std::{
    fmt, fs,
    ops::Range,
    path::{Path, PathBuf},
};

use lapwing_check::{Format, ReadOptions, Severity};

use crate::lapwing::lapwing;

use super::classes::{BY_HAND, DATASOURCES};

/// Rules that nobody generated.
const RULES_BY_HAND: &str = include_str!("by-hand.yml");
/// Files of this repository in `otel-config` that nothing generates.
const READ: [&str; 6] = [
    "prometheus/prometheus.yml",
    "prometheus/targets/alertmanager.yml",
    "prometheus/targets/prometheus.yml",
    "prometheus/targets/sigil.yml",
    "sigil/telemetry.yaml",
    "sigil/monitoring.yaml",
];
/// How Grafana learns of Prometheus.
const PROVISIONED: &str = "apiVersion: 1\ndatasources: [{name: Prometheus, type: prometheus, uid: prometheus}]\n";

pub(super) struct Project {
    folder: tempfile::TempDir,
}

/// A finding, as far as it matters here.
pub(super) struct Found {
    pub(super) id: &'static str,
    pub(super) place: Place,
}

#[derive(PartialEq)]
pub(super) struct Place {
    file: String,
    line: usize,
    columns: (usize, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}-{}", self.file, self.line, self.columns.0, self.columns.1)
    }
}

impl Project {
    /// The declarations in this repository, and what is made of them.
    pub(super) fn read() -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for file in READ {
            let file = format!("otel-config/{file}");
            project.write(&file, &fs::read_to_string(repository.join(&file)).unwrap());
        }
        let ran = lapwing(project.folder.path(), &["generate", "otel-config"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        project.write(BY_HAND, RULES_BY_HAND);
        project.write(DATASOURCES, PROVISIONED);
        project
    }

    pub(super) fn copy(&self) -> Project {
        let copy = Project { folder: tempfile::tempdir().unwrap() };
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.folder.path().join(&folder)).unwrap() {
                let path = folder.join(entry.unwrap().file_name());
                if self.folder.path().join(&path).is_dir() {
                    fs::create_dir(copy.folder.path().join(&path)).unwrap();
                    folders.push(path);
                } else {
                    fs::copy(self.folder.path().join(&path), copy.folder.path().join(&path)).unwrap();
                }
            }
        }
        copy
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// Writes something else at a place.
    pub(super) fn edit(&self, file: &str, place: &str, to: &str) {
        let mut text = self.text(file);
        text.replace_range(locate(file, &text, place), to);
        self.write(file, &text);
    }

    /// Where a place is.
    pub(super) fn place(&self, file: &str, place: &str) -> Place {
        let text = self.text(file);
        let range = locate(file, &text, place);
        let line_start = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
        let column = text[line_start..range.start].chars().count() + 1;
        Place {
            file: file.to_owned(),
            line: text[..range.start].matches('\n').count() + 1,
            columns: (column, column + text[range].chars().count()),
        }
    }

    /// What is found, and how it is shown.
    pub(super) fn check(&self) -> (Vec<Found>, String) {
        let root = self.folder.path();
        let options = ReadOptions { base: Some(root.to_owned()) };
        let project =
            lapwing_check::Project::read(&[root.join("otel-config"), root.join("grafana")], &options).unwrap();
        let report = lapwing_check::check(&project);
        let found = report.findings.iter().map(|finding| {
            let spot = finding.spot();
            let lapwing_document::Place { line, column, width } = spot.place;
            let file = project.file(spot.file).name.clone();
            Found { id: finding.id, place: Place { file, line, columns: (column, column + width) } }
        });
        (found.collect(), report.render(Format::Text, Severity::Info, false))
    }
}

/// The bytes of what stands in « », or else of all; the rest of `place` says which one is meant. It stands in the text once;
/// behind a `…` comes the next.
fn locate(file: &str, text: &str, place: &str) -> Range<usize> {
    let marked = if place.contains('«') { place.to_owned() } else { format!("«{place}»") };
    let (mut start, mut end, mut at) = (0, 0, 0);
    for (index, part) in marked.split('…').enumerate() {
        let plain = part.replace(['«', '»'], "");
        assert!(index > 0 || text.matches(&plain).count() == 1, "{file} has {plain:?} not once");
        let found = at + text[at..].find(&plain).unwrap_or_else(|| panic!("{file} has no {plain:?} there"));
        if let Some(open) = part.find('«') {
            start = found + open;
        }
        if let Some(close) = part.find('»') {
            end = found + part[..close].replace('«', "").len();
        }
        at = found + plain.len();
    }
    start..end
}
