//! The page that keeps the last measurement, and what it was measured with.

use std::{fs, path::Path, process::Command};

use stack::Located;

use super::{ThroughputError, cpu, wrk::CONNECTIONS};
use crate::step::{StepError, shown};

/// In the workspace.
pub(super) const PATH: &str = "docs/throughput.md";

const BEGIN: &str = "<!-- measured: begin, written by `cargo xtask throughput --write` -->";
const END: &str = "<!-- measured: end -->";

/// Date, machine and versions.
pub(super) fn conditions(program: &Path, wrk: &Located) -> Result<String, ThroughputError> {
    let date = ask(Command::new("date").args(["-u", "+%F"]))?;
    let sigil = ask(Command::new(program).arg("--version"))?;
    let rustc = ask(Command::new("rustc").arg("--version"))?;
    let rustc = rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let kernel = read(Path::new("/proc/sys/kernel/osrelease"))?;
    let kernel = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    let processor = read(Path::new("/proc/cpuinfo"))?;
    let processor = model(&processor);
    Ok(format!(
        "Measured {date} on {processor}, {} cores, Linux {kernel}; {sigil}, {rustc}, wrk {} with {CONNECTIONS} connections",
        cpu::cores(),
        wrk.version
    ))
}

/// Not every architecture tells it.
fn model(cpuinfo: &str) -> &str {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.and_then(|line| line.split_once(':')).map_or("an unnamed processor", |(_, name)| name.trim())
}

fn read(path: &Path) -> Result<String, ThroughputError> {
    fs::read_to_string(path).map_err(ThroughputError::file(path))
}

fn ask(command: &mut Command) -> Result<String, ThroughputError> {
    let shown = shown(command);
    let output = command.output().map_err(|source| StepError::Run { command: shown.clone(), source })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(StepError::Failed { command: shown, status: output.status.to_string() }.into()),
    }
}

/// Puts the table in the place of the last one; nothing else on the page is touched.
pub(super) fn write(path: &Path, table: &str) -> Result<(), ThroughputError> {
    let page =
        replaced(&read(path)?, table).map_err(|marker| ThroughputError::Marker { path: path.to_owned(), marker })?;
    fs::write(path, page).map_err(ThroughputError::file(path))
}

/// Fails with the marker that is missing.
fn replaced(page: &str, table: &str) -> Result<String, &'static str> {
    let (before, rest) = page.split_once(BEGIN).ok_or(BEGIN)?;
    let (_, after) = rest.split_once(END).ok_or(END)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_takes_the_place_of_the_last_one() {
        let page = format!("# Page\n\n{BEGIN}\nold\n{END}\n\nafter\n");
        let once = replaced(&page, "| new |\n").unwrap();
        assert_eq!(once, format!("# Page\n\n{BEGIN}\n\n| new |\n\n{END}\n\nafter\n"));
        assert_eq!(replaced(&once, "| new |\n").unwrap(), once);
    }

    #[test]
    fn page_without_a_place_is_left_alone() {
        assert_eq!(replaced("# Page\n", "t"), Err(BEGIN));
        assert_eq!(replaced(&format!("{BEGIN}\n"), "t"), Err(END));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.md");
        fs::write(&path, "# Page\n").unwrap();
        let error = write(&path, "t").unwrap_err().to_string();
        assert!(error.contains("has no line `<!-- measured: begin"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Page\n");
    }

    #[test]
    fn real_page_has_its_place() {
        let page = include_str!("../../../../docs/throughput.md");
        assert!(replaced(page, "t").is_ok());
    }

    #[test]
    fn processor_is_named_where_it_has_a_name() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU 7\n"), "Some CPU 7");
        assert_eq!(model("processor\t: 0\nFeatures\t: fp\n"), "an unnamed processor");
    }
}
