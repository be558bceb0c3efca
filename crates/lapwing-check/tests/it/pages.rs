//! Every rule has its page, and the pages in `docs/checks` are those of the rules.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use lapwing_check::Rule;

use crate::fixture::{Checked, Fixture, same_as};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks")
}

#[test]
fn ids_are_unique_and_the_path_of_the_rule_s_source() {
    let mut seen = HashSet::new();
    for rule in Rule::all() {
        assert!(seen.insert(rule.id), "{} is there twice", rule.id);
        let (family, name) = rule.id.split_once('/').unwrap();
        let valid = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(valid(family) && valid(name), "{}", rule.id);
        let source = format!("src/rules/{family}/{}.rs", name.replace('-', "_"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&source);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert!(text.contains(&format!("id: {:?}", rule.id)), "{source} is not the rule {}", rule.id);
        // The page is the head of the same file.
        let head = text.lines().next().unwrap().trim_start_matches("//!").trim();
        assert!(rule.page().contains(head), "{source}");
    }
}

#[test]
fn pages_say_what_why_how_and_when_not() {
    for rule in Rule::all() {
        let page = rule.page();
        let mut from = 0;
        for part in ["## Why it matters", "## How to mend it", "## When to allow it"] {
            let at = page[from..].find(part).unwrap_or_else(|| panic!("{}: no part {part:?} in its place", rule.id));
            from += at + part.len();
        }
        assert!(page.contains("\n```"), "{}: no example", rule.id);
        assert!(page.matches("\n```").count() % 2 == 0, "{}: an example is not closed", rule.id);
        assert!(!rule.headline.ends_with('.') && rule.headline.len() <= 80, "{}: {}", rule.id, rule.headline);
    }
}

#[test]
fn the_pages_in_docs_are_those_of_the_rules() {
    let mut index = "\
# What `lapwing check` finds

Made from the rules by the tests of `lapwing-check` (`UPDATE=1 cargo test -p lapwing-check`). Do not edit.

A finding is allowed by words in the file, with a reason:

- YAML, before what it is about or at the end of its line: `# lapwing: allow family/name reason`. It holds for all that begins on that
  line: an alert, a route, an expression.
- Dashboards, in the description of a panel or of the dashboard: `lapwing: allow family/name reason`, or, so that readers don't see it,
  `<!-- lapwing: allow family/name reason -->`.
- `allow-file` instead of `allow`: in all of the file.
- In files that `lapwing generate` made nothing is to be written. What is found there of an alert, an objective or a panel is allowed in
  its `monitoring.yaml`, in the first two ways: before the alert, or before a part of it such as `promql:`. That is why both are checked
  together: `lapwing check otel-config grafana`.

`--format json` prints one array of objects: `id`, `severity` (`error`, `warning`, `info`), `message`, `places` (the first is what it is
about; each with `file`, `line`, `column`, `end_column`, counted from 1 in characters, the end exclusive, and `label` or null), `help`
(or null) and `page` (the path of the rule's page in this repository).

What it says of rules and dashboards that others run, judged one by one: [corpus](corpus.md).

| rule | severity | finds that |
| --- | --- | --- |
"
    .to_owned();
    let mut pages = BTreeMap::new();
    for rule in Rule::all() {
        index += &format!("| [{0}]({0}.md) | {1} | {2} |\n", rule.id, rule.severity, rule.headline);
        pages.insert(docs().join(format!("{}.md", rule.id)), rule.page());
    }
    same_as(&docs().join("README.md"), &index);
    for (path, page) in &pages {
        same_as(path, page);
    }
    for family in fs::read_dir(docs()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for page in fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path()) {
            assert!(pages.contains_key(&page), "{} is no rule's page", page.display());
        }
    }
}

/// The sections of a configuration of Alertmanager, by their keys.
fn sections(text: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines() {
        if let Some((name, _)) = line.split_once(':').filter(|_| !line.starts_with([' ', '-', '#'])) {
            key = name.to_owned();
        }
        *found.entry(key.clone()).or_default() += &format!("{line}\n");
    }
    found
}

#[test]
fn the_example_of_a_page_about_alertmanager_is_found() {
    let mut tried = Vec::new();
    for rule in Rule::all() {
        let page = rule.page();
        let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        let own = sections(example);
        if own.is_empty() || !own.keys().all(|key| ["route", "receivers", "inhibit_rules"].contains(&key.as_str())) {
            continue;
        }
        let fixture = Fixture::of(rule.id).folder.join("good");
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(&fixture).unwrap().map(|entry| entry.unwrap()) {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let path = folder.path().join("alertmanager.yaml");
        let mut all = sections(&fs::read_to_string(&path).unwrap());
        all.extend(own);
        fs::write(path, all.into_values().collect::<String>()).unwrap();
        let checked = Checked::of(folder.path());
        assert!(checked.ids.iter().any(|id| id == rule.id), "{}\n{}", rule.id, checked.text);
        tried.push(rule.id);
    }
    assert!(tried.contains(&"alertmanager/inhibits-everything") && tried.len() > 5, "{tried:?}");
}
