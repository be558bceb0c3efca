//! The one thread that changes the embedded store.
//!
//! Changes are decided here, one after the other, against what is stored and what the present group has changed
//! already, so that no two can contradict each other. All that wait are committed together with one fsync, then
//! answered.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use fjall::{OwnedWriteBatch as WriteBatch, PersistMode};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{
    StoreError,
    tables::{Note, RESTORING, Tables, end_key, parse_end_key},
};
use crate::record::{Id, Millis, Record};

/// Changes committed with one fsync at most; bounds how long the first of them waits.
const GROUP: usize = 256;

/// Where the outcome of a change goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a revocation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    Revoked,
    RevokedBefore,
    Unknown,
}

/// One change, whole or not at all.
#[derive(Debug)]
pub(crate) enum Change {
    /// Stores a new record.
    Seal(Box<Record>, Reply<()>),
    /// Marks a record revoked.
    Revoke { id: Id, at: Millis, reply: Reply<Revocation> },
    /// Removes up to `limit` records that ended before `before`; answers how many.
    Collect { before: Millis, limit: usize, reply: Reply<usize> },
    /// Stores records and keys from PostgreSQL that are not here; answers how many records. Not noted for PostgreSQL.
    Restore { records: Vec<Record>, keys: Vec<[u8; 32]>, reply: Reply<usize> },
    /// Everything in PostgreSQL is here now.
    Restored { reply: Reply<()> },
    /// Takes the outbox's notes up to this number away.
    Drained { through: u64, reply: Reply<()> },
}

/// Tells the caller, once the commit's outcome is known.
type Answer = Box<dyn FnOnce(&Result<(), StoreError>) + Send>;

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

/// Runs until the last sender is gone.
pub(super) fn run(tables: Tables, shared: Arc<Shared>, mut changes: mpsc::Receiver<Change>) {
    let mut next_note = shared.next_note.load(Ordering::Relaxed);
    while let Some(first) = changes.blocking_recv() {
        let mut group = Group {
            tables: &tables,
            batch: tables.db.batch().durability(Some(PersistMode::SyncAll)),
            changed: HashMap::new(),
            next_note,
            pending: shared.pending.load(Ordering::Relaxed),
            mirrored: shared.mirrored.load(Ordering::Relaxed),
            outbox_limit: shared.outbox_limit,
            restored: false,
        };
        let mut answers = vec![group.apply(first)];
        while answers.len() < GROUP
            && let Ok(change) = changes.try_recv()
        {
            answers.push(group.apply(change));
        }
        let Group { batch, next_note: reached, pending, restored, .. } = group;
        // Without a change (an unknown sigil was to be revoked) the commit touches no disk and says nothing of it.
        let changes_something = !batch.is_empty();
        let committed = batch.commit().map_err(StoreError::from);
        if changes_something {
            shared.healthy.store(committed.is_ok(), Ordering::Relaxed);
        }
        if committed.is_ok() {
            shared.pending.store(pending, Ordering::Relaxed);
            if restored {
                shared.restoring.store(false, Ordering::Release);
            }
            if reached > next_note {
                next_note = reached;
                shared.noted.notify_one();
            }
        }
        for answer in answers {
            answer(&committed);
        }
    }
}

/// The changes of one commit.
struct Group<'a> {
    tables: &'a Tables,
    batch: WriteBatch,
    /// What this group has made of records; `None`: removed.
    changed: HashMap<Id, Option<Record>>,
    next_note: u64,
    pending: u64,
    mirrored: bool,
    outbox_limit: u64,
    restored: bool,
}

impl Group<'_> {
    fn apply(&mut self, change: Change) -> Answer {
        match change {
            Change::Seal(record, reply) => answer(self.seal(*record), reply),
            Change::Revoke { id, at, reply } => answer(self.revoke(id, at), reply),
            Change::Collect { before, limit, reply } => answer(self.collect(before, limit), reply),
            Change::Restore { records, keys, reply } => answer(self.restore(records, keys), reply),
            Change::Restored { reply } => {
                self.batch.remove(&self.tables.meta, RESTORING);
                self.restored = true;
                answer(Ok(()), reply)
            }
            Change::Drained { through, reply } => answer(self.drained(through), reply),
        }
    }

    fn seal(&mut self, record: Record) -> Result<(), StoreError> {
        if self.mirrored && self.pending >= self.outbox_limit {
            return Err(StoreError::OutboxFull(self.pending));
        }
        self.note(record.id);
        self.put(record);
        Ok(())
    }

    fn revoke(&mut self, id: Id, at: Millis) -> Result<Revocation, StoreError> {
        let Some(mut record) = self.find(id)? else { return Ok(Revocation::Unknown) };
        if record.revoked_at.is_some() {
            return Ok(Revocation::RevokedBefore);
        }
        if let Some(end) = record.ends_at() {
            self.batch.remove(&self.tables.ends, end_key(end, id));
        }
        record.revoked_at = Some(at);
        self.note(id);
        self.put(record);
        Ok(Revocation::Revoked)
    }

    fn collect(&mut self, before: Millis, limit: usize) -> Result<usize, StoreError> {
        let mut removed = 0;
        for entry in self.tables.ends.range(..end_key(before, Id::FIRST)).take(limit) {
            let key = entry.key()?;
            // An end that this group has moved, or an entry of another length, is not the record's end any more.
            if let Some((end, id)) = parse_end_key(&key)
                && self.find(id)?.is_some_and(|record| record.ends_at() == Some(end))
            {
                self.batch.remove(&self.tables.records, id.as_bytes());
                self.changed.insert(id, None);
                self.note(id);
                removed += 1;
            }
            self.batch.remove(&self.tables.ends, key);
        }
        Ok(removed)
    }

    fn restore(&mut self, records: Vec<Record>, keys: Vec<[u8; 32]>) -> Result<usize, StoreError> {
        for key in keys {
            self.batch.insert(&self.tables.keys, key, []);
        }
        let mut restored = 0;
        for record in records {
            if self.find(record.id)?.is_none() {
                self.put(record);
                restored += 1;
            }
        }
        Ok(restored)
    }

    fn drained(&mut self, through: u64) -> Result<(), StoreError> {
        for entry in self.tables.outbox.range(..=through.to_be_bytes()) {
            self.batch.remove(&self.tables.outbox, entry.key()?);
            self.pending = self.pending.saturating_sub(1);
        }
        Ok(())
    }

    fn find(&self, id: Id) -> Result<Option<Record>, StoreError> {
        match self.changed.get(&id) {
            Some(record) => Ok(record.clone()),
            None => self.tables.record(id),
        }
    }

    fn put(&mut self, record: Record) {
        self.batch.insert(&self.tables.records, record.id.as_bytes(), record.to_bytes());
        if let Some(end) = record.ends_at() {
            self.batch.insert(&self.tables.ends, end_key(end, record.id), []);
        }
        self.changed.insert(record.id, Some(record));
    }

    /// Notes for PostgreSQL that this record has changed.
    fn note(&mut self, id: Id) {
        if self.mirrored {
            self.batch.insert(&self.tables.outbox, self.next_note.to_be_bytes(), Note::Record(id).to_bytes());
            self.next_note += 1;
            self.pending += 1;
        }
    }
}

/// A change that failed on its own is told so; one that went well shares the fate of the commit.
fn answer<T: Send + 'static>(outcome: Result<T, StoreError>, reply: Reply<T>) -> Answer {
    Box::new(move |committed| {
        let outcome = outcome.and_then(|value| committed.clone().map(|()| value));
        // Nobody waits any more: the caller gave up, which the change does not depend on.
        let _ = reply.send(outcome);
    })
}
