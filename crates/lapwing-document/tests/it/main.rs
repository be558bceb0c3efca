//! Tests of the public interface.

mod fuzz;
mod json;
mod origin;
mod speed;
mod styles;
mod yaml;
