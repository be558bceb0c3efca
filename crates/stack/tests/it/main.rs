//! The stack against the real programs. Those that aren't there are skipped, and fetched by `cargo xtask fetch`.

mod parts;
mod postgres;
mod process;
mod prometheus;
mod promtool;
mod service;
