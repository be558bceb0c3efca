//! `monitoring.yaml`: what is watched of a service, said in the names of its `telemetry.yaml`.

mod dashboard;
mod located;
mod model;
mod query;
mod receiver;

pub use dashboard::*;
pub use located::Located;
pub use model::*;
pub use query::*;
pub use receiver::*;
