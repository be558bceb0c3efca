use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use stack::{Origin, Part, Parts, PartsError};

/// A program that tells a version.
fn program(folder: &Path, name: &str, says: &str) {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn fetched_part_is_found_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::at(folder.path());
    assert!(parts.find(Part::Prometheus3).unwrap().is_none());
    let root = folder.path().join("prometheus-3");
    program(&root.join("usr/bin"), "prometheus", "prometheus, version 3.5.3+ds1 (branch: x)");
    assert!(parts.find(Part::Prometheus3).unwrap().is_none(), "half fetched");
    fs::write(root.join("fetched"), "").unwrap();
    let found = parts.find(Part::Prometheus3).unwrap().unwrap();
    assert_eq!((found.version.as_str(), found.major(), found.origin), ("3.5.3", 3, Origin::Fetched));
    assert_eq!(found.program("promtool"), root.join("usr/bin/promtool"));
}

#[test]
fn absent_part_says_how_to_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Parts::at(folder.path()).get(Part::Postgres15).unwrap_err();
    assert!(matches!(error, PartsError::Missing { .. }));
    assert_eq!(
        error.to_string(),
        "PostgreSQL 15 is neither named in LAPWING_POSTGRES, nor installed, nor fetched; `cargo xtask fetch` fetches it"
    );
}
