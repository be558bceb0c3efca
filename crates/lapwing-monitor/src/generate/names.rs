//! Names of services, which become those of files and objects.

use std::collections::BTreeMap;

use crate::{GenerateError, Service};

/// # Errors
/// A name that would make files which are made already: of another service, or of the Watchdog. Case and signs don't tell names apart:
/// neither do some file systems, the names of alerts and those of Kubernetes.
pub(super) fn check(services: &[&Service]) -> Result<(), GenerateError> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for service in services {
        let name = &service.monitoring.service;
        let same = name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let error = |message: String, help: &str| Err(GenerateError::new(name, name, message, Some(help.to_owned())));
        if same == "watchdog" {
            let message = format!("a service can't be called `{}`: the Watchdog's own files are", name.value);
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
    Ok(())
}
