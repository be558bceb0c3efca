//! What is known of disks and databases, gathered in the background so that a scrape never waits for either.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    faults::Operation,
    store::{Ledger, Store},
};

/// How old what the gauges show may be.
const INTERVAL: Duration = Duration::from_secs(5);

/// Sizes as of the last sample; 0 means not known.
#[derive(Debug)]
pub(crate) struct Health {
    data: PathBuf,
    store_size: AtomicU64,
    disk_free: AtomicU64,
}

impl Health {
    pub(crate) fn new(data: &Path) -> Self {
        Health { data: data.to_owned(), store_size: AtomicU64::new(0), disk_free: AtomicU64::new(0) }
    }

    /// Bytes of the embedded store.
    pub(crate) fn store_size(&self) -> u64 {
        self.store_size.load(Ordering::Relaxed)
    }

    /// Bytes that this process may still write to the disk of the data directory.
    pub(crate) fn disk_free(&self) -> u64 {
        self.disk_free.load(Ordering::Relaxed)
    }

    /// Takes a sample. Blocks.
    pub(crate) fn sample(&self, ledger: &Ledger) {
        match ledger.disk_space() {
            Ok(bytes) => self.store_size.store(bytes, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "can't tell the size of the store"),
        }
        match rustix::fs::statvfs(&self.data) {
            Ok(disk) => self.disk_free.store(disk.f_bavail.saturating_mul(disk.f_frsize), Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "can't tell the free space of the data directory's disk"),
        }
    }
}

/// Samples for ever.
pub(crate) async fn sample_regularly(health: Arc<Health>, store: Arc<Store>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let (health, store) = (health.clone(), store.clone());
        // A sample that panicked is missed; the next is taken.
        let _ = tokio::task::spawn_blocking(move || health.sample(&store.ledger)).await;
    }
}

/// Asks PostgreSQL for ever whether it is there; says so when that changes.
pub(crate) async fn probe_regularly(store: Arc<Store>) {
    let Some(mirror) = &store.mirror else { return };
    let mut known = None;
    loop {
        let probed = match store.faults.strike(Operation::StoragePostgres).await {
            Ok(()) => mirror.probe().await.map_err(|e| e.to_string()),
            Err(injected) => {
                mirror.mark_down();
                Err(injected.to_string())
            }
        };
        let up = probed.is_ok();
        if known.replace(up) != Some(up) {
            match probed {
                Ok(()) => tracing::info!("PostgreSQL is reachable"),
                Err(error) => tracing::warn!(error, "PostgreSQL is unreachable, changes are kept until it is back"),
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
