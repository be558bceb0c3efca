//! The embedded store and its guard, without a server.

use std::{path::Path, task::Poll};

use futures_util::poll;

use super::{tables::Note, *};
use crate::{
    breaker::State,
    faults::Fault,
    record::{Id, Record, Status, tests::sealed},
};

const KEY: [u8; 32] = [9; 32];

fn opening(mirror: bool) -> Opening {
    Opening { mirror, forget_mirror: false, outbox_limit: 100, public_key: KEY }
}

fn ledger(path: &Path, mirror: bool) -> Ledger {
    Ledger::open(path, opening(mirror)).unwrap()
}

async fn seal(ledger: &Ledger, record: &Record) -> Result<(), StoreError> {
    ledger.submit(|reply| Change::Seal(Box::new(record.clone()), reply)).await
}

async fn revoke(ledger: &Ledger, id: Id, at: u64) -> Revocation {
    ledger.submit(|reply| Change::Revoke { id, at, reply }).await.unwrap()
}

async fn collect(ledger: &Ledger, before: u64, limit: usize) -> usize {
    ledger.submit(|reply| Change::Collect { before, limit, reply }).await.unwrap()
}

fn noted(ledger: &Ledger) -> Vec<Note> {
    ledger.notes(1000).unwrap().into_iter().map(|(_, note)| note.unwrap()).collect()
}

#[tokio::test]
async fn changes_outlive_the_handle() {
    let data = tempfile::tempdir().unwrap();
    let (kept, withdrawn) = (sealed("kept", 1, None), sealed("withdrawn", 2, Some(99)));
    {
        let ledger = ledger(data.path(), false);
        seal(&ledger, &kept).await.unwrap();
        seal(&ledger, &withdrawn).await.unwrap();
        assert_eq!(revoke(&ledger, withdrawn.id, 50).await, Revocation::Revoked);
    }
    let ledger = ledger(data.path(), false);
    assert_eq!(ledger.record(kept.id).unwrap(), Some(kept));
    assert_eq!(ledger.record(withdrawn.id).unwrap().unwrap().status(60), Status::Revoked);
    assert_eq!(ledger.count().unwrap(), 2);
    assert!(ledger.trusts(&KEY).unwrap() && !ledger.trusts(&[1; 32]).unwrap());
    assert_eq!(ledger.pending(), None);
}

#[tokio::test]
async fn first_revocation_counts() {
    let data = tempfile::tempdir().unwrap();
    let ledger = ledger(data.path(), false);
    let record = sealed("x", 1, None);
    seal(&ledger, &record).await.unwrap();
    // Submitted together, so that they may share a commit.
    let (first, second) = tokio::join!(revoke(&ledger, record.id, 10), revoke(&ledger, record.id, 20));
    assert_eq!((first, second), (Revocation::Revoked, Revocation::RevokedBefore));
    assert_eq!(ledger.record(record.id).unwrap().unwrap().revoked_at, Some(10));
    assert_eq!(revoke(&ledger, Id::new(1).unwrap(), 1).await, Revocation::Unknown);
}

#[tokio::test]
async fn collects_what_ended_before_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let ledger = ledger(data.path(), false);
    let [expired, expiring, revoked, moved, lasting] =
        [Some(100), Some(101), None, Some(500), None].map(|expires_at| sealed("x", 1, expires_at));
    for record in [&expired, &expiring, &revoked, &moved, &lasting] {
        seal(&ledger, record).await.unwrap();
    }
    revoke(&ledger, revoked.id, 90).await;
    // Revoked long before it would have expired: that end counts, and the later one must not collect anything again.
    revoke(&ledger, moved.id, 80).await;
    assert!(!ledger.has_ended_before(80).unwrap());
    assert!(ledger.has_ended_before(81).unwrap());
    assert_eq!(collect(&ledger, 101, 2).await, 2);
    assert_eq!(collect(&ledger, 101, 2).await, 1);
    assert_eq!(collect(&ledger, 101, 2).await, 0);
    for (record, there) in [(expired, false), (expiring, true), (revoked, false), (moved, false), (lasting, true)] {
        assert_eq!(ledger.record(record.id).unwrap().is_some(), there);
    }
    assert_eq!(collect(&ledger, 10_000, 100).await, 1);
    assert!(!ledger.has_ended_before(10_000).unwrap());
}

/// Revoking what has expired already moves its end to where it is: it is removed and set in one commit.
#[tokio::test]
async fn changes_of_one_commit_build_on_each_other() {
    let data = tempfile::tempdir().unwrap();
    let expired = sealed("x", 1, Some(100));
    {
        let ledger = ledger(data.path(), false);
        // Submitted together, so that they may share a commit.
        let (stored, revoked) = tokio::join!(seal(&ledger, &expired), revoke(&ledger, expired.id, 200));
        assert_eq!((stored.is_ok(), revoked), (true, Revocation::Revoked));
    }
    {
        // As the journal has it.
        let ledger = ledger(data.path(), false);
        assert_eq!(ledger.record(expired.id).unwrap().unwrap().revoked_at, Some(200));
        assert!(ledger.has_ended_before(101).unwrap());
        let (collected, again) = tokio::join!(collect(&ledger, 101, 10), collect(&ledger, 101, 10));
        assert_eq!((collected, again), (1, 0));
    }
    let ledger = ledger(data.path(), false);
    assert_eq!(ledger.record(expired.id).unwrap(), None);
    assert!(!ledger.has_ended_before(u64::MAX).unwrap());
}

#[tokio::test]
async fn every_change_is_noted_for_the_mirror_and_survives() {
    let data = tempfile::tempdir().unwrap();
    let (a, b) = (sealed("a", 1, None), sealed("b", 1, None));
    {
        let ledger = ledger(data.path(), true);
        seal(&ledger, &a).await.unwrap();
        revoke(&ledger, a.id, 5).await;
        revoke(&ledger, a.id, 6).await;
        seal(&ledger, &b).await.unwrap();
        assert_eq!(collect(&ledger, 6, 10).await, 1);
        let all = [Note::Key(KEY), Note::Record(a.id), Note::Record(a.id), Note::Record(b.id), Note::Record(a.id)];
        assert_eq!(noted(&ledger), all);
        let through = ledger.notes(2).unwrap()[1].0;
        ledger.submit(|reply| Change::Drained { through, reply }).await.unwrap();
        assert_eq!(noted(&ledger), all[2..]);
        assert_eq!(ledger.pending(), Some(3));
    }
    let ledger = ledger(data.path(), true);
    assert_eq!(ledger.pending(), Some(3));
    seal(&ledger, &sealed("c", 1, None)).await.unwrap();
    assert_eq!(noted(&ledger).len(), 4);
}

#[tokio::test]
async fn full_outbox_refuses_sealing_but_not_revoking() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(data.path(), Opening { outbox_limit: 3, ..opening(true) }).unwrap();
    let (a, b) = (sealed("a", 1, None), sealed("b", 1, None));
    seal(&ledger, &a).await.unwrap();
    seal(&ledger, &b).await.unwrap();
    assert!(matches!(seal(&ledger, &sealed("c", 1, None)).await, Err(StoreError::OutboxFull(3))));
    assert_eq!(revoke(&ledger, a.id, 5).await, Revocation::Revoked);
    assert_eq!(ledger.count().unwrap(), 2);
    ledger.submit(|reply| Change::Drained { through: u64::MAX, reply }).await.unwrap();
    seal(&ledger, &sealed("c", 1, None)).await.unwrap();
}

#[tokio::test]
async fn a_mirror_configured_later_is_told_of_everything() {
    let data = tempfile::tempdir().unwrap();
    let record = sealed("before", 1, None);
    {
        let ledger = ledger(data.path(), false);
        seal(&ledger, &record).await.unwrap();
    }
    {
        let ledger = ledger(data.path(), true);
        assert_eq!(noted(&ledger), [Note::Key(KEY), Note::Record(record.id)]);
        assert!(ledger.restoring());
        ledger.submit(|reply| Change::Restored { reply }).await.unwrap();
        assert!(!ledger.restoring());
    }
    {
        // Taken away: what changes meanwhile is still noted, and the restore is not asked for again.
        let ledger = ledger(data.path(), false);
        revoke(&ledger, record.id, 5).await;
        assert_eq!(ledger.pending(), Some(3));
        assert!(!ledger.restoring());
    }
    let ledger = Ledger::open(data.path(), Opening { forget_mirror: true, ..opening(false) }).unwrap();
    assert_eq!((ledger.pending(), noted(&ledger).len()), (None, 0));
}

#[tokio::test]
async fn restoring_keeps_what_is_here() {
    let data = tempfile::tempdir().unwrap();
    let ledger = ledger(data.path(), true);
    let (here, there) = (sealed("here", 1, None), sealed("there", 1, Some(50)));
    seal(&ledger, &here).await.unwrap();
    revoke(&ledger, here.id, 5).await;
    let records = vec![here.clone(), there.clone()];
    let restored = ledger.submit(|reply| Change::Restore { records, keys: vec![[4; 32]], reply }).await.unwrap();
    assert_eq!(restored, 1);
    assert_eq!(ledger.record(here.id).unwrap().unwrap().revoked_at, Some(5));
    assert_eq!(ledger.record(there.id).unwrap(), Some(there));
    assert!(ledger.trusts(&[4; 32]).unwrap());
    // Restored records can be collected as any other.
    assert_eq!(collect(&ledger, 51, 10).await, 2);
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let _first = ledger(data.path(), false);
    assert!(Ledger::open(data.path(), opening(false)).is_err());
}

fn store(path: &Path, open_for: Duration) -> Store {
    let mut store = Store::new(ledger(path, false), None, Arc::new(Faults::default()));
    store.breaker = Breaker::new("embedded", Policy { failures: 5, open_for });
    store
}

fn write(store: &Store) -> impl Future<Output = Result<(), StoreError>> {
    let record = sealed("x", 1, None);
    store.write(|reply| Change::Seal(Box::new(record), reply))
}

#[tokio::test]
async fn thousand_cancelled_probes_do_not_hold_the_circuit_half_open() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), Duration::ZERO);
    let fault = |json| serde_json::from_str::<Fault>(json).unwrap();
    store.faults.set(fault(r#"{"operation": "storage.embedded", "outage": true}"#)).unwrap();
    for _ in 0..5 {
        assert!(matches!(write(&store).await, Err(StoreError::Injected(_))));
    }
    // Open for no time at all.
    assert_eq!(store.breaker.state(), State::HalfOpen);
    // Each probe hangs, and its caller goes away.
    let hang = r#"{"operation": "storage.embedded", "latency": {"distribution": "fixed", "ms": 60000}}"#;
    store.faults.set(fault(hang)).unwrap();
    for _ in 0..1000 {
        let mut probe = Box::pin(write(&store));
        assert!(matches!(poll!(&mut probe), Poll::Pending));
        assert!(matches!(write(&store).await, Err(StoreError::Refused(_))), "one probe at a time");
    }
    assert_eq!(store.breaker.state(), State::HalfOpen);
    store.faults.clear(None);
    write(&store).await.unwrap();
    assert_eq!(store.breaker.state(), State::Closed);
}

/// Puts a record of no known version into a store that nobody has open.
fn damage(data: &Path, id: Id) {
    let db = fjall::Database::builder(data).open().unwrap();
    let records = db.keyspace("records", fjall::KeyspaceCreateOptions::default).unwrap();
    records.insert(id.as_bytes(), [9; 3]).unwrap();
    db.persist(fjall::PersistMode::SyncAll).unwrap();
}

#[tokio::test]
async fn work_that_is_refused_says_nothing_of_the_backend() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(data.path(), Opening { outbox_limit: 1, ..opening(true) }).unwrap();
    let store = Store::new(ledger, None, Arc::new(Faults::default()));
    let outage = || serde_json::from_str(r#"{"operation": "storage.embedded", "outage": true}"#).unwrap();
    store.faults.set(outage()).unwrap();
    for _ in 0..4 {
        let _ = write(&store).await;
    }
    store.faults.clear(None);
    // The note of the key fills the outbox.
    assert!(matches!(write(&store).await, Err(StoreError::OutboxFull(1))));
    store.faults.set(outage()).unwrap();
    let _ = write(&store).await;
    assert_eq!(store.breaker.state(), State::Open, "five failures with no success between them");
}

#[tokio::test]
async fn damaged_record_concerns_nobody_else() {
    let data = tempfile::tempdir().unwrap();
    let (damaged, sound) = (sealed("damaged", 1, None), sealed("sound", 1, None));
    {
        let ledger = ledger(data.path(), true);
        seal(&ledger, &damaged).await.unwrap();
        seal(&ledger, &sound).await.unwrap();
    }
    damage(data.path(), damaged.id);
    let store = Arc::new(Store::new(ledger(data.path(), true), None, Arc::new(Faults::default())));
    for _ in 0..10 {
        let revoked = store.write(|reply| Change::Revoke { id: damaged.id, at: 5, reply }).await;
        assert!(matches!(revoked, Err(StoreError::Corrupt(_))), "{revoked:?}");
    }
    assert_eq!(store.breaker.state(), State::Closed);
    // PostgreSQL is told of all others.
    let (through, batch) = drain::next_batch(&store).await.unwrap().unwrap();
    assert_eq!(batch.records, [sound]);
    assert!(batch.gone.is_empty());
    assert_eq!(store.ledger.notes(10).unwrap().last().unwrap().0, through);
}

#[tokio::test]
async fn open_circuit_writes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), Duration::from_secs(600));
    let outage = r#"{"operation": "storage.embedded", "outage": true}"#;
    store.faults.set(serde_json::from_str(outage).unwrap()).unwrap();
    for _ in 0..5 {
        let _ = write(&store).await;
    }
    store.faults.clear(None);
    assert!(matches!(write(&store).await, Err(StoreError::Refused(_))));
    assert_eq!(store.ledger.count().unwrap(), 0);
}
