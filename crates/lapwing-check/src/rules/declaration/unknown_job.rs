//! Prometheus scrapes no job of the name that all rules of a service select: `scrape.job` in `monitoring.yaml`, or the service's name without it.
//!
//! ```yaml
//! service: sigil
//! scrape: {job: sigil-api}      # in prometheus.yml it is `job_name: sigil`
//! ```
//!
//! ## Why it matters
//!
//! No alert and no objective of the service can ever fire, and its panels stay empty. The alert for a service that is gone fires for good.
//!
//! ## How to mend it
//!
//! Name the job as `scrape_configs` does in `job_name`, or add a job.
//!
//! ## When to allow it
//!
//! When another Prometheus scrapes the service and passes it on. It is looked for where a configuration of Prometheus with `scrape_configs` is among
//! the files, at or below the folder in which the services' folders are, as `lapwing generate` takes it; a job of any configuration among the files
//! will do. Nothing is said where `job` is not known from them: with `scrape_config_files`, `http_sd_configs`, `honor_labels`, relabelling of `job` or
//! by `labelmap`, or targets in files that are not checked along.

use std::{collections::BTreeSet, path::Path};

use crate::{Findings, Project, PrometheusConfig, Rule, Service, Severity, Spot, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/unknown-job",
    severity: Severity::Error,
    headline: "what is watched is not scraped",
    source: include_str!("unknown_job.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let Some(jobs) = project.scraped_jobs() else { return };
    let names: BTreeSet<&str> = jobs.iter().map(|job| job.value.as_str()).collect();
    for service in project.services().iter().filter(|service| service.watched.is_some()) {
        let (Some((frame, root)), Some(scraped)) = (&service.monitoring, scraped_at(project, service)) else {
            continue;
        };
        let written = root.at(&["scrape", "job"]).filter(|node| !node.is_null());
        let Some(at) = written.or_else(|| root.get("service")).filter(|_| !names.contains(service.job.as_str())) else {
            continue;
        };
        let message = format!("Prometheus scrapes no job `{}`, which all rules of the service select", service.job);
        let finding = findings.add(frame.at(at), message);
        let same = names.iter().copied().find(|name| name.eq_ignore_ascii_case(&service.job));
        let near = same.or_else(|| lapwing_config::nearest(&service.job, names.iter().copied()));
        match near.and_then(|near| jobs.iter().find(|job| job.value == near)) {
            Some(near) => {
                let name = &near.value;
                finding.also(near.spot(), "scraped").help(match written {
                    Some(_) => format!("did you mean `{name}`?"),
                    None => format!("did you mean `{name}`? That is `scrape: {{job: {name}}}`"),
                })
            }
            None => {
                let names = names.iter().copied().collect::<Vec<_>>().join("`, `");
                let help = format!("add it there, or name in `scrape: {{job: …}}` what there is: `{names}`");
                finding.also(scraped, "not among these").help(help)
            }
        };
    }
}

/// Where a configuration of Prometheus beside the services says what it scrapes; none if there is none among the files.
fn scraped_at(project: &Project, service: &Service) -> Option<Spot> {
    let root = service.folder.parent().unwrap_or(Path::new(""));
    let is_beside = |config: &&PrometheusConfig| {
        !config.jobs.is_empty() && project.file(config.frame.file_id()).path.starts_with(root)
    };
    let config = project.prometheus().iter().find(is_beside)?;
    let entry = config.node.entries().iter().find(|entry| entry.key == "scrape_configs")?;
    Some(config.frame.spot(entry.key_place))
}
