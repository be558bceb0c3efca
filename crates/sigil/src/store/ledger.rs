//! The embedded store: records, when they end, the outbox for PostgreSQL, and the keys that signed.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{
    StoreError,
    writer::{self, Change, Reply},
};
use crate::record::{Id, Millis, Record};

/// In `meta`: the outbox is kept, because PostgreSQL is or was configured.
const MIRRORED: &str = "mirrored";
/// In `meta`: PostgreSQL may hold sigils that are not here yet.
pub(super) const RESTORING: &str = "restoring";
/// Notes made at once when PostgreSQL is configured for the first time.
const BACKFILL: usize = 1000;

/// How a ledger is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// PostgreSQL is configured.
    pub(crate) mirror: bool,
    /// PostgreSQL shall be forgotten: the outbox is emptied.
    pub(crate) forget_mirror: bool,
    /// Notes in the outbox beyond which new records are refused.
    pub(crate) outbox_limit: u64,
    /// The key that signs from now on.
    pub(crate) public_key: [u8; 32],
}

/// What PostgreSQL has to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// This record was stored, changed or removed; what is here when the note is read counts.
    Record(Id),
    /// This key signs.
    Key([u8; 32]),
}

impl Note {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        match self {
            Note::Record(id) => [&[1], &id.as_bytes()[..]].concat(),
            Note::Key(key) => [&[2], &key[..]].concat(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (1, id) => Id::from_slice(id).map(Note::Record),
            (2, key) => key.try_into().ok().map(Note::Key),
            _ => None,
        }
    }
}

/// The keyspaces.
#[derive(Clone)]
pub(super) struct Tables {
    pub(super) db: Database,
    /// id → record
    pub(super) records: Keyspace,
    /// when a record ends, id → nothing
    pub(super) ends: Keyspace,
    /// number → note
    pub(super) outbox: Keyspace,
    /// public key → nothing
    pub(super) keys: Keyspace,
    pub(super) meta: Keyspace,
}

/// What the writer's thread shares with the handle.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) pending: AtomicU64,
    pub(super) next_note: AtomicU64,
    pub(super) mirrored: AtomicBool,
    pub(super) restoring: AtomicBool,
    /// Whether the last commit went well.
    pub(super) healthy: AtomicBool,
    pub(super) noted: Notify,
    pub(super) outbox_limit: u64,
}

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
        let db = Database::builder(path).worker_threads(2).open()?;
        let table = |name| db.keyspace(name, KeyspaceCreateOptions::default);
        let tables = Tables {
            records: table("records")?,
            ends: table("ends")?,
            outbox: table("outbox")?,
            keys: table("keys")?,
            meta: table("meta")?,
            db: db.clone(),
        };
        tables.prepare(opening)?;
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

impl Tables {
    pub(super) fn record(&self, id: Id) -> Result<Option<Record>, StoreError> {
        Ok(self.records.get(id.as_bytes())?.map(|bytes| Record::from_bytes(&bytes)).transpose()?)
    }

    /// Brings keys, marks and outbox in line with how the store is opened, before the writer runs.
    fn prepare(&self, opening: Opening) -> Result<(), StoreError> {
        let mut batch = self.db.batch().durability(Some(PersistMode::SyncAll));
        if opening.forget_mirror {
            self.outbox.clear()?;
            batch.remove(&self.meta, MIRRORED);
            batch.remove(&self.meta, RESTORING);
        }
        let mirrored = self.meta.contains_key(MIRRORED)? && !opening.forget_mirror;
        let new_key = !self.keys.contains_key(opening.public_key)?;
        batch.insert(&self.keys, opening.public_key, []);
        let mut next = match self.outbox.last_key_value() {
            Some(last) => note_number(&last.key()?) + 1,
            None => 0,
        };
        let mut note = |batch: &mut fjall::OwnedWriteBatch, note: Note| {
            batch.insert(&self.outbox, next.to_be_bytes(), note.to_bytes());
            next += 1;
        };
        if mirrored && new_key {
            note(&mut batch, Note::Key(opening.public_key));
        }
        if opening.mirror && !mirrored {
            for key in self.keys.iter() {
                if let Ok(key) = <[u8; 32]>::try_from(&*key.key()?) {
                    note(&mut batch, Note::Key(key));
                }
            }
            if new_key {
                note(&mut batch, Note::Key(opening.public_key));
            }
            // The mark goes with the last part: a crash before it repeats the whole, which only notes records twice.
            for (n, record) in self.records.iter().enumerate() {
                if let Some(id) = Id::from_slice(&record.key()?) {
                    note(&mut batch, Note::Record(id));
                }
                if n % BACKFILL == BACKFILL - 1 {
                    std::mem::replace(&mut batch, self.db.batch().durability(Some(PersistMode::SyncAll))).commit()?;
                }
            }
            batch.insert(&self.meta, MIRRORED, []);
            batch.insert(&self.meta, RESTORING, []);
        }
        Ok(batch.commit()?)
    }
}

/// Orders ends by time, then id.
pub(super) fn end_key(at: Millis, id: Id) -> [u8; 8 + Id::LEN] {
    let mut key = [0; 8 + Id::LEN];
    key[..8].copy_from_slice(&at.to_be_bytes());
    key[8..].copy_from_slice(id.as_bytes());
    key
}

pub(super) fn parse_end_key(key: &[u8]) -> Option<(Millis, Id)> {
    let (at, id) = key.split_first_chunk::<8>()?;
    Some((Millis::from_be_bytes(*at), Id::from_slice(id)?))
}

fn note_number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
