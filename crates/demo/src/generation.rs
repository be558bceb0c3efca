//! Which Prometheus and Alertmanager are taken.

/// The generation of Prometheus and Alertmanager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Prometheus 2.42, Alertmanager 0.25.
    Old,
    /// Prometheus 3, Alertmanager 0.33.
    New,
}
