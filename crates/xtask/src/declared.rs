//! The files in `otel-config` and `grafana`: made from the declarations, fit together, and good in the eyes of the tools of
//! Prometheus and Alertmanager.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use stack::{Amtool, Part, Parts, Promtool};

use crate::{
    step::{StepError, run},
    workspace::{self, cargo},
};

/// What is checked in is what the declarations give, and `lapwing check` finds nothing.
pub(crate) fn checked() -> Result<(), StepError> {
    let lapwing = ["run", "--quiet", "--package", "lapwing-cli", "--bin", "lapwing", "--"];
    run(&mut cargo(&[&lapwing[..], &["generate", "--check", "otel-config"]].concat()))?;
    run(&mut cargo(&[&lapwing[..], &["check", "--fail-on", "info", "otel-config", "grafana"]].concat()))
}

/// Both generations of Prometheus and Alertmanager read each configuration, rule and route, and the rules pass their tests.
pub(crate) fn judged() -> Result<(), StepError> {
    thread::scope(|scope| {
        let generations = [(Part::Prometheus2, Part::Alertmanager25), (Part::Prometheus3, Part::Alertmanager33)];
        let running =
            generations.map(|(prometheus, alertmanager)| scope.spawn(move || judge(prometheus, alertmanager)));
        running.into_iter().try_for_each(|side| side.join().expect("a generation reports and doesn't panic"))
    })
}

fn judge(prometheus: Part, alertmanager: Part) -> Result<(), StepError> {
    let parts = Parts::from_env();
    let promtool = Promtool::new(&parts.get(prometheus)?);
    let amtool = Amtool::new(&parts.get(alertmanager)?);
    let by_promtool = |file: &Path| {
        let file = file.display().to_string();
        move |source| StepError::Promtool { file, source }
    };
    for file in files("prometheus")? {
        promtool.check_config(&file).map_err(by_promtool(&file))?;
        println!("{prometheus} reads {}", file.display());
    }
    for file in files("prometheus/rules")? {
        promtool.check_rules(&file).map_err(by_promtool(&file))?;
        println!("{prometheus} reads {}", file.display());
    }
    for file in files("prometheus/tests")? {
        promtool.test_rules(&file).map_err(by_promtool(&file))?;
        println!("{prometheus} passes {}", file.display());
    }
    for file in files("alertmanager")? {
        let shown = file.display().to_string();
        amtool.check_config(&file).map_err(|source| StepError::Amtool { file: shown, source })?;
        println!("{alertmanager} reads {}", file.display());
    }
    Ok(())
}

/// The `*.yml` in a folder of `otel-config`, sorted.
fn files(folder: &str) -> Result<Vec<PathBuf>, StepError> {
    let folder = workspace::root().join("otel-config").join(folder);
    let unread = |source| StepError::File { path: folder.display().to_string(), source };
    let entries = fs::read_dir(&folder).map_err(unread)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "yml")).collect();
    files.sort();
    Ok(files)
}
