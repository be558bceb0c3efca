//! No input panics, and what is refused says why.

use lapwing_config::{ConfigError, monitoring::parse};
use proptest::prelude::*;

use super::FULL;

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse(text, "fuzz.yaml") {
        Ok(_) => Ok(()),
        Err(ConfigError::Invalid(findings)) => {
            prop_assert!(!findings.is_empty(), "refused without a word: {text}");
            let lines = text.lines().count().max(1);
            for finding in findings {
                prop_assert!((1..=lines + 1).contains(&finding.position.line), "{finding}");
            }
            Ok(())
        }
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

/// Each line left out, doubled or cut in turn, and each value replaced: what editing by hand does.
#[test]
fn every_single_line_may_go_wrong() {
    let lines: Vec<&str> = FULL.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let half: String = line.chars().take(line.chars().count() / 2).collect();
        let values = ["", " []", " {}", " 3", " text", " [{}]", " [[]]", " -1.5", " null"];
        let with = |value: &str| line.split_once(':').map(|(key, _)| format!("{key}:{value}"));
        let mut variants = vec![String::new(), format!("{line}\n{line}"), half];
        variants.extend(values.iter().filter_map(|value| with(value)));
        for variant in variants {
            let mut text = lines.clone();
            text[index] = &variant;
            check(&text.join("\n")).unwrap_or_else(|error| panic!("line {}: {error}", index + 1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn edited_files_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[a-z:{}\\[\\], \n\"'#&*!|>0-9é-]{0,6}"), 1..5)
    ) {
        let mut text: Vec<char> = FULL.chars().collect();
        for (index, remove, insert) in edits {
            let start = index.index(text.len() + 1);
            let end = (start + remove).min(text.len());
            text.splice(start..end, insert.chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }
}
