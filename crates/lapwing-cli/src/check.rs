//! `lapwing check`: findings in files.

use std::io::{IsTerminal, stdout};

use lapwing_check::{Format, Project, ProjectError, ReadOptions, check};

use crate::{arguments::CheckOptions, live, output::Output};

/// Checks what the command line names.
pub(crate) fn run(options: &CheckOptions) -> Result<Output, String> {
    let mut project =
        Project::read(&options.paths, &ReadOptions::default()).map_err(|error: ProjectError| error.to_string())?;
    if let Some(live) = &options.live {
        project.scrape(&live::endpoint(live)?).map_err(|error| error.to_string())?;
    }
    let report = check(&project);
    let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let mut out = report.render(options.format, options.min_severity, colour);
    let mut aside = String::new();
    if options.verbose {
        for file in project.files().iter().filter(|file| file.kinds.is_empty()) {
            aside += &format!("{}: holds nothing to check\n", file.name);
        }
    }
    let summary = format!("{}\n", report.summary(options.min_severity));
    match options.format {
        // What programs read is not mixed with words for people.
        Format::Json | Format::Github => aside += &summary,
        Format::Text => out += &summary,
    }
    Ok(Output { out, aside, found: report.fails(options.fail_on) })
}
