//! Tests of the public interface.

mod judged;
