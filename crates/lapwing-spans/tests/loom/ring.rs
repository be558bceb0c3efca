//! One thread pushes, others drain.

use std::sync::{Arc, Mutex};

use loom::thread;

use crate::{
    check,
    samples::{Sample, Samples},
};

/// What is handed over, in order. Not loom's: whoever hands over holds the ring's lock, and that is not what is tested.
type Handed = Arc<Mutex<Vec<Sample>>>;

fn sample(number: u64) -> Sample {
    Sample { series: number, value: number as f64 }
}

fn drain<const SLOTS: usize>(ring: &Samples<SLOTS>, wait: bool, handed: &Handed) {
    ring.drain(wait, |sample| handed.lock().expect("nobody panics").push(sample));
}

/// Pushes the samples of these numbers and says which of them had room.
fn push<const SLOTS: usize>(ring: &Samples<SLOTS>, numbers: std::ops::Range<u64>) -> Vec<Sample> {
    numbers.map(sample).filter(|sample| ring.push(*sample).is_some()).collect()
}

/// Each sample that had room was handed over once, whole, in order.
fn assert_handed(pushed: &[Sample], handed: &Handed) {
    assert_eq!(pushed, handed.lock().expect("nobody panics").as_slice());
}

#[test]
fn every_sample_is_handed_over_once_and_whole_while_the_ring_goes_round() {
    check(3, || {
        let (ring, handed) = (Arc::new(Samples::<2>::new()), Handed::default());
        let drainer = thread::spawn({
            let (ring, handed) = (Arc::clone(&ring), Arc::clone(&handed));
            move || {
                drain(&ring, true, &handed);
                drain(&ring, true, &handed);
            }
        });
        let pushed = push(&ring, 1..6);
        assert!(pushed.len() >= 2, "there is room for two");
        drainer.join().expect("no panic");
        drain(&ring, true, &handed);
        assert_handed(&pushed, &handed);
    });
}

#[test]
fn two_who_drain_at_a_time_share_the_samples() {
    check(3, || {
        let (ring, handed) = (Arc::new(Samples::<2>::new()), Handed::default());
        let drainers = [true, false].map(|wait| {
            let (ring, handed) = (Arc::clone(&ring), Arc::clone(&handed));
            thread::spawn(move || drain(&ring, wait, &handed))
        });
        let mut pushed = push(&ring, 1..3);
        // As the owner does when its ring is full.
        drain(&ring, false, &handed);
        pushed.extend(push(&ring, 3..5));
        for drainer in drainers {
            drainer.join().expect("no panic");
        }
        drain(&ring, true, &handed);
        assert_handed(&pushed, &handed);
    });
}

#[test]
fn who_drained_has_seen_all_that_was_pushed_before() {
    check(3, || {
        let (ring, handed) = (Arc::new(Samples::<4>::new()), Handed::default());
        let pushed = push(&ring, 1..4);
        let drainers = [(); 2].map(|()| {
            let (ring, handed) = (Arc::clone(&ring), Arc::clone(&handed));
            thread::spawn(move || {
                drain(&ring, true, &handed);
                // Also if it was the other who drained: a collect counts on it.
                assert_eq!(handed.lock().expect("nobody panics").len(), 3);
            })
        });
        for drainer in drainers {
            drainer.join().expect("no panic");
        }
        assert_handed(&pushed, &handed);
    });
}

#[test]
fn a_ring_passed_on_to_another_thread_keeps_what_is_in_it() {
    check(3, || {
        let (ring, handed) = (Arc::new(Samples::<2>::new()), Handed::default());
        // As the recorder passes on the buffers of threads that ended: under a lock.
        let free = Arc::new(crate::sync::Mutex::new(None));
        let first = thread::spawn({
            let (ring, free) = (Arc::clone(&ring), Arc::clone(&free));
            move || {
                let pushed = push(&ring, 1..3);
                *free.lock().expect("not poisoned") = Some(ring);
                pushed
            }
        });
        let second = thread::spawn({
            let free = Arc::clone(&free);
            move || {
                let taken = free.lock().expect("not poisoned").take();
                taken.map(|ring| push(&ring, 3..5)).unwrap_or_default()
            }
        });
        drain(&ring, true, &handed);
        let mut pushed = first.join().expect("no panic");
        pushed.extend(second.join().expect("no panic"));
        drain(&ring, true, &handed);
        assert_handed(&pushed, &handed);
    });
}
