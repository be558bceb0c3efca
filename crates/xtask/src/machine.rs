//! What was measured on, and when.

use std::{fs, path::Path, process::Command, thread};

use crate::step::{StepError, shown};

/// Cores of this machine.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Processor, cores, kernel.
pub(crate) fn machine() -> Result<String, StepError> {
    let kernel = read("/proc/sys/kernel/osrelease")?;
    let kernel = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    let processor = read("/proc/cpuinfo")?;
    Ok(format!("{}, {} cores, Linux {kernel}", model(&processor), cores()))
}

/// Today, as `2026-01-31`.
pub(crate) fn date() -> Result<String, StepError> {
    ask(Command::new("date").args(["-u", "+%F"]))
}

/// `rustc 1.95.0`
pub(crate) fn compiler() -> Result<String, StepError> {
    let rustc = ask(Command::new("rustc").arg("--version"))?;
    Ok(rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// What a command prints.
pub(crate) fn ask(command: &mut Command) -> Result<String, StepError> {
    let shown = shown(command);
    let output = command.output().map_err(|source| StepError::Run { command: shown.clone(), source })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(StepError::Failed { command: shown, status: output.status.to_string() }),
    }
}

fn read(path: &str) -> Result<String, StepError> {
    fs::read_to_string(Path::new(path)).map_err(|source| StepError::File { path: path.to_owned(), source })
}

/// Not every architecture tells it.
fn model(cpuinfo: &str) -> &str {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.and_then(|line| line.split_once(':')).map_or("an unnamed processor", |(_, name)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_is_named_or_said_to_be_unnamed() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel name\t: other\n"), "Some CPU @ 2 GHz");
        assert_eq!(model("processor\t: 0\n"), "an unnamed processor");
    }
}
