//! A service, its signals and what is watched of it.

use std::time::Duration;

use lapwing_config::monitoring::{Condition, Good, Located, Monitoring, Query};

use crate::{GenerateError, Options, Signals, expression::series};

/// Prometheus evaluates no faster than this in a drill.
const FASTEST: Duration = Duration::from_millis(200);

/// A service as it is declared: what was written as a duration is in the unit of its instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `monitoring.yaml`.
    pub monitoring: Monitoring,
    /// What `telemetry.yaml` says that it emits.
    pub signals: Signals,
}

impl Service {
    /// The service of these declarations: durations are converted to the units of their instruments.
    pub fn new(mut monitoring: Monitoring, signals: Signals) -> Service {
        let convert = |value: &mut Located<f64>, instrument: &str| {
            let unit = signals.instrument(instrument).map(|metric| metric.unit.as_str());
            if let Some(converted) = unit.and_then(|unit| in_unit(value.value, unit)).filter(|_| value.is_duration()) {
                value.value = converted;
            }
        };
        for objective in &mut monitoring.objectives {
            if let Good::Within { instrument, within, .. } = &mut objective.good {
                convert(within, instrument);
            }
        }
        for alert in &mut monitoring.alerts {
            if let Condition::Threshold { query, threshold, .. } = &mut alert.condition
                && let (Query::Quantile { .. } | Query::Value { .. }, Some(of)) = (&*query, series(query))
            {
                convert(threshold, &of.instrument);
            }
        }
        Service { monitoring, signals }
    }

    /// How often its rules are evaluated.
    pub(crate) fn evaluation_interval(&self, options: Options) -> Duration {
        let declared = self.monitoring.scrape.evaluation_interval;
        (declared / options.compress).max(FASTEST.min(declared))
    }

    /// Grafana's uid of its dashboard. It takes no points, and 40 characters at most.
    pub(crate) fn dashboard_uid(&self) -> String {
        match &self.monitoring.dashboard.uid {
            Some(uid) => uid.value.clone(),
            None => self.monitoring.service.replace('.', "-").chars().take(40).collect(),
        }
    }

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

/// A time in seconds, which durations have to the millisecond, in a unit of UCUM; none if that is none of time.
pub(crate) fn in_unit(seconds: f64, unit: &str) -> Option<f64> {
    let milliseconds = (seconds * 1e3).round();
    match unit {
        "s" => Some(seconds),
        "ms" => Some(milliseconds),
        "us" => Some(milliseconds * 1e3),
        "ns" => Some(milliseconds * 1e6),
        "min" => Some(seconds / 60.0),
        "h" => Some(seconds / 3600.0),
        "d" => Some(seconds / 86_400.0),
        _ => None,
    }
}

fn is_classic(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}
