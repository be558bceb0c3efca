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
fn what_is_for_a_drill_overwrites_nothing_else() {
    let folder = folder();
    lapwing(folder.path(), &["generate", "otel-config"]);
    let read = || files(folder.path()).into_iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    let before = read();
    let ran = lapwing(folder.path(), &["generate", "--compress", "60", "otel-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("and would be overwritten by what is for a drill: copy the folders"), "{}", ran.err);
    assert!(read() == before, "nothing is written");

    let folder = self::folder();
    for (divided, code) in [("60", 0), ("30", 0), ("1", 0), ("60", 2)] {
        let ran = lapwing(folder.path(), &["generate", "--compress", divided, "otel-config"]);
        assert_eq!((divided, ran.code), (divided, code), "{}{}", ran.out, ran.err);
    }
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

/// Another folder of declarations, with one service of this name.
fn declare(folder: &Path, declarations: &str, service: &str) {
    let to = folder.join(declarations).join(service);
    fs::create_dir_all(&to).unwrap();
    let from = folder.join("otel-config/sigil");
    let text = fs::read_to_string(from.join("monitoring.yaml")).unwrap();
    let text = text.replacen("service: sigil", &format!("service: {service}"), 1);
    let text = text.replacen("job: sigil", &format!("job: {service}"), 1);
    fs::write(to.join("monitoring.yaml"), text.replacen("uid: sigil-v2", &format!("uid: {service}"), 1)).unwrap();
    fs::copy(from.join("telemetry.yaml"), to.join("telemetry.yaml")).unwrap();
}

#[test]
fn what_somebody_wrote_is_never_overwritten() {
    let folder = folder();
    let own = ["otel-config/alertmanager/alertmanager.yml", "docs/runbooks/sigil/README.md"].map(|path| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "# my own\n").unwrap();
        path
    });
    let dashboard = folder.path().join("grafana/dashboards/overview.json");
    fs::create_dir_all(dashboard.parent().unwrap()).unwrap();
    fs::write(&dashboard, r#"{"description": "Mine.", "panels": []}"#).unwrap();
    let before = files(folder.path());
    for arguments in [&["generate", "otel-config"][..], &["generate", "--check", "otel-config"]] {
        let ran = lapwing(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        let said = "was not made by `lapwing generate`, and would be overwritten: move or remove it";
        assert_eq!(ran.err.matches(said).count(), 3, "{}", ran.err);
        assert!(ran.err.contains("`docs/runbooks/sigil/README.md` was not"), "{}", ran.err);
    }
    assert_eq!(files(folder.path()), before, "nothing is written");
    for path in &own {
        assert_eq!(fs::read_to_string(path).unwrap(), "# my own\n");
        fs::remove_file(path).unwrap();
    }
    // What a full disk leaves is nobody's.
    fs::write(&dashboard, "").unwrap();
    assert_eq!(lapwing(folder.path(), &["generate", "otel-config"]).code, 0);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links() {
    let folder = folder();
    let outside = tempfile::tempdir().unwrap();
    let link = folder.path().join("otel-config/alertmanager");
    std::os::unix::fs::symlink(outside.path(), &link).unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`otel-config/alertmanager` is a symbolic link, and nothing is written through it"),
        "{}",
        ran.err
    );
    fs::remove_file(&link).unwrap();
    fs::create_dir(&link).unwrap();
    let target = outside.path().join("alertmanager.yml");
    std::os::unix::fs::symlink(&target, link.join("alertmanager.yml")).unwrap();
    assert_eq!(lapwing(folder.path(), &["generate", "otel-config"]).code, 2);
    assert!(!target.exists());
}

#[test]
fn folders_may_lie_within_each_other_however_they_are_spelled() {
    let folder = folder();
    let arguments =
        ["generate", "--docs", "otel-config/docs", "--grafana", "otel-config/../otel-config/grafana", "./otel-config"];
    let ran = lapwing(folder.path(), &arguments);
    assert!(ran.code == 0 && ran.out.contains(" 0 removed"), "{}", ran.out);
    assert!(folder.path().join("otel-config/docs/runbooks/sigil/README.md").is_file());
    assert!(folder.path().join("otel-config/grafana/dashboards/overview.json").is_file());
    // All that is made in one folder: what is kept and what is found there have different names.
    let folder = self::folder();
    let arguments = ["generate", "--docs", "otel-config", "--grafana", "./otel-config/sigil/..", "otel-config/"];
    for _ in 0..2 {
        let ran = lapwing(folder.path(), &arguments);
        assert!(ran.code == 0 && ran.out.contains(" 0 removed"), "{}", ran.out);
    }
}

#[test]
fn what_is_of_all_services_is_of_all_in_the_folder() {
    let folder = folder();
    declare(folder.path(), "otel-config", "signer");
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let from = "from otel-config/sigil/monitoring.yaml, otel-config/sigil/telemetry.yaml, \
                otel-config/signer/monitoring.yaml, otel-config/signer/telemetry.yaml.";
    for path in [
        "otel-config/alertmanager/alertmanager.yml",
        "otel-config/prometheus/rules/watchdog.yml",
        "grafana/dashboards/overview.json",
        "docs/runbooks/Watchdog.md",
    ] {
        let text = fs::read_to_string(folder.path().join(path)).unwrap();
        assert!(text.contains(from), "{path}: {text}");
    }
    // A service that is no more takes with it what was made of it, and only that.
    let note = folder.path().join("docs/runbooks/signer/NOTES.md");
    fs::write(&note, "# Notes\n\nGenerated by `lapwing generate` from otel-config/signer/monitoring.yaml.\n").unwrap();
    fs::remove_dir_all(folder.path().join("otel-config/signer")).unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let left: Vec<PathBuf> =
        files(folder.path()).into_iter().filter(|path| path.to_str().unwrap().contains("signer")).collect();
    assert_eq!(left, [note]);
    assert!(folder.path().join("docs/runbooks/sigil/README.md").is_file());
}

#[test]
fn two_folders_of_declarations_overwrite_nothing_of_each_other() {
    let folder = folder();
    // One with another service, and one with the same.
    declare(folder.path(), "more", "one");
    declare(folder.path(), "staging", "sigil");
    lapwing(folder.path(), &["generate", "otel-config"]);
    let all = || {
        let all = ["otel-config", "grafana", "docs"].iter().flat_map(|part| files(&folder.path().join(part)));
        all.map(|path| (fs::read(&path).unwrap(), path)).collect::<Vec<_>>()
    };
    let before = all();
    for (declarations, lines) in [("more", 2), ("staging", 6)] {
        for arguments in [&["generate", declarations][..], &["generate", "--check", declarations]] {
            let ran = lapwing(folder.path(), arguments);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
            let shared = "lapwing: `grafana/dashboards/overview.json` was made from `otel-config`, and would be overwritten: \
                          give these declarations a folder of their own by --grafana, or remove it if `otel-config` is gone\n";
            assert!(ran.err.contains(shared), "{}", ran.err);
            let page = "`docs/runbooks/Watchdog.md` was made from `otel-config`, and would be overwritten: \
                        give these declarations a folder of their own by --docs, or";
            assert!(ran.err.contains(page), "{}", ran.err);
            assert_eq!(ran.err.contains("lapwing: and so "), lines > 2, "{}", ran.err);
            assert_eq!(ran.err.lines().count(), lines, "{}", ran.err);
        }
        assert!(all() == before, "something is written");
        let own = ["--docs", &format!("{declarations}/docs"), "--grafana", &format!("{declarations}/grafana")];
        let ran = lapwing(folder.path(), &[&["generate", declarations], &own[..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains(" 0 removed"), "{}", ran.out);
        fs::remove_dir_all(folder.path().join(declarations)).unwrap();
    }
    // The folder is known however it is spelled.
    let ran =
        lapwing(&folder.path().join("otel-config"), &["generate", "--docs", "../docs", "--grafana", "../grafana", "."]);
    assert!(ran.code == 0 && ran.out.starts_with("0 written, 0 removed"), "{}{}", ran.out, ran.err);
    // Under another name its own files go along, and those elsewhere are of the old one.
    fs::rename(folder.path().join("otel-config"), folder.path().join("conf")).unwrap();
    assert_eq!(lapwing(folder.path(), &["generate", "conf"]).code, 2);
    fs::remove_dir_all(folder.path().join("docs")).unwrap();
    fs::remove_dir_all(folder.path().join("grafana")).unwrap();
    let ran = lapwing(folder.path(), &["generate", "conf"]);
    assert!(ran.code == 0 && ran.out.contains(" 0 removed, 0 unchanged"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_name_that_is_declared_twice_is_shown_where_it_is() {
    let folder = folder();
    declare(folder.path(), "otel-config", "other");
    let path = folder.path().join("otel-config/other/monitoring.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("service: other", "service: sigil", 1)).unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let said = "error: the service `sigil` is declared in otel-config/other/monitoring.yaml too\n";
    assert!(ran.err.starts_with(said) && ran.err.contains("--> otel-config/sigil/monitoring.yaml:9:10"), "{}", ran.err);
    assert_eq!(files(folder.path()).len(), 4, "nothing is written");
}

#[test]
fn a_telemetry_that_is_not_there_is_pointed_at_where_it_is_named() {
    let folder = folder();
    fs::remove_file(folder.path().join("otel-config/sigil/telemetry.yaml")).unwrap();
    let ran = lapwing(folder.path(), &["generate", "otel-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.starts_with("error: cannot read `otel-config/sigil/telemetry.yaml`: "), "{}", ran.err);
    assert!(ran.err.contains("--> otel-config/sigil/monitoring.yaml:10:12"), "{}", ran.err);
}
