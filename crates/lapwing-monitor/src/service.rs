//! A service, its signals and what is watched of it.

use lapwing_config::monitoring::Monitoring;

use crate::Signals;

/// A service as it is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `monitoring.yaml`.
    pub monitoring: Monitoring,
    /// What `telemetry.yaml` says that it emits.
    pub signals: Signals,
}
