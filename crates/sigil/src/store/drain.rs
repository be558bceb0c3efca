//! The worker that brings PostgreSQL up to date, and the embedded store from PostgreSQL when that one is new.

use std::{collections::HashSet, future::Future, sync::Arc, time::Duration};

use tracing::Instrument as _;

use super::{
    Store, StoreError,
    mirror::{Batch, Mirror, MirrorError},
    tables::Note,
    writer::Change,
};
use crate::{
    faults::{Injected, Operation},
    record::Id,
};

/// Notes handled in one go.
const NOTES: usize = 256;
/// Records restored in one go.
const PAGE: i64 = 500;
/// Between tries that the breaker still lets through.
const PAUSE: Duration = Duration::from_millis(250);
/// The outbox is looked at this often even if nobody says there is something.
const IDLE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
enum DrainError {
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    #[error(transparent)]
    Injected(#[from] Injected),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Drains the outbox for ever; to be dropped at shutdown, at any point: what was not marked drained is done again.
pub(crate) async fn drain(store: Arc<Store>) {
    let Some(mirror) = &store.mirror else { return };
    if store.ledger.restoring() {
        restore(&store, mirror).await;
    }
    loop {
        match next_batch(&store).await {
            Ok(Some((through, batch))) => {
                let written = guarded(&store, async {
                    let span = tracing::info_span!("sigil.storage.write", backend = "postgres");
                    write(&store, mirror, &batch).instrument(span).await
                });
                if written.await.is_some()
                    && let Err(error) = store.ledger.submit(|reply| Change::Drained { through, reply }).await
                {
                    tracing::error!(%error, "PostgreSQL has the changes but the outbox still notes them; they will be written again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Ok(None) => {
                let _ = tokio::time::timeout(IDLE, store.ledger.noted()).await;
            }
            Err(error) => {
                tracing::error!(%error, "can't read the outbox");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// The number of the last note taken, and what PostgreSQL has to be brought to; `None` when nothing waits.
///
/// What is damaged here can't be told to PostgreSQL, and is left out with a word in the log: waiting for it would hold up
/// everything behind it, until the outbox is full.
pub(super) async fn next_batch(store: &Arc<Store>) -> Result<Option<(u64, Batch)>, StoreError> {
    let store = store.clone();
    tokio::task::spawn_blocking(move || {
        let notes = store.ledger.notes(NOTES)?;
        let Some((through, _)) = notes.last() else { return Ok(None) };
        let mut batch = Batch::default();
        let mut seen = HashSet::new();
        for (number, note) in &notes {
            match note {
                Some(Note::Record(id)) if seen.insert(*id) => match store.ledger.record(*id) {
                    Ok(Some(record)) => batch.records.push(record),
                    Ok(None) => batch.gone.push(*id),
                    Err(StoreError::Corrupt(error)) => {
                        tracing::error!(%id, %error, "PostgreSQL is not told of a damaged sigil");
                    }
                    Err(error) => return Err(error),
                },
                Some(Note::Record(_)) => {}
                Some(Note::Key(key)) => batch.keys.push(*key),
                None => tracing::error!(number, "note of the outbox is damaged and left out"),
            }
        }
        Ok(Some((*through, batch)))
    })
    .await
    .unwrap_or(Err(StoreError::Gone))
}

/// One write to PostgreSQL, inside its span.
async fn write(store: &Store, mirror: &Mirror, batch: &Batch) -> Result<(), DrainError> {
    let written = async {
        store.faults.strike(Operation::StoragePostgres).await?;
        Ok(mirror.apply(batch).await?)
    }
    .await;
    if let Err(error) = &written {
        let error: &DrainError = error;
        tracing::error!(%error, "write failed");
    }
    written
}

/// Makes one call under the breaker's eyes; `None` when it was refused or failed, after waiting until the next may be
/// tried.
async fn guarded<T>(store: &Store, call: impl Future<Output = Result<T, DrainError>>) -> Option<T> {
    match store.mirror_breaker.permit() {
        Ok(permit) => match call.await {
            Ok(value) => {
                permit.succeeded();
                return Some(value);
            }
            Err(_) => {
                permit.failed();
                tokio::time::sleep(PAUSE).await;
            }
        },
        Err(refused) => tokio::time::sleep(refused.retry_after.max(PAUSE)).await,
    }
    None
}

/// Brings what PostgreSQL has into the embedded store; comes back when all is there.
async fn restore(store: &Arc<Store>, mirror: &Mirror) {
    tracing::info!("restoring from PostgreSQL what is not here");
    let mut after = None;
    let mut restored = 0;
    let mut complained = false;
    loop {
        let page = guarded(store, async {
            let result = restore_page(store, mirror, after).await;
            if let Err(error) = &result
                && !std::mem::replace(&mut complained, true)
            {
                tracing::warn!(%error, "can't restore from PostgreSQL, will go on trying; unknown ids are answered with 503 until then");
            }
            result
        });
        match page.await {
            Some((Some(last), count)) => {
                after = Some(last);
                restored += count;
            }
            Some((None, _)) => break,
            None => {}
        }
    }
    while let Err(error) = store.ledger.submit(|reply| Change::Restored { reply }).await {
        tracing::error!(%error, "can't note that the restore is done");
        tokio::time::sleep(IDLE).await;
    }
    tracing::info!(restored, "restored from PostgreSQL");
}

/// Restores one page; the last id of it, `None` when there was nothing left.
async fn restore_page(
    store: &Arc<Store>,
    mirror: &Mirror,
    after: Option<Id>,
) -> Result<(Option<Id>, usize), DrainError> {
    store.faults.strike(Operation::StoragePostgres).await?;
    let keys = if after.is_none() { mirror.keys().await? } else { Vec::new() };
    let records = mirror.page(after, PAGE).await?;
    let last = records.last().map(|record| record.id);
    let restored = store.ledger.submit(|reply| Change::Restore { records, keys, reply }).await?;
    Ok((last, restored))
}
