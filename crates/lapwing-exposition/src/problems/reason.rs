//! Why something could not be recorded.

use std::fmt::{self, Display};

/// Why something could not be recorded as it was given. [`Reason::as_str`] is the `reason` label of
/// `lapwing_problems_total` and never changes for a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Reason {
    /// A measurement was not a number; it is not recorded.
    Nan,
    /// A measurement was infinite; it is not recorded.
    Infinite,
    /// A negative add to a counter, a negative duration; it is not recorded.
    Negative,
    /// A measurement would have taken a sum past the largest number its type holds; it is not recorded.
    CounterOverflow,
    /// An observable callback panicked; what it had observed before is kept.
    CallbackPanic,
    /// Two instruments would write the same sample names (`y_count` of a histogram `y` and a gauge `y_count`); the later
    /// one does not exist.
    NameConflict,
    /// Two instruments of one name are described differently; the first description stays.
    DescriptionConflict,
    /// Two instruments of one name have different types; the later one does not exist.
    TypeConflict,
    /// The SDK would not make the instrument (its name, unit or boundaries are invalid); it does not exist.
    InvalidInstrument,
    /// A label name is not allowed or is reserved; it was renamed.
    LabelRenamed,
    /// Two attributes became one label name; their values were joined.
    LabelMerged,
    /// Two series became one after renaming; their values were added.
    SeriesMerged,
    /// Histograms of one name have different bucket boundaries and could not be added.
    BoundsDiffer,
    /// A series limit was reached; measurements went to the overflow series.
    Overflow,
    /// An exemplar was too long or malformed; it is not written.
    ExemplarDropped,
    /// The SDK, or a registry, could not be collected.
    CollectFailed,
}

impl Reason {
    /// Every reason, in the order of [`crate::Problems::read`].
    pub const ALL: [Reason; 16] = [
        Reason::Nan,
        Reason::Infinite,
        Reason::Negative,
        Reason::CounterOverflow,
        Reason::CallbackPanic,
        Reason::NameConflict,
        Reason::DescriptionConflict,
        Reason::TypeConflict,
        Reason::InvalidInstrument,
        Reason::LabelRenamed,
        Reason::LabelMerged,
        Reason::SeriesMerged,
        Reason::BoundsDiffer,
        Reason::Overflow,
        Reason::ExemplarDropped,
        Reason::CollectFailed,
    ];

    /// The value of the `reason` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Nan => "nan",
            Reason::Infinite => "infinite",
            Reason::Negative => "negative",
            Reason::CounterOverflow => "counter_overflow",
            Reason::CallbackPanic => "callback_panic",
            Reason::NameConflict => "name_conflict",
            Reason::DescriptionConflict => "description_conflict",
            Reason::TypeConflict => "type_conflict",
            Reason::InvalidInstrument => "invalid_instrument",
            Reason::LabelRenamed => "label_renamed",
            Reason::LabelMerged => "label_merged",
            Reason::SeriesMerged => "series_merged",
            Reason::BoundsDiffer => "bounds_differ",
            Reason::Overflow => "overflow",
            Reason::ExemplarDropped => "exemplar_dropped",
            Reason::CollectFailed => "collect_failed",
        }
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_is_listed_once_under_its_own_index_and_name() {
        let names: HashSet<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for (i, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, i);
            assert!(reason.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }
}
