//! What the table of open spans needs of memory. Not beside the table, as the model checker's tests include that file.

use tracing_core::span::Id;

use crate::open_spans::{Claimed, OpenSpans};

#[test]
fn memory_is_in_proportion_to_the_spans_that_are_open() {
    for (threads, spans) in [(1, 16_000), (16, 1000), (64, 400), (4000, 5)] {
        let open: OpenSpans = OpenSpans::new();
        let ids = (1..=threads).flat_map(|thread| (1..=spans).map(move |span| Id::from_u64(thread << 38 | span)));
        for id in ids.clone() {
            assert!(matches!(open.claim(&id), Claimed::New(_)));
        }
        assert!(ids.clone().all(|id| open.find(&id).is_some()));
        let slots = open.further_slots();
        let most = 8 * threads as usize * spans as usize;
        assert!(slots <= most, "{slots} slots for {spans} spans on each of {threads} threads");
        for id in ids {
            open.find(&id).expect("open").release();
            assert!(open.find(&id).is_none());
        }
    }
}
