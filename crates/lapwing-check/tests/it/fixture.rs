//! What the fixtures of a rule hold, and how they are checked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lapwing_check::{Endpoint, Format, Project, ReadOptions, Severity, check};

use crate::served::Served;

/// `tests/fixtures/<family>/<name>`: the folders `bad` and `good`, `bad.txt` (what is printed about `bad`), `mutation.txt` (how to
/// break `good`), and where it can't be helped `also.txt` (ids of other rules that `bad` triggers, one a line).
pub(crate) struct Fixture {
    pub(crate) folder: PathBuf,
}

impl Fixture {
    pub(crate) fn of(id: &str) -> Fixture {
        Fixture { folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(id) }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.folder.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Ids of other rules that `bad` may trigger.
    pub(crate) fn also(&self) -> Vec<String> {
        let path = self.folder.join("also.txt");
        fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub(crate) fn checked(&self, case: &str) -> Checked {
        let folder = self.folder.join(case);
        assert!(folder.is_dir(), "{} is missing", folder.display());
        Checked::of(&folder)
    }

    /// The file to change, the lines to take out (`-`) and those to put there (`+`).
    pub(crate) fn mutation(&self) -> (String, String, String) {
        let text = self.read("mutation.txt");
        let mut lines = text.lines();
        let file = lines.next().unwrap_or_default().to_owned();
        let (mut from, mut to) = (String::new(), String::new());
        for line in lines {
            match line.split_at_checked(1) {
                Some(("-", line)) => from += &format!("{line}\n"),
                Some(("+", line)) => to += &format!("{line}\n"),
                _ => panic!("{}: a line of the mutation is neither - nor +: {line:?}", self.folder.display()),
            }
        }
        (file, from, to)
    }

    /// What `good` becomes by the mutation.
    pub(crate) fn mutated(&self) -> Checked {
        let (file, from, to) = self.mutation();
        let folder = tempfile::tempdir().unwrap();
        copy(&self.folder.join("good"), folder.path());
        let path = folder.path().join(&file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(
            text.matches(&from).count(),
            1,
            "{}: the lines to take out stand once in {file}",
            self.folder.display()
        );
        fs::write(&path, text.replace(&from, &to)).unwrap();
        Checked::of(folder.path())
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What was found in a folder; of one with `metrics.http`, also in what an endpoint serves that answers with that.
pub(crate) struct Checked {
    /// The ids, each once, sorted.
    pub(crate) ids: Vec<String>,
    /// As printed, with the summary.
    pub(crate) text: String,
}

impl Checked {
    pub(crate) fn of(folder: &Path) -> Checked {
        let options = ReadOptions { base: Some(folder.to_owned()) };
        let mut project = Project::read(&[folder], &options).unwrap();
        let served = fs::read_to_string(folder.join("metrics.http")).ok().map(|answer| Served::start(&answer));
        if let Some(served) = &served {
            project.scrape(&Endpoint { url: served.url.clone(), ..Endpoint::default() }).unwrap();
        }
        let report = check(&project);
        let mut ids: Vec<String> = report.findings.iter().map(|finding| finding.id.to_owned()).collect();
        ids.sort();
        ids.dedup();
        let text = report.render(Format::Text, Severity::Info, false);
        let mut text = format!("{text}{}\n", report.summary(Severity::Info));
        if let Some(served) = served {
            text = text.replace(&served.url, "http://127.0.0.1:9464/metrics");
        }
        Checked { ids, text }
    }
}

/// Compares with a file of the repository; with UPDATE=1 in the environment writes it instead.
pub(crate) fn same_as(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "{} is not up to date; run with UPDATE=1. It should be:\n{text}", path.display());
}
