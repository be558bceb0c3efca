//! The embedded store: a handle that reads it and hands changes to its writer.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use tokio::sync::{Notify, mpsc, oneshot};

use super::{
    StoreError,
    tables::{MIRRORED, Note, Opening, RESTORING, Tables, end_key, note_number},
    writer::{self, Change, Reply, Shared},
};
use crate::record::{Id, Millis, Record};

/// Handle on the embedded store. Reads block the thread and belong into a blocking task; writes go through
/// [`Ledger::submit`].
pub(crate) struct Ledger {
    tables: Tables,
    shared: Arc<Shared>,
    /// `None` only while dropping.
    changes: Option<mpsc::Sender<Change>>,
    writer: Option<JoinHandle<()>>,
}

impl Ledger {
    /// Changes that may wait for the writer.
    pub(crate) const QUEUE: usize = 1024;

    /// Opens or creates the store in `path`. Blocks.
    ///
    /// # Errors
    ///
    /// The files are damaged, unreadable, or in use by another process.
    pub(crate) fn open(path: &Path, opening: Opening) -> Result<Self, StoreError> {
        let tables = Tables::open(path, opening)?;
        let mut pending = 0;
        let mut next_note = 0;
        for entry in tables.outbox.iter() {
            pending += 1;
            next_note = note_number(&entry.key()?) + 1;
        }
        let shared = Arc::new(Shared {
            pending: AtomicU64::new(pending),
            next_note: AtomicU64::new(next_note),
            mirrored: AtomicBool::new(tables.meta.contains_key(MIRRORED)?),
            restoring: AtomicBool::new(tables.meta.contains_key(RESTORING)?),
            healthy: AtomicBool::new(true),
            noted: Notify::new(),
            outbox_limit: opening.outbox_limit,
        });
        let (changes, received) = mpsc::channel(Self::QUEUE);
        let writer = {
            let (tables, shared) = (tables.clone(), shared.clone());
            std::thread::Builder::new()
                .name("sigil-writer".to_owned())
                .spawn(move || writer::run(tables, shared, received))
                .map_err(fjall::Error::Io)?
        };
        Ok(Ledger { tables, shared, changes: Some(changes), writer: Some(writer) })
    }

    /// Hands a change to the writer and waits for its commit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] at once when [`Self::QUEUE`] changes wait; otherwise what the writer says.
    pub(crate) async fn submit<T>(&self, change: impl FnOnce(Reply<T>) -> Change) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let changes = self.changes.as_ref().ok_or(StoreError::Gone)?;
        changes.try_send(change(reply)).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Gone,
        })?;
        answer.await.unwrap_or(Err(StoreError::Gone))
    }

    /// The record of that id. Blocks.
    pub(crate) fn record(&self, id: Id) -> Result<Option<Record>, StoreError> {
        self.tables.record(id)
    }

    /// Whether that key has signed for this service. Blocks.
    pub(crate) fn trusts(&self, public_key: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.tables.keys.contains_key(public_key)?)
    }

    /// Whether a record ended before `before`. Blocks.
    pub(crate) fn has_ended_before(&self, before: Millis) -> Result<bool, StoreError> {
        Ok(self.tables.ends.range(..end_key(before, Id::FIRST)).next().is_some())
    }

    /// How many records there are. Blocks, and reads them all.
    pub(crate) fn count(&self) -> Result<usize, StoreError> {
        Ok(self.tables.records.len()?)
    }

    /// The oldest notes of the outbox with their numbers. Blocks.
    pub(super) fn notes(&self, limit: usize) -> Result<Vec<(u64, Option<Note>)>, StoreError> {
        let mut notes = Vec::new();
        for entry in self.tables.outbox.iter().take(limit) {
            let (key, value) = entry.into_inner()?;
            notes.push((note_number(&key), Note::from_bytes(&value)));
        }
        Ok(notes)
    }

    /// Notes that wait for PostgreSQL; `None` when none are kept.
    pub(crate) fn pending(&self) -> Option<u64> {
        self.shared.mirrored.load(Ordering::Relaxed).then(|| self.shared.pending.load(Ordering::Relaxed))
    }

    /// Whether PostgreSQL may hold sigils that are not here yet.
    pub(crate) fn restoring(&self) -> bool {
        self.shared.restoring.load(Ordering::Acquire)
    }

    /// Whether the last commit went well, and there is a writer to make the next.
    pub(crate) fn healthy(&self) -> bool {
        self.shared.healthy.load(Ordering::Relaxed) && self.changes.as_ref().is_some_and(|changes| !changes.is_closed())
    }

    /// Returns once a note was made after the last return.
    pub(super) async fn noted(&self) {
        self.shared.noted.notified().await;
    }

    /// Places of the writer's queue: taken and free.
    pub(crate) fn queue(&self) -> (usize, usize) {
        let free = self.changes.as_ref().map_or(0, mpsc::Sender::capacity);
        (Self::QUEUE - free, free)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(self.changes.take());
        if let Some(writer) = self.writer.take() {
            // The writer commits what waits, then ends; its panic has been reported by then.
            let _ = writer.join();
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("shared", &self.shared).finish_non_exhaustive()
    }
}
