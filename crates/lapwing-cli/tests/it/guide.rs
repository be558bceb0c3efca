//! `docs/monitoring.md` is done as it is written.

use std::{fs, path::Path};

use crate::lapwing::lapwing;

const PAGE: &str = include_str!("../../../../docs/monitoring.md");
const README: &str = include_str!("../../../../README.md");

/// Fenced blocks: what stands behind the fence, and the text.
fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn the_guide_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut done = 0;
    for (fence, text) in blocks() {
        let said = fence.split_once(' ').map_or("", |(_, said)| said);
        if fence == "console" {
            run(root, text);
        } else if let Some(path) = said.strip_prefix("in ") {
            let made = fs::read_to_string(root.join(path)).unwrap();
            assert!(made.contains(text), "not in {path}:\n{text}\nbut:\n{made}");
        } else if let Some(command) = said.strip_prefix("lapwing ") {
            let ran = lapwing(root, &command.split(' ').collect::<Vec<_>>());
            assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
            for line in text.lines() {
                assert!(ran.out.contains(line), "{line} is not in:\n{}", ran.out);
            }
            let headline = &ran.out[..ran.out.find("\n   |").unwrap()];
            assert!(README.contains(headline), "not in README.md:\n{headline}");
        } else {
            write(root, said, text);
        }
        done += 1;
    }
    assert_eq!(done, 7, "blocks");
}

#[test]
fn the_example_stands_beside_sigil_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (fence, text) in blocks() {
        if let Some(path) =
            fence.split_once(' ').map(|(_, path)| path).filter(|path| path.starts_with("otel-config/shop/"))
        {
            write(root, path, text);
        }
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../otel-config/sigil");
    for file in ["telemetry.yaml", "monitoring.yaml"] {
        write(root, &format!("otel-config/sigil/{file}"), &fs::read_to_string(own.join(file)).unwrap());
    }
    let made = lapwing(root, &["generate", "otel-config"]);
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);
    let checked = lapwing(root, &["check", "otel-config", "grafana"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    let rules = fs::read_to_string(root.join("otel-config/prometheus/rules/shop.yml")).unwrap();
    assert!(rules.contains("alert: ShopCheckoutSlow") && root.join("otel-config/prometheus/rules/sigil.yml").is_file());
}

/// Each `$ lapwing …` succeeds and gives the lines below it; `…` stands for any.
fn run(root: &Path, text: &str) {
    for part in text.split("$ lapwing ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap();
        let ran = lapwing(root, &command.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{command}:\n{}{}", ran.out, ran.err);
        for line in expected.lines().filter(|line| *line != "…") {
            assert!(ran.out.lines().any(|out| out == line), "{line} is not in:\n{}{}", ran.out, ran.err);
        }
    }
}
