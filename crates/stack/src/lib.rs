//! The real servers around a service, fetched and run as child processes.
//!
//! Tests and the demo run against what others wrote: Prometheus (the oldest supported and the newest), promtool,
//! PostgreSQL. [`Parts`] knows where their programs are and fetches them beside the system where they aren't;
//! [`Process`] runs one as a child that never outlives its owner; [`Prometheus`] and [`Postgres`] are such
//! children with what one wants from them.
//!
//! Everything is synchronous. In an async test, call it from `spawn_blocking`: the HTTP client inside refuses to be
//! dropped on a runtime's thread.
//!
//! ```
//! use stack::{Part, Parts, Prometheus, Scrape};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let Some(located) = Parts::from_env().find(Part::Prometheus3)? else {
//!     return Ok(()); // `cargo xtask fetch` fetches it
//! };
//! let prometheus = Prometheus::builder(&located).start()?;
//! let one = prometheus.query("vector(1)")?;
//! assert_eq!(one[0].value, 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! # Exact behaviour
//!
//! | situation | what happens |
//! | --- | --- |
//! | a handle is dropped | the child is asked to stop, killed after its deadline, and awaited |
//! | the owner panics or exits | the same, by unwinding; else by the guardian |
//! | the owner is killed (`SIGKILL`) | a guardian process sees its pipe close and stops the child within 5 s |
//! | Ctrl-C in the terminal | reaches the owner only: children are in process groups of their own |
//! | a child ends while it is waited for | an error at once, with its exit status and the end of its log |
//! | two processes fetch the same part | the second waits for the first and uses what it fetched |
//! | a fetch is killed half-way | the part counts as absent and is fetched afresh |
//!
//! # Cost
//!
//! Prometheus is ready in 0.1–0.3 s, PostgreSQL in 1–2 s (`initdb` included). Each child has a guardian shell of
//! about 1 MB.

mod api;
mod apt;
mod guardian;
mod http;
mod libraries;
mod log;
mod need;
mod part;
mod parts;
mod postgres;
mod process;
mod prometheus;
mod promtool;
mod scrape;
mod sources;

pub use api::{ApiError, ExemplarPoint, ExemplarSeries, PrometheusClient, Sample, Series, TargetStatus};
pub use apt::FetchError;
pub use need::need;
pub use part::{Located, Origin, Part};
pub use parts::{Parts, PartsError};
pub use postgres::{Postgres, PostgresError};
pub use process::{Process, ProcessBuilder, ProcessError, Signal};
pub use prometheus::{Prometheus, PrometheusBuilder, PrometheusError};
pub use promtool::{Promtool, PromtoolError};
pub use scrape::{Protocol, Scrape};
