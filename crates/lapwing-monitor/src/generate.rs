//! All files that are made of the declarations.

mod condition;
mod labels;
mod names;
mod threshold;

use crate::{
    GenerateError, GeneratedFile, Options, Service, alertmanager, dashboard, kubernetes, metric_reference, rule_tests,
    rules, runbook,
};

/// All files of these services, sorted by where they belong.
///
/// # Errors
/// The first thing in a `monitoring.yaml` that nothing can be made of, or nothing that would ever help: a label or a value that the
/// signal doesn't have, an alert that can't fire or always does, a critical alert that nobody is told of though others are told of theirs;
/// two services of one name; or metrics whose names stay UTF-8.
pub fn generate(services: &[Service], options: &Options) -> Result<Vec<GeneratedFile>, GenerateError> {
    let options = Options { compress: options.compress.max(1), ..*options };
    let mut sorted: Vec<&Service> = services.iter().collect();
    sorted.sort_by(|a, b| a.monitoring.service.value.cmp(&b.monitoring.service.value));
    names::check(&sorted)?;
    let mut files = Vec::new();
    for service in &sorted {
        service.has_classic_names()?;
        labels::check(service)?;
        threshold::check(service)?;
        condition::check(service)?;
        files.push(rules::file(service, options)?);
        files.extend(rule_tests::files(service, options)?);
    }
    files.push(rules::watchdog_file(&sorted, options));
    files.push(rule_tests::watchdog_file(&sorted, options));
    files.extend(alertmanager::file(&sorted, options)?);
    if options.kubernetes {
        files.extend(kubernetes::files(&sorted, options)?);
    }
    files.extend(dashboard::files(&sorted)?);
    files.extend(runbook::files(&sorted)?);
    files.extend(metric_reference::files(&sorted)?);
    files.sort();
    Ok(files)
}
