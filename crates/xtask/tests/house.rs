//! What the pages say of the house is so: which crate may use which, and which test shows what.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn crates_use_what_the_architecture_allows() {
    let page = read("docs/architecture.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let stated: BTreeMap<&str, (&str, BTreeSet<&str>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (quoted(cells[1])[0], (cells[2], quoted(cells[3]).into_iter().collect()))
        })
        .collect();
    let mut built = BTreeSet::new();
    for folder in fs::read_dir(workspace().join("crates")).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        let manifest = read(format!("crates/{name}/Cargo.toml"));
        let (sentence, allowed) = stated.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the table"));
        let description = manifest.lines().find_map(|line| line.strip_prefix("description = \"")).unwrap();
        assert_eq!(sentence.replace('`', ""), description.trim_end_matches('"'), "{name}");
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let used: BTreeSet<&str> = dependencies
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|used| stated.contains_key(used))
            .collect();
        assert_eq!(&used, allowed, "{name}");
        built.insert(name);
    }
    assert_eq!(stated.len(), built.len(), "the table has crates that are not there");
}

#[test]
fn every_failure_case_names_tests_that_exist() {
    let page = read("docs/failure-cases.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    let cases: Vec<u32> = rows.iter().filter_map(|row| row.split('|').nth(1)?.trim().parse().ok()).collect();
    // 29 to 32 are failures of services that are to come.
    assert_eq!(cases, (1..=28).chain(33..=37).collect::<Vec<_>>());
    let ends =
        rows.iter().filter_map(|row| row.rsplit('|').nth(1)).chain(page.lines().filter(|line| !line.starts_with('|')));
    let mut found = 0;
    for text in ends {
        let words = quoted(text);
        for (name, test) in words.iter().zip(words.iter().skip(1)).filter(|(_, test)| test.contains("::")) {
            let (module, function) = test.split_once("::").unwrap();
            let source = read(format!("crates/{name}/tests/it/{module}.rs"));
            assert!(function == "*" || source.contains(&format!("fn {function}(")), "{name} has no test {test}");
            assert!(source.contains("#[test]") || source.contains("::test]"), "{name} {module}");
            found += 1;
        }
    }
    assert!(found >= cases.len(), "{found}");
}
