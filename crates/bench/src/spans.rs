//! What one span costs.

mod export;
mod measure;
mod naive;
mod peers;
mod subscribers;
mod variant;

pub use measure::{Measured, Runner, SpanError};
pub use variant::Variant;

use std::ops::Range;

use crate::meters::Meters;

/// Measures operations of these numbers, on the calling thread.
type Batch = Box<dyn Fn(Range<usize>) + Send + Sync>;

/// A variant that is ready to run in this process.
struct Prepared {
    batch: Batch,
    /// Waits until what other threads do for the operations is done, too.
    settle: Box<dyn Fn() + Send + Sync>,
    /// Number of operations that were measured so far; `None` where the variant measures nothing.
    counted: Box<dyn Fn() -> Option<u64> + Send + Sync>,
    /// What has to live as long.
    kept: Option<Meters>,
}

impl Prepared {
    fn new(batch: impl Fn(Range<usize>) + Send + Sync + 'static) -> Prepared {
        Prepared { batch: Box::new(batch), settle: Box::new(|| {}), counted: Box::new(|| None), kept: None }
    }

    fn settle(mut self, settle: impl Fn() + Send + Sync + 'static) -> Prepared {
        self.settle = Box::new(settle);
        self
    }

    fn counted(mut self, counted: impl Fn() -> u64 + Send + Sync + 'static) -> Prepared {
        self.counted = Box::new(move || Some(counted()));
        self
    }
}
