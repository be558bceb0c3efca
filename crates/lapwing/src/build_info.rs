//! Which build is running.

use opentelemetry::{KeyValue, metrics::Meter};

/// What `build_info` says; made by [`build_info!`](crate::build_info!).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// Label `service`.
    pub service: String,
    /// Label `version`.
    pub version: String,
    /// Label `profile`: `debug` or `release`; left out when empty.
    pub profile: String,
}

/// Name, version and profile of the crate it is written in, for
/// [`Builder::build_info`](crate::Builder::build_info).
///
/// ```
/// let info = lapwing::build_info!();
/// assert_eq!(info.service, "lapwing");
/// ```
#[macro_export]
macro_rules! build_info {
    () => {
        $crate::BuildInfo {
            service: ::std::string::String::from(::std::env!("CARGO_PKG_NAME")),
            version: ::std::string::String::from(::std::env!("CARGO_PKG_VERSION")),
            profile: ::std::string::String::from(if ::std::cfg!(debug_assertions) { "debug" } else { "release" }),
        }
    };
}

pub(crate) const INSTRUMENT: &str = "build_info";
pub(crate) const LABELS: [&str; 3] = ["service", "version", "profile"];

/// `build_info{service,version,profile} 1`.
pub(crate) fn register(meter: &Meter, info: BuildInfo) {
    let labels: Vec<KeyValue> = LABELS
        .into_iter()
        .zip([info.service, info.version, info.profile])
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| KeyValue::new(key, value))
        .collect();
    meter
        .u64_observable_gauge(INSTRUMENT)
        .with_description("Which build is running; always 1.")
        .with_callback(move |observer| observer.observe(1, &labels))
        .build();
}
