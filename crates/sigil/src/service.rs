//! The operations: each opens its span and does its work inside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, Span, field};

use crate::{
    Fingerprint,
    faults::{Injected, Operation},
    record::{Id, Millis, Record, Status},
    store::{Change, Revocation, Store, StoreError},
};

/// Records removed by one commit of a collection.
const COLLECTED_AT_ONCE: usize = 500;

/// Why an operation did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no sigil {0}")]
    Unknown(Id),
    #[error("sigils are being restored from the database, this one may be among them: try again later")]
    Restoring,
    #[error(transparent)]
    Injected(#[from] Injected),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    #[error("the work was lost: {0}")]
    Lost(#[from] tokio::task::JoinError),
}

impl Failure {
    /// Whether the service failed, rather than answered truthfully.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(self, Failure::Unknown(_))
    }
}

/// What a verification found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// The record is as it was signed, by a key of this service.
    pub(crate) valid_signature: bool,
    pub(crate) status: Status,
    /// The content is the sealed one, byte for byte.
    pub(crate) identical: bool,
    /// How alike they are, 0 to 1.
    pub(crate) resonance: f64,
    /// Whether that reaches the threshold.
    pub(crate) resonates: bool,
}

/// What the service is set to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long an ended sigil is kept.
    pub(crate) retention: Duration,
    /// Resonance from which content resonates.
    pub(crate) threshold: f64,
}

/// Encodes, verifies, revokes, collects.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) store: Arc<Store>,
    key: Arc<SigningKey>,
    rules: Rules,
    /// Places for work that blocks a thread: as many as there are processors, and some for waiting on the disk.
    threads: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Service {
    pub(crate) fn new(store: Arc<Store>, key: SigningKey, rules: Rules) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Service {
            store,
            key: Arc::new(key),
            rules,
            threads: Arc::new(Semaphore::new(processors + 2)),
            stopping: AtomicBool::new(false),
        }
    }

    /// Seals `content` for `ttl`, or for ever.
    pub(crate) async fn encode(&self, content: Vec<u8>, ttl: Option<Duration>) -> Result<Record, Failure> {
        let span = tracing::info_span!("sigil.encode", bytes = length(&content));
        observed(async {
            self.store.faults.strike(Operation::Encode).await?;
            let created_at = now();
            let expires_at = ttl.map(|ttl| created_at.saturating_add(millis(ttl)));
            let id = Id::new(created_at)?;
            let key = self.key.clone();
            let record = self.blocking(move || Record::seal(id, &content, created_at, expires_at, &key)).await?;
            self.store.write(|reply| Change::Seal(Box::new(record.clone()), reply)).await?;
            Ok(record)
        })
        .instrument(span)
        .await
    }

    /// Compares `content` with the sigil `id`.
    pub(crate) async fn verify(&self, id: Id, content: Vec<u8>) -> Result<Verdict, Failure> {
        let span = tracing::info_span!("sigil.verify", bytes = length(&content), resonance = field::Empty);
        observed(async {
            self.store.faults.strike(Operation::Verify).await?;
            let (store, threshold) = (self.store.clone(), self.rules.threshold);
            let verdict = self
                .blocking(move || {
                    let Some(record) = store.ledger.record(id)? else { return Ok(None) };
                    let resonance = record.fingerprint.resonance(&Fingerprint::of(&content));
                    Ok::<_, StoreError>(Some(Verdict {
                        valid_signature: record.signature_holds() && store.ledger.trusts(&record.public_key)?,
                        status: record.status(now()),
                        identical: record.digest == <[u8; 32]>::from(Sha256::digest(&content)),
                        resonance,
                        resonates: resonance >= threshold,
                    }))
                })
                .await??;
            let verdict = verdict.ok_or_else(|| self.unknown(id))?;
            Span::current().record("resonance", verdict.resonance);
            Ok(verdict)
        })
        .instrument(span)
        .await
    }

    /// Withdraws the sigil `id`; doing so again changes nothing.
    pub(crate) async fn revoke(&self, id: Id) -> Result<(), Failure> {
        let span = tracing::info_span!("sigil.revoke");
        observed(async {
            self.store.faults.strike(Operation::Revoke).await?;
            match self.store.write(|reply| Change::Revoke { id, at: now(), reply }).await? {
                Revocation::Revoked | Revocation::RevokedBefore => Ok(()),
                Revocation::Unknown => Err(self.unknown(id)),
            }
        })
        .instrument(span)
        .await
    }

    /// The record of `id`. No operation of its own: it opens no span.
    pub(crate) async fn record(&self, id: Id) -> Result<Record, Failure> {
        let store = self.store.clone();
        self.blocking(move || store.ledger.record(id)).await??.ok_or_else(|| self.unknown(id))
    }

    /// Removes sigils that ended longer ago than the retention; answers how many.
    pub(crate) async fn collect(&self) -> Result<usize, Failure> {
        let span = tracing::info_span!("sigil.gc", removed = field::Empty);
        observed(async {
            let mut removed = 0;
            let outcome = self.collect_into(&mut removed).await;
            // Also after a failure: what the commits before it removed is gone.
            Span::current().record("removed", removed as u64);
            outcome.map(|()| removed)
        })
        .instrument(span)
        .await
    }

    async fn collect_into(&self, removed: &mut usize) -> Result<(), Failure> {
        self.store.faults.strike(Operation::Gc).await?;
        if self.store.ledger.restoring() {
            return Ok(());
        }
        let before = now().saturating_sub(millis(self.rules.retention)).saturating_add(1);
        loop {
            let store = self.store.clone();
            // Asked first, for most collections find nothing and a commit costs an fsync.
            if !self.blocking(move || store.ledger.has_ended_before(before)).await?? {
                return Ok(());
            }
            *removed += self.store.write(|reply| Change::Collect { before, limit: COLLECTED_AT_ONCE, reply }).await?;
        }
    }

    /// Collects every `interval`, for ever.
    pub(crate) async fn collect_regularly(&self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            // The failure is counted and logged by its span; the next round tries again.
            let _ = self.collect().await;
        }
    }

    /// Whether the store takes writes.
    pub(crate) fn storage_healthy(&self) -> bool {
        self.store.ledger.healthy() && self.store.breaker.state() != crate::breaker::State::Open
    }

    /// No more work shall be sent here.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn unknown(&self, id: Id) -> Failure {
        if self.store.ledger.restoring() { Failure::Restoring } else { Failure::Unknown(id) }
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        // Closed never; if it were, working without a place is right.
        let place = self.threads.clone().acquire_owned().await.ok();
        Ok(tokio::task::spawn_blocking(move || {
            // The place is the thread's: a caller that gives up does not free it early.
            let _place = place;
            work()
        })
        .await?)
    }
}

/// Says inside the span what made the operation fail, which makes its outcome `error`. Refusals (an unknown id) are
/// truthful answers.
async fn observed<T>(operation: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let result = operation.await;
    if let Err(error) = &result
        && error.is_fault()
    {
        tracing::error!(%error, "operation failed");
    }
    result
}

pub(crate) fn now() -> Millis {
    // Before 1970 it is 1970.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// As a span field. OpenTelemetry has signed integers only: an unsigned one would be written out as text, for each span.
fn length(content: &[u8]) -> i64 {
    i64::try_from(content.len()).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX - 1)
}
