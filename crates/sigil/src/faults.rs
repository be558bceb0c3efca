//! Faults that can be switched on at run time, to see what telemetry and alerts make of them.
//!
//! A fault strikes inside the operation's span, so that its latency is measured and its error takes the way of any
//! other.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// What a fault can be put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Operation {
    #[serde(rename = "encode")]
    Encode,
    #[serde(rename = "verify")]
    Verify,
    #[serde(rename = "revoke")]
    Revoke,
    #[serde(rename = "gc")]
    Gc,
    #[serde(rename = "storage.embedded")]
    StorageEmbedded,
    #[serde(rename = "storage.postgres")]
    StoragePostgres,
    /// No operation, but what is said of the disk: only `free_bytes` can be put on it.
    #[serde(rename = "disk")]
    Disk,
}

/// How long a struck operation is held up, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Latency {
    /// Always the same.
    Fixed { ms: f64 },
    /// Evenly between two bounds.
    Uniform { min_ms: f64, max_ms: f64 },
    /// Exponential, with this mean.
    Exponential { mean_ms: f64 },
    /// Normal, never below 0.
    Normal { mean_ms: f64, deviation_ms: f64 },
    /// Log-normal, as real latencies tend to be; `sigma` is the deviation of the logarithm.
    Lognormal { median_ms: f64, sigma: f64 },
}

/// A fault on one operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) operation: Operation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<Latency>,
    /// Share of the operations that fail, 0 to 1.
    #[serde(default)]
    pub(crate) error_rate: f64,
    /// All fail.
    #[serde(default)]
    pub(crate) outage: bool,
    /// Strikes only the last of so many operations, at even distances: a share of errors without chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<NonZeroU32>,
    /// Of `disk` only: the free space that is shown in place of what the disk has. Nothing is written or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) free_bytes: Option<u64>,
}

/// A fault that makes no sense.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum FaultError {
    #[error("error_rate is {0}: give a share between 0 and 1")]
    Rate(f64),
    #[error("latency {0}: give milliseconds between 0 and {max}", max = MAX_MS)]
    Latency(f64),
    #[error("latency bounds {0} and {1} are the wrong way round")]
    Bounds(f64, f64),
    #[error("`disk` takes free_bytes and nothing else, and no other operation takes free_bytes")]
    Disk,
}

/// The operation was made to fail.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("injected fault")]
pub(crate) struct Injected;

/// Longest latency that can be asked for, and that any distribution yields.
const MAX_MS: f64 = 600_000.0;

impl Latency {
    fn check(self) -> Result<(), FaultError> {
        let parts = match self {
            Latency::Fixed { ms } => [ms, ms],
            Latency::Uniform { min_ms, max_ms } if min_ms > max_ms => return Err(FaultError::Bounds(min_ms, max_ms)),
            Latency::Uniform { min_ms, max_ms } => [min_ms, max_ms],
            Latency::Exponential { mean_ms } => [mean_ms, mean_ms],
            Latency::Normal { mean_ms, deviation_ms } => [mean_ms, deviation_ms],
            Latency::Lognormal { median_ms, sigma } => [median_ms, sigma],
        };
        match parts.into_iter().find(|part| !(0.0..=MAX_MS).contains(part)) {
            Some(part) => Err(FaultError::Latency(part)),
            None => Ok(()),
        }
    }

    fn draw(self) -> Duration {
        let ms = match self {
            Latency::Fixed { ms } => ms,
            Latency::Uniform { min_ms, max_ms } => min_ms + fastrand::f64() * (max_ms - min_ms),
            // 1 − u is never 0, which the logarithm could not take.
            Latency::Exponential { mean_ms } => -mean_ms * (1.0 - fastrand::f64()).ln(),
            Latency::Normal { mean_ms, deviation_ms } => mean_ms + deviation_ms * standard_normal(),
            Latency::Lognormal { median_ms, sigma } => median_ms * (sigma * standard_normal()).exp(),
        };
        // Not a number is 0 · ∞ of an absurd log-normal; durations panic on it.
        let ms = if ms.is_nan() { 0.0 } else { ms.clamp(0.0, MAX_MS) };
        Duration::from_secs_f64(ms / 1000.0)
    }
}

/// Box–Muller.
fn standard_normal() -> f64 {
    (-2.0 * (1.0 - fastrand::f64()).ln()).sqrt() * (std::f64::consts::TAU * fastrand::f64()).cos()
}

/// The faults in force, one an operation.
#[derive(Debug, Default)]
pub(crate) struct Faults(RwLock<BTreeMap<Operation, InForce>>);

#[derive(Debug)]
struct InForce {
    fault: Fault,
    /// Operations since it was set.
    operations: AtomicU64,
}

impl InForce {
    /// The fault, if it is this operation's turn.
    fn turn(&self) -> Option<Fault> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let every = self.fault.every.map_or(1, NonZeroU32::get);
        number.is_multiple_of(u64::from(every)).then_some(self.fault)
    }
}

impl Faults {
    /// Puts a fault in force, in place of the operation's earlier one.
    pub(crate) fn set(&self, fault: Fault) -> Result<(), FaultError> {
        if !(0.0..=1.0).contains(&fault.error_rate) {
            return Err(FaultError::Rate(fault.error_rate));
        }
        fault.latency.map_or(Ok(()), Latency::check)?;
        let strikes = fault.latency.is_some() || fault.error_rate > 0.0 || fault.outage || fault.every.is_some();
        if fault.free_bytes.is_some() != (fault.operation == Operation::Disk)
            || strikes && fault.operation == Operation::Disk
        {
            return Err(FaultError::Disk);
        }
        let in_force = InForce { fault, operations: AtomicU64::new(0) };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(fault.operation, in_force);
        Ok(())
    }

    /// Ends the fault of one operation, or all.
    pub(crate) fn clear(&self, operation: Option<Operation>) {
        let mut faults = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match operation {
            Some(operation) => drop(faults.remove(&operation)),
            None => faults.clear(),
        }
    }

    /// Those in force.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().map(|in_force| in_force.fault).collect()
    }

    /// The free space of the disk that is to be shown, if any is.
    pub(crate) fn disk_free(&self) -> Option<u64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&Operation::Disk)?.fault.free_bytes
    }

    /// Holds the operation up and fails it, as its fault says. Costs a read lock when there is none.
    ///
    /// # Errors
    ///
    /// The fault says so.
    pub(crate) async fn strike(&self, operation: Operation) -> Result<(), Injected> {
        let fault = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&operation).and_then(InForce::turn);
        let Some(fault) = fault else { return Ok(()) };
        if let Some(latency) = fault.latency {
            tokio::time::sleep(latency.draw()).await;
        }
        // `f64` is below 1, so a rate of 1 fails all and one of 0 none.
        if fault.outage || fastrand::f64() < fault.error_rate { Err(Injected) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).unwrap()
    }

    fn mean(latency: Latency) -> f64 {
        (0..20_000).map(|_| latency.draw().as_secs_f64() * 1000.0).sum::<f64>() / 20_000.0
    }

    #[test]
    fn distributions_have_the_mean_they_say() {
        fastrand::seed(1);
        let near =
            |value: f64, expected: f64| assert!((value - expected).abs() < expected * 0.05, "{value}, not {expected}");
        assert_eq!(mean(Latency::Fixed { ms: 20.0 }), 20.0);
        near(mean(Latency::Uniform { min_ms: 10.0, max_ms: 30.0 }), 20.0);
        near(mean(Latency::Exponential { mean_ms: 20.0 }), 20.0);
        near(mean(Latency::Normal { mean_ms: 20.0, deviation_ms: 4.0 }), 20.0);
        // The mean of a log-normal is median · exp(sigma² / 2).
        near(mean(Latency::Lognormal { median_ms: 20.0, sigma: 0.5 }), 20.0 * 0.125_f64.exp());
    }

    #[test]
    fn absurd_latencies_do_not_panic() {
        for latency in [
            Latency::Lognormal { median_ms: 0.0, sigma: MAX_MS },
            Latency::Lognormal { median_ms: MAX_MS, sigma: MAX_MS },
            Latency::Normal { mean_ms: 0.0, deviation_ms: MAX_MS },
        ] {
            for _ in 0..1000 {
                assert!(latency.draw() <= Duration::from_secs(600));
            }
        }
    }

    #[test]
    fn senseless_faults_are_refused() {
        let faults = Faults::default();
        let set = |json: &str| faults.set(fault(json)).unwrap_err();
        assert_eq!(set(r#"{"operation": "encode", "error_rate": 1.5}"#), FaultError::Rate(1.5));
        assert_eq!(
            set(r#"{"operation": "encode", "latency": {"distribution": "fixed", "ms": -1}}"#),
            FaultError::Latency(-1.0)
        );
        assert_eq!(
            set(r#"{"operation": "encode", "latency": {"distribution": "uniform", "min_ms": 2, "max_ms": 1}}"#),
            FaultError::Bounds(2.0, 1.0)
        );
        assert!(faults.list().is_empty());
        assert!(serde_json::from_str::<Fault>(r#"{"operation": "shrug"}"#).is_err());
        assert!(serde_json::from_str::<Fault>(r#"{"operation": "gc", "eror_rate": 1}"#).is_err());
    }

    #[tokio::test]
    async fn every_tenth_is_struck_and_no_other() {
        let faults = Faults::default();
        faults.set(fault(r#"{"operation": "encode", "error_rate": 1, "every": 10}"#)).unwrap();
        let mut struck = Vec::new();
        for number in 1..=30 {
            if faults.strike(Operation::Encode).await.is_err() {
                struck.push(number);
            }
        }
        assert_eq!(struck, [10, 20, 30]);
        assert!(serde_json::from_str::<Fault>(r#"{"operation": "encode", "every": 0}"#).is_err());
    }

    #[test]
    fn free_space_is_of_the_disk_alone() {
        let faults = Faults::default();
        assert_eq!(faults.disk_free(), None);
        faults.set(fault(r#"{"operation": "disk", "free_bytes": 7}"#)).unwrap();
        assert_eq!(faults.disk_free(), Some(7));
        for wrong in [
            r#"{"operation": "disk"}"#,
            r#"{"operation": "disk", "free_bytes": 7, "outage": true}"#,
            r#"{"operation": "encode", "free_bytes": 7}"#,
        ] {
            assert_eq!(faults.set(fault(wrong)), Err(FaultError::Disk), "{wrong}");
        }
        faults.clear(None);
        assert_eq!(faults.disk_free(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn strikes_what_it_is_put_on_until_cleared() {
        let faults = Faults::default();
        faults
            .set(fault(
                r#"{"operation": "storage.embedded", "latency": {"distribution": "fixed", "ms": 150}, "outage": true}"#,
            ))
            .unwrap();
        let start = tokio::time::Instant::now();
        assert!(faults.strike(Operation::StorageEmbedded).await.is_err());
        assert_eq!(start.elapsed(), Duration::from_millis(150));
        assert!(faults.strike(Operation::Encode).await.is_ok());
        faults.clear(Some(Operation::StorageEmbedded));
        assert!(faults.strike(Operation::StorageEmbedded).await.is_ok());
    }
}
