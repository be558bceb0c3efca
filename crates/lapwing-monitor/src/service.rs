//! A service, its signals and what is watched of it.

use lapwing_config::monitoring::Monitoring;

use crate::{GenerateError, Signals};

/// A service as it is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `monitoring.yaml`.
    pub monitoring: Monitoring,
    /// What `telemetry.yaml` says that it emits.
    pub signals: Signals,
}

impl Service {
    /// Prometheus before 3.0 has no other names than these, and gets what others are escaped to: no rule would fit both.
    ///
    /// # Errors
    /// A metric or a label whose name isn't made of letters, digits and `_`.
    pub(crate) fn has_classic_names(&self) -> Result<(), GenerateError> {
        for metric in self.signals.metrics() {
            let names = [("metric", &metric.name)].into_iter();
            let mut names = names.chain(metric.labels.iter().map(|label| ("label", &label.name)));
            let Some((what, name)) = names.find(|(_, name)| !is_classic(name)) else { continue };
            let message = format!(
                "the {what} `{name}` needs quotes in PromQL, and Prometheus before 3.0 knows it by another name"
            );
            let help = "set `translation_strategy` in telemetry.yaml to one that escapes names, such as `underscore_escaping_with_suffixes`";
            let service = &self.monitoring.service;
            return Err(GenerateError::new(service, service, message, Some(help.to_owned())));
        }
        Ok(())
    }
}

fn is_classic(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}
