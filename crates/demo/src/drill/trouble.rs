//! What is done to a stage so that an alert has a reason, and how it is undone.

use std::{fs, time::Duration};

use serde_json::json;

use super::stage::{Stage, StageError};
use crate::house::SigilPlan;

/// Changes of a batch, and batches, that fill the outbox beyond what its alert allows.
const BATCHES: usize = 102;
const BATCH: usize = 100;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// Every so many operations take so long.
    Slow { operation: &'static str, ms: u32, every: u32 },
    /// Every so many operations fail.
    Failing { operation: &'static str, every: u32 },
    /// The store is out.
    Outage(&'static str),
    /// The disk has only so much left.
    Disk(u64),
    /// A load run missed its goal.
    LoadRun,
    /// PostgreSQL goes silent.
    PostgresPaused,
    /// PostgreSQL takes nothing, and more than 10 000 changes are made.
    OutboxFilled,
    /// The process is killed.
    SigilKilled,
    /// Sigil runs with OTEL_SDK_DISABLED: its endpoint answers with the sentinel alone.
    TelemetryDisabled,
    /// Prometheus forgets the job.
    JobForgotten,
    /// Scrapes take so long.
    ScrapesSlow(Duration),
    /// telemetry.yaml allows fewer scenarios of load runs than there are.
    TooManySeries,
    /// telemetry.yaml asks for a field that the code doesn't have.
    FieldMisspelt,
    /// Prometheus is killed.
    PrometheusKilled,
}

impl Trouble {
    /// In words.
    pub(crate) fn says(self) -> String {
        let nth = |every: u32| if every == 1 { "each".to_owned() } else { format!("one of {every}") };
        match self {
            Trouble::Slow { operation, ms, every } => format!("{} {operation} takes {ms} ms", nth(every)),
            Trouble::Failing { operation, every } => format!("{} {operation} fails", nth(every)),
            Trouble::Outage(store) => format!("{store} is out"),
            Trouble::Disk(bytes) => format!("the disk has {} MiB left", bytes >> 20),
            Trouble::LoadRun => "a load run missed its goal".to_owned(),
            Trouble::PostgresPaused => "PostgreSQL goes silent".to_owned(),
            Trouble::OutboxFilled => format!("PostgreSQL takes nothing, and {} changes are made", BATCHES * BATCH),
            Trouble::SigilKilled => "sigil is killed".to_owned(),
            Trouble::TelemetryDisabled => "sigil starts with OTEL_SDK_DISABLED=true".to_owned(),
            Trouble::JobForgotten => "the job is gone from Prometheus' configuration".to_owned(),
            Trouble::ScrapesSlow(delay) => format!("scrapes take {} ms", delay.as_millis()),
            Trouble::TooManySeries => "more scenarios than telemetry.yaml allows".to_owned(),
            Trouble::FieldMisspelt => "telemetry.yaml misspells a field".to_owned(),
            Trouble::PrometheusKilled => "Prometheus is killed".to_owned(),
        }
    }

    pub(crate) fn inject(self, stage: &Stage) -> Result<(), StageError> {
        match self {
            Trouble::Slow { operation, ms, every } => stage.put_fault(&json!({"operation": operation, "every": every,
                    "latency": {"distribution": "fixed", "ms": ms}})),
            Trouble::Failing { operation, every } => {
                stage.put_fault(&json!({"operation": operation, "every": every, "error_rate": 1}))
            }
            Trouble::Outage(store) => stage.put_fault(&json!({"operation": store, "outage": true})),
            Trouble::Disk(bytes) => stage.show_free(bytes),
            Trouble::LoadRun => stage.tell_load_run("drill", false),
            Trouble::PostgresPaused => stage.with_postgres(|postgres| postgres.process().pause()),
            Trouble::OutboxFilled => {
                stage.put_fault(&json!({"operation": "storage.postgres", "outage": true}))?;
                (0..BATCHES).try_for_each(|_| stage.encode_batch(BATCH))
            }
            Trouble::SigilKilled => stage.kill_sigil(),
            Trouble::TelemetryDisabled => {
                let environment = vec![("OTEL_SDK_DISABLED", "true".to_owned())];
                stage.restart_sigil(&SigilPlan { environment, ..SigilPlan::default() })
            }
            Trouble::JobForgotten => stage.with_prometheus(|prometheus| {
                let file = prometheus.config_file().to_owned();
                let text = fs::read_to_string(&file)?;
                let (before, _) = text.split_once("scrape_configs:").unwrap_or((&text, ""));
                fs::write(file.with_extension("whole"), &text)?;
                fs::write(&file, format!("{before}scrape_configs: []\n"))?;
                Ok(prometheus.reload()?)
            }),
            Trouble::ScrapesSlow(delay) => {
                stage.proxy.set_delay(delay);
                Ok(())
            }
            Trouble::TooManySeries => {
                let view = "  views:\n    - selector: {instrument_name: sigil.load_test.result}\n      \
                            stream: {aggregation_cardinality_limit: 3}\n";
                stage.restart_sigil(&altered("  views:\n", view))?;
                (0..6).try_for_each(|number| stage.tell_load_run(&format!("drill-{number}"), true))
            }
            Trouble::FieldMisspelt => stage.restart_sigil(&altered("- field: removed", "- field: taken_away")),
            Trouble::PrometheusKilled => {
                stage.with_prometheus(|prometheus| prometheus.kill().map(drop).map_err(StageError::from))
            }
        }
    }

    pub(crate) fn heal(self, stage: &Stage) -> Result<(), StageError> {
        match self {
            Trouble::Slow { operation, .. } | Trouble::Failing { operation, .. } | Trouble::Outage(operation) => {
                stage.end_fault(operation)
            }
            Trouble::Disk(_) => stage.show_plenty(),
            Trouble::LoadRun => stage.tell_load_run("drill", true),
            Trouble::PostgresPaused => stage.with_postgres(|postgres| postgres.process().resume()),
            Trouble::OutboxFilled => stage.end_fault("storage.postgres"),
            Trouble::SigilKilled | Trouble::TelemetryDisabled | Trouble::TooManySeries | Trouble::FieldMisspelt => {
                stage.restart_sigil(&SigilPlan::default())
            }
            Trouble::JobForgotten => stage.with_prometheus(|prometheus| {
                let file = prometheus.config_file().to_owned();
                fs::copy(file.with_extension("whole"), &file)?;
                Ok(prometheus.reload()?)
            }),
            Trouble::ScrapesSlow(_) => {
                stage.proxy.set_delay(Duration::ZERO);
                Ok(())
            }
            Trouble::PrometheusKilled => stage.with_prometheus(|prometheus| Ok(prometheus.restart()?)),
        }
    }
}

/// Sigil with another telemetry.yaml.
fn altered(from: &str, to: &str) -> SigilPlan {
    let plan = SigilPlan { gc_interval: 0.2, ..SigilPlan::default() };
    SigilPlan { telemetry: plan.telemetry.replacen(from, to, 1), ..plan }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn altered_declarations_are_others() {
        for (from, to) in [("  views:\n", "  views: \n"), ("- field: removed", "- field: taken_away")] {
            assert_ne!(altered(from, to).telemetry, SigilPlan::default().telemetry);
        }
    }
}
