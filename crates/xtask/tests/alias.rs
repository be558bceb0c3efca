//! The documented spellings reach the program through cargo's alias.

use std::{fs, path::Path, process::Command};

#[test]
fn help_is_had_through_the_cargo_alias_as_documented() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cargo/config.toml");
    let config = fs::read_to_string(config).unwrap();
    let alias = config.lines().find_map(|line| line.strip_prefix("xtask = \"")?.strip_suffix('"')).unwrap();
    for documented in ["--help", "-- --help"] {
        let line = format!("{alias} {documented}");
        let words: Vec<&str> = line.split_whitespace().collect();
        // Cargo takes the first separator and hands on all that follows it.
        let separator = words.iter().position(|word| *word == "--").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(&words[separator + 1..]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("Usage: cargo xtask test"), "{line}: {said}");
    }
}
