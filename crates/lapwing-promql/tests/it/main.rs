//! Tests of the public interface.

mod conditions;
mod hostile;
mod judged;
mod labels;
mod ranges;
mod served;
mod templated;
