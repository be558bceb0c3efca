//! Tests of the public interface.

mod conditions;
mod hostile;
mod judged;
mod labels;
mod served;
mod templated;
