//! amtool: what Alertmanager's own reader says.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    process::{Command, Stdio},
};

use crate::Located;

/// Why amtool isn't content.
#[derive(Debug, thiserror::Error)]
pub enum AmtoolError {
    /// It couldn't be run.
    #[error("cannot run amtool; `cargo xtask fetch` fetches it: {0}")]
    Run(#[from] io::Error),
    /// What it was given can't be read.
    #[error("amtool can't read it:\n{0}")]
    Invalid(String),
}

/// The amtool of an Alertmanager.
#[derive(Clone, Debug)]
pub struct Amtool {
    located: Located,
}

impl Amtool {
    /// That lies beside the given programs.
    pub fn new(located: &Located) -> Self {
        Amtool { located: located.clone() }
    }

    /// `amtool check-config`: the file, and the template files it names. It doesn't see broken templates inside the file itself,
    /// nor missing files of secrets.
    pub fn check_config(&self, file: &Path) -> Result<(), AmtoolError> {
        let mut command = self.command();
        command.arg("check-config").arg(file);
        run(command).map(drop)
    }

    /// `amtool config routes test`: the receivers of an alert with these labels, in the order of the routes.
    pub fn route(&self, config: &Path, labels: &BTreeMap<String, String>) -> Result<Vec<String>, AmtoolError> {
        let mut command = self.command();
        command.args(["config", "routes", "test", "--config.file"]).arg(config);
        command.args(labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))));
        let said = run(command)?;
        Ok(said.trim().split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// `amtool template render`: `text` with the templates of the files that `glob` matches. `data` is a file of JSON in the form
    /// of a webhook's message; without one amtool has an alert of its own.
    pub fn render(&self, glob: &str, text: &str, data: Option<&Path>) -> Result<String, AmtoolError> {
        let mut command = self.command();
        command.args(["template", "render"]).arg(format!("--template.glob={glob}"));
        command.arg(format!("--template.text={text}"));
        if let Some(file) = data {
            command.arg("--template.data").arg(file);
        }
        run(command)
    }

    fn command(&self) -> Command {
        let mut command = self.located.command("amtool");
        // It would read its own settings from there.
        command.env("HOME", "/nonexistent").stdin(Stdio::null());
        command
    }
}

/// A value as amtool's matchers take it: `a,b` or `a"b` bare would be something else.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn run(mut command: Command) -> Result<String, AmtoolError> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(AmtoolError::Invalid(String::from_utf8_lossy(&text).trim_end().to_owned()))
}
