//! `lapwing generate`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::lapwing::lapwing;

/// The declarations of this repository's reference service.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../otel-config/sigil");
    let to = folder.path().join("otel-config/sigil");
    fs::create_dir_all(&to).unwrap();
    for file in ["telemetry.yaml", "monitoring.yaml"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found.sort();
    found
}

#[test]
fn what_is_made_is_written_once_and_known_again() {
    let folder = folder();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let made = files(folder.path()).len() - 2;
    assert!(made >= 3, "{}", ran.out);
    assert!(ran.out.ends_with(&format!("{made} written, 0 removed, 0 unchanged\n")), "{}", ran.out);
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!(ran.out, format!("0 written, 0 removed, {made} unchanged\n"));
    let ran = lapwing(folder.path(), &["generate", "--check", "otel-config"]);
    assert_eq!((ran.code, ran.out), (0, format!("all {made} files are as declared\n")));
}

#[test]
fn every_file_that_is_made_is_removed_when_it_is_made_no_more() {
    let folder = folder();
    lapwing(folder.path(), &["generate", "otel-config"]);
    let made = files(folder.path());
    // What was made lands elsewhere now; each file is known as made by its mark, so the old ones go.
    let copies: Vec<PathBuf> = made
        .iter()
        .filter(|path| !path.starts_with(folder.path().join("otel-config/sigil")) || !is_source(path))
        .map(|path| {
            let name = format!("old-{}", path.file_name().unwrap().to_string_lossy());
            let copy = path.with_file_name(name);
            fs::copy(path, &copy).unwrap();
            copy
        })
        .collect();
    let own = folder.path().join("otel-config/own.yaml");
    fs::write(&own, "# written by hand\na: b\n").unwrap();
    let check = lapwing(folder.path(), &["generate", "--check", "otel-config"]);
    assert_eq!(check.code, 1);
    assert!(copies.iter().all(|copy| copy.exists()), "--check changes nothing");
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    for copy in &copies {
        assert!(!copy.exists(), "{} bears no mark", copy.display());
    }
    assert!(own.exists(), "what bears no mark stays");
    assert!(ran.out.contains(&format!("{} removed", copies.len())), "{}", ran.out);
}

fn is_source(path: &Path) -> bool {
    path.ends_with("telemetry.yaml") || path.ends_with("monitoring.yaml")
}

#[test]
fn drift_is_shown_and_exits_with_1() {
    let folder = folder();
    lapwing(folder.path(), &["generate", "otel-config"]);
    let all = files(&folder.path().join("otel-config"));
    let path = all.iter().find(|path| !is_source(path)).unwrap();
    let text = fs::read_to_string(path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    fs::write(path, format!("{first} and edited\n{rest}")).unwrap();
    let ran = lapwing(folder.path(), &["generate", "--check", "otel-config"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("differs from what is declared:\n  from line 1 on\n  - "), "{}", ran.out);
    assert!(ran.out.ends_with("run `lapwing generate` and commit what it writes\n"), "{}", ran.out);
    assert_ne!(fs::read_to_string(path).unwrap(), text, "nothing is written");
}

#[test]
fn wrong_declarations_are_shown_where_they_are() {
    let folder = folder();
    let path = folder.path().join("otel-config/sigil/monitoring.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replacen("instrument: sigil.encode.duration, q: 0.95", "instrument: sigil.encode.duratio, q: 0.95", 1),
    )
    .unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.starts_with("error: no instrument `sigil.encode.duratio` is declared"), "{}", ran.err);
    assert!(ran.err.contains("--> otel-config/sigil/monitoring.yaml:"), "{}", ran.err);
    assert!(ran.err.contains("^^^^^^^^^^^^^^^^^^^^"), "{}", ran.err);
    assert_eq!(files(folder.path()).len(), 2, "nothing is written");
    fs::write(&path, text.replacen("severity: warning", "severity: warnig", 1)).unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("warnig") && ran.err.contains("^^^^^^"), "{}", ran.err);
}

#[test]
fn a_folder_without_declarations_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let ran = lapwing(folder.path(), &["generate", "empty"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "lapwing: no folder in `empty` has a monitoring.yaml\n"));
    assert_eq!(lapwing(folder.path(), &["generate", "nowhere"]).code, 2);
}
