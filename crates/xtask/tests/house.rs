//! What the pages say of the house is so: which crate may use which, which test shows what, and what can be set.

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

/// Where neither sets it a default holds, except for what the profile is.
#[test]
fn env_file_names_every_variable_of_the_compose_file() {
    let compose = read("docker-compose.yml").replace("$$", "");
    let name = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_uppercase() || "_0123456789".contains(*c)).collect()
    };
    let mut used: BTreeSet<String> = compose.split("${").skip(1).map(name).collect();
    // Passed on as they are, `NAME:` alone.
    let passed = compose.lines().map(str::trim).filter_map(|line| line.strip_suffix(':'));
    used.extend(passed.filter(|passed| !passed.is_empty() && name(passed) == **passed).map(str::to_owned));
    // A secret, so not in a file.
    assert!(used.remove("METRICS_TOKEN"));
    used.insert("COMPOSE_PROFILES".to_owned());
    let env = read(".env");
    let set = env.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    assert_eq!(set.map(|(variable, _)| variable.to_owned()).collect::<BTreeSet<_>>(), used);
}
