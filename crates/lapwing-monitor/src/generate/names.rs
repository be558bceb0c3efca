//! Names of services, which become those of files and objects, and what else tells services apart.

use std::collections::BTreeMap;

use lapwing_config::monitoring::Located;

use crate::{GenerateError, OVERVIEW_UID, Service};

/// How the file with the slow rule tests of a service ends, before `.yml`.
const SLOW: &str = "-slow";

/// # Errors
/// A service that would make files which are made already: of another service, or of all. Case and signs don't tell names apart:
/// neither do some file systems, the names of alerts and those of Kubernetes. Or one that shares the job or the dashboard's uid of
/// another.
pub(super) fn check(services: &[&Service]) -> Result<(), GenerateError> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for service in services {
        let name = &service.monitoring.service;
        let same = plain(name);
        let error = |message: String, help: &str| Err(GenerateError::new(name, name, message, Some(help.to_owned())));
        if ["watchdog", "watchdog-md", "overview-json"].contains(&same.as_str()) {
            let message =
                format!("a service can't be called `{}`: files that are made of all services are", name.value);
            return error(message, "give it another name");
        }
        match taken.insert(same, name) {
            Some(other) if other == name.value => {
                return error(format!("the service `{other}` is declared twice"), "give each its own name");
            }
            Some(other) => {
                let message =
                    format!("the services `{}` and `{other}` would be one in names of files and alerts", name.value);
                return error(message, "let the names differ by more than case and signs");
            }
            None => {}
        }
    }
    for service in services {
        let name = &service.monitoring.service;
        if let Some(other) = plain(name).strip_suffix(SLOW).and_then(|other| taken.get(other)) {
            let message = format!("a service can't be called `{}` beside `{other}`", name.value);
            let help = format!("the slow rule tests of `{other}` are in `{other}{SLOW}.yml`: give it another name");
            return Err(GenerateError::new(name, name, message, Some(help)));
        }
    }
    apart(services)
}

/// As all see it for whom case and signs don't count.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

fn apart(services: &[&Service]) -> Result<(), GenerateError> {
    let (mut jobs, mut uids) = (BTreeMap::new(), BTreeMap::from([(OVERVIEW_UID.to_owned(), None)]));
    for service in services {
        let monitoring = &service.monitoring;
        let error = |at: &Located<String>, message: String, help: &str| {
            Err(GenerateError::new(&monitoring.service, at, message, Some(help.to_owned())))
        };
        let job = &monitoring.scrape.job;
        if let Some(other) = jobs.insert(job.value.as_str(), &monitoring.service.value) {
            let message = format!("the job `{}` is that of `{other}` too: nothing tells their series apart", job.value);
            return error(job, message, "scrape each service by a job of its own, and name it in `scrape.job`");
        }
        let uid = service.dashboard_uid();
        let at = monitoring.dashboard.uid.as_ref().unwrap_or(&monitoring.service);
        match uids.insert(uid.clone(), Some(&monitoring.service.value)) {
            None => {}
            Some(other) => {
                let other = other.map_or("that over all services".to_owned(), |other| format!("that of `{other}`"));
                let message = format!("the dashboard's uid `{uid}` is {other} too: Grafana would show one of them");
                return error(at, message, "give it another in `dashboard.uid`");
            }
        }
    }
    Ok(())
}
