//! What is known of disks and databases, gathered in the background so that a scrape never waits for either.

use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    faults::Operation,
    store::{self, Store},
};

/// How old what the gauges show may be.
const INTERVAL: Duration = Duration::from_secs(5);

/// Sizes as of the last sample; 0 means not known.
#[derive(Debug)]
pub(crate) struct Health {
    data: PathBuf,
    store_size: AtomicU64,
    disk_free: AtomicU64,
    /// Whether the last sample failed, which is said once.
    failing: AtomicBool,
}

impl Health {
    pub(crate) fn new(data: &Path) -> Self {
        Health {
            data: data.to_owned(),
            store_size: AtomicU64::new(0),
            disk_free: AtomicU64::new(0),
            failing: AtomicBool::new(false),
        }
    }

    /// Bytes of the embedded store.
    pub(crate) fn store_size(&self) -> u64 {
        self.store_size.load(Ordering::Relaxed)
    }

    /// Bytes that this process may still write to the disk of the data directory.
    pub(crate) fn disk_free(&self) -> u64 {
        self.disk_free.load(Ordering::Relaxed)
    }

    /// Takes a sample; what can't be told stays as it was. Blocks.
    pub(crate) fn sample(&self) {
        let size =
            allocated(&self.data.join(store::DIRECTORY)).map(|bytes| self.store_size.store(bytes, Ordering::Relaxed));
        let free = rustix::fs::statvfs(&self.data)
            .map(|disk| self.disk_free.store(disk.f_bavail.saturating_mul(disk.f_frsize), Ordering::Relaxed));
        let sampled = size.and_then(|()| Ok(free?));
        let failed_before = self.failing.swap(sampled.is_err(), Ordering::Relaxed);
        if let (Err(error), false) = (sampled, failed_before) {
            tracing::warn!(%error, "can't tell the size of the store or the free space of its disk");
        }
    }
}

/// Bytes that the files under `directory` take on the disk. Not their lengths: the store's journal reserves 64 MiB that it
/// has not written.
fn allocated(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let part = entry.metadata().and_then(|of| match of.is_dir() {
            true => allocated(&entry.path()),
            false => Ok(of.blocks() * 512),
        });
        match part {
            Ok(part) => bytes += part,
            // Files go while the store compacts.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Samples for ever.
pub(crate) async fn sample_regularly(health: Arc<Health>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let health = health.clone();
        // A sample that panicked is missed; the next is taken.
        let _ = tokio::task::spawn_blocking(move || health.sample()).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_what_the_disk_gives_not_what_is_reserved() {
        let data = tempfile::tempdir().unwrap();
        let store = data.path().join(store::DIRECTORY);
        std::fs::create_dir_all(store.join("deeper")).unwrap();
        std::fs::write(store.join("deeper/written"), vec![1; 100_000]).unwrap();
        std::fs::File::create(store.join("reserved")).unwrap().set_len(1 << 30).unwrap();
        let health = Health::new(data.path());
        health.sample();
        assert!((100_000..1_000_000).contains(&health.store_size()), "{}", health.store_size());
        assert!(health.disk_free() > 0);
    }
    #[derive(Clone, Default)]
    struct Said(Arc<AtomicU64>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Said {
        fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_disk_that_cannot_be_asked_is_said_once_until_it_can() {
        use tracing_subscriber::layer::SubscriberExt as _;

        let data = tempfile::tempdir().unwrap();
        let store = data.path().join(store::DIRECTORY);
        let health = Health::new(data.path());
        let said = Said::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(said.clone()), || {
            let times = |n: u64| {
                health.sample();
                health.sample();
                assert_eq!(said.0.load(Ordering::Relaxed), n);
            };
            times(1);
            std::fs::create_dir(&store).unwrap();
            times(1);
            std::fs::remove_dir(&store).unwrap();
            times(2);
        });
    }
}
