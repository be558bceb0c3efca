//! From rules to whoever is told: the generated files at compressed waits, Alertmanager, and stand-ins for Slack, PagerDuty and the dead man's
//! switch.

use std::{io, time::Duration};

use stack::{
    Alertmanager, AlertmanagerError, Located, PagerDutyStandIn, PrometheusBuilder, Receivers, SlackStandIn,
    StandInError,
};
use tempfile::TempDir;

use crate::declared::{Declared, DeclaredError};

/// Rules are evaluated no faster than this.
const FASTEST: Duration = Duration::from_millis(200);
/// How soon an alert is sent again. An Alertmanager takes an alert for resolved after four of it, and Prometheus finds its Alertmanagers
/// 5 s after a restart, whatever else is compressed.
const RESEND: Duration = Duration::from_secs(3);
/// Why nobody can be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlertingError {
    #[error(transparent)]
    Declared(#[from] DeclaredError),
    #[error(transparent)]
    Alertmanager(#[from] AlertmanagerError),
    #[error(transparent)]
    StandIn(#[from] StandInError),
    #[error("cannot make a temporary folder for rules and routes: {0}")]
    Folder(#[from] io::Error),
}

/// See the module.
pub(crate) struct Alerting {
    // Dropped in this order: who asks before who answers.
    alertmanager: Option<Alertmanager>,
    receivers: Receivers,
    folder: TempDir,
    compress: u32,
    declared: Declared,
}

impl Alerting {
    /// The files and the stand-ins, without Alertmanager. All declared windows and waits are divided by `compress`.
    pub(crate) fn prepare(declared: &Declared, compress: u32) -> Result<Self, AlertingError> {
        let folder = tempfile::Builder::new().prefix("lapwing-alerting-").tempdir()?;
        let slack = SlackStandIn::builder().channels([declared.slack_channel()]);
        let receivers = Receivers::serve("127.0.0.1:0", slack, PagerDutyStandIn::builder())?;
        declared.write(folder.path(), &receivers, compress)?;
        Ok(Alerting { alertmanager: None, receivers, folder, compress, declared: declared.clone() })
    }

    /// Starts Alertmanager with the routes; it writes to disk whom it told each `maintenance`, which is not divided.
    pub(crate) fn start_alertmanager(&mut self, located: &Located, maintenance: Duration) -> Result<(), AlertingError> {
        let alertmanager = Alertmanager::builder(located)
            .config_file(self.folder.path().join("alertmanager/alertmanager.yml"))
            .external_url("http://alertmanager.test")
            .maintenance_interval(maintenance)
            .start()?;
        self.alertmanager = Some(alertmanager);
        Ok(())
    }

    /// A Prometheus with the rules, which tells Alertmanager where there is one.
    pub(crate) fn wire(&self, prometheus: PrometheusBuilder) -> PrometheusBuilder {
        let scrape = &self.declared.monitoring().scrape;
        let held = |declared: Duration| (declared / self.compress).as_millis();
        let prometheus = prometheus
            .evaluation_interval((scrape.evaluation_interval / self.compress).max(FASTEST))
            .rule_file(self.folder.path().join("prometheus/rules/*.yml"))
            .resend_delay(RESEND)
            // What it does with alerts after a restart, compressed as all else: 10 min and 1 h are its defaults.
            .argument(format!("--rules.alert.for-grace-period={}ms", held(Duration::from_secs(600))))
            .argument(format!("--rules.alert.for-outage-tolerance={}ms", held(Duration::from_secs(3600))))
            .external_url("http://prometheus.test");
        match &self.alertmanager {
            Some(alertmanager) => prometheus.alertmanager(alertmanager.address()),
            None => prometheus,
        }
    }

    pub(crate) fn alertmanager(&self) -> Option<&Alertmanager> {
        self.alertmanager.as_ref()
    }

    /// Hands it to whoever is to kill it and start it again.
    pub(crate) fn take_alertmanager(&mut self) -> Option<Alertmanager> {
        self.alertmanager.take()
    }

    pub(crate) fn alertmanager_mut(&mut self) -> Option<&mut Alertmanager> {
        self.alertmanager.as_mut()
    }

    pub(crate) fn receivers(&self) -> &Receivers {
        &self.receivers
    }
}
