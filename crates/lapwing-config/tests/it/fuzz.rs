//! No input panics, and every finding lies inside its file.

use lapwing_config::{ConfigError, Finding, parse};
use proptest::prelude::*;

const FULL: &str = include_str!("full.yaml");

fn env(name: &str) -> Option<String> {
    name.len().is_multiple_of(2).then(|| format!("value: of [{name}"))
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let findings = match parse(text, "fuzz.yaml", &env) {
        Ok(configuration) => configuration.warnings,
        Err(ConfigError::Invalid(findings)) => {
            prop_assert!(!findings.is_empty());
            findings
        }
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    for finding in findings {
        inside(&finding, &lines)?;
        prop_assert!(finding.to_string().lines().count() >= 5, "{finding}");
    }
    Ok(())
}

fn inside(finding: &Finding, lines: &[usize]) -> Result<(), TestCaseError> {
    let (line, column) = (finding.position.line, finding.position.column);
    prop_assert!((1..=lines.len()).contains(&line), "{finding}");
    let length = lines[line - 1];
    prop_assert!((1..=length + 1).contains(&column), "{finding}");
    prop_assert!(finding.width >= 1 && (finding.width == 1 || column + finding.width <= length + 1), "{finding}");
    Ok(())
}

/// What an edit puts in: bytes that mean something in YAML or here, and some that do not.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            ":", "- ", "{", "}", "[", "]", ",", "\n", "\n  ", "#", "&a ", "*a", "!", "!!int ", "|\n", ">\n", "'", "\"", "%", "?",
            "---\n", "...", "${", "}", "$$", "${A}", "${AB:-", ":?", "~", "null", "true", "-1", "1e999", ".nan", "<<: *a", "\t",
            "\r", "\u{feff}", "\u{0}", "é", "\u{85}", "\u{2028}", "99999999999999999999",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just(String::new()),
    ]
}

fn edited() -> impl Strategy<Value = String> {
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..5).prop_map(|edits| {
        let mut text: Vec<char> = FULL.chars().collect();
        for (index, remove, insert) in edits {
            let start = index.index(text.len() + 1);
            let end = (start + remove).min(text.len());
            text.splice(start..end, insert.chars());
        }
        text.into_iter().collect()
    })
}

/// At least `least` cases; more with PROPTEST_CASES.
fn cases(least: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(least), failure_persistence: None, ..asked }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn edited_documents_never_panic_and_findings_lie_inside(text in edited()) {
        check(&text)?;
    }

}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn arbitrary_pieces_never_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        check(&pieces.concat())?;
    }
}

#[test]
fn the_document_that_is_edited_is_read() {
    let configuration = parse(FULL, "full.yaml", &|_| None).unwrap_or_else(|error| panic!("{error}"));
    assert!(configuration.warnings.is_empty(), "{:?}", configuration.warnings);
}

/// Each line left out, cut or doubled in turn: what editing by hand does.
#[test]
fn every_single_line_may_go_wrong() {
    let lines: Vec<&str> = FULL.lines().collect();
    for index in 0..lines.len() {
        for replacement in [Vec::new(), vec![lines[index]; 2], vec![&lines[index][..lines[index].len() / 2]]] {
            let mut text = lines.clone();
            text.splice(index..=index, replacement);
            check(&text.join("\n")).unwrap_or_else(|error| panic!("line {}: {error}", index + 1));
        }
    }
}
