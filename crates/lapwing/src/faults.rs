//! What goes wrong in the facade itself: counted always, said once.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Meter},
};

/// `lapwing_problems_total`; the exposition merges it with its own of the same name.
pub(crate) const INSTRUMENT: &str = "lapwing.problems";
/// Its label.
pub(crate) const REASON: &str = "reason";

/// Label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// An observation had a label that its gauge doesn't declare.
    UndeclaredLabel,
    /// A push of spans or metrics failed.
    ExportFailed,
    /// A declared source was never registered.
    SourceMissing,
}

impl Fault {
    const ALL: [Fault; 3] = [Fault::UndeclaredLabel, Fault::ExportFailed, Fault::SourceMissing];

    fn as_str(self) -> &'static str {
        match self {
            Fault::UndeclaredLabel => "undeclared_label",
            Fault::ExportFailed => "export_failed",
            Fault::SourceMissing => "source_missing",
        }
    }
}

/// Clones share one state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counter: OnceLock<Counter<u64>>,
    said: Mutex<HashSet<(Fault, String)>>,
}

impl Faults {
    /// Counts on `meter` from now on; every reason starts at 0, so that its first increase is seen by `rate()`.
    pub(crate) fn count_on(&self, meter: &Meter) {
        let counter = meter
            .u64_counter(INSTRUMENT)
            .with_description("What telemetry could not record or had to alter, by reason.")
            .build();
        for fault in Fault::ALL {
            counter.add(0, &[KeyValue::new(REASON, fault.as_str())]);
        }
        let _ = self.inner.counter.set(counter);
    }

    /// Counts; true if this is the first of its `(fault, subject)`, which the caller then says.
    pub(crate) fn count(&self, fault: Fault, subject: &str) -> bool {
        if let Some(counter) = self.inner.counter.get() {
            counter.add(1, &[KeyValue::new(REASON, fault.as_str())]);
        }
        let mut said = self.inner.said.lock().unwrap_or_else(PoisonError::into_inner);
        // Subjects are names of gauges, labels and exporters: a program has few; the bound is for the broken one.
        said.len() < 1000 && said.insert((fault, subject.to_owned()))
    }

    /// Forgets that `(fault, subject)` was said, so that the next one is said again; true if it had been said.
    pub(crate) fn over(&self, fault: Fault, subject: &str) -> bool {
        let mut said = self.inner.said.lock().unwrap_or_else(PoisonError::into_inner);
        !said.is_empty() && said.remove(&(fault, subject.to_owned()))
    }
}
