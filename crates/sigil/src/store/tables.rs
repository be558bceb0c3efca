//! What the embedded store holds: records, when they end, the outbox for PostgreSQL, and the keys that signed.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::StoreError;
use crate::record::{Id, Millis, Record};

/// In `meta`: the outbox is kept, because PostgreSQL is or was configured.
pub(super) const MIRRORED: &str = "mirrored";
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

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
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

impl Tables {
    /// Opens or creates them in `path`, in line with `opening`. Blocks.
    pub(super) fn open(path: &Path, opening: Opening) -> Result<Self, StoreError> {
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
        Ok(tables)
    }

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

pub(super) fn note_number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
