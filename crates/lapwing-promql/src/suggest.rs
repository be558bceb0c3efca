//! The nearest known name to one with a slip.

use crate::{Aggregator, Function};

/// The function or aggregation that was probably meant.
pub(crate) fn function(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    // Farther than a third of the name, the suggestion would be a guess.
    let farthest = (lower.chars().count() / 3).clamp(1, 3);
    let functions = Function::all().iter().map(|function| function.name);
    let known = functions.chain(Aggregator::ALL.into_iter().map(Aggregator::as_str));
    let distances = known.map(|known| (strsim::osa_distance(known, &lower), known));
    distances
        .filter(|(distance, _)| *distance <= farthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
