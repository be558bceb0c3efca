//! Measures what a span and a scrape cost, here and with the alternatives.
//!
//! One process measures one variant: `tracing` keeps the interest of its callsites and the highest level for the whole process,
//! so variants that share one would disturb each other. `cargo xtask bench` starts one process for each and has them measure in
//! turns; `bench --help` tells how to run one by hand, under callgrind for example.

pub mod arguments;
pub mod clock;
pub mod meters;
pub mod scrapes;
pub mod series;
pub mod serve;
pub mod spans;
pub mod stall;
pub mod subscriber;
