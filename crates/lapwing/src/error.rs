//! Why telemetry could not start, stop or take a source.

use std::{fmt, io, time::Duration};

use lapwing_config::ConfigError;

/// Why [`init`](crate::init) failed. The text names the file, the key in it and the next step; it never holds the value
/// of a header.
///
/// `Debug` is the same text: a `main` that returns the error prints it so.
#[derive(thiserror::Error)]
pub enum InitError {
    /// The configuration can't be read or is wrong: all findings, with line and column.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A setting is well-formed but can't be served.
    #[error("{file}: {key}: {problem}")]
    Setting {
        /// The configuration's name.
        file: String,
        /// Path of the key, such as `tracer_provider.processors[0].batch.exporter`.
        key: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The listener of `endpoint: {serve: listener}` could not be opened.
    #[error(
        "{file}: cannot listen on {address}: {problem}; choose another `port` of the prometheus exporter, or `endpoint: {{serve: mounted}}`"
    )]
    Bind {
        /// The configuration's name.
        file: String,
        /// `host:port` as configured.
        address: String,
        /// Why.
        problem: String,
    },
    /// Another global subscriber is in place, so spans would not arrive here.
    #[error(
        "a global tracing subscriber is already installed: call lapwing::init before anything else installs one, or use lapwing::builder().global(false)"
    )]
    SubscriberInstalled,
    /// A thread could not be started.
    #[error("cannot start the thread `{thread}`: {source}")]
    Thread {
        /// Which.
        thread: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// Why [`Telemetry::flush`](crate::Telemetry::flush) or [`Telemetry::shutdown`](crate::Telemetry::shutdown) did not get
/// everything out.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// It took too long; what was left goes on in the background until the process ends.
    #[error("telemetry was not flushed within {0:?}: is the collector reachable?")]
    Timeout(Duration),
    /// An exporter failed.
    #[error("telemetry was not flushed: {0}")]
    Export(String),
}

/// Why [`Telemetry::observe`](crate::Telemetry::observe) refused a source.
///
/// `Debug` is the same text, as with [`InitError`].
#[derive(PartialEq, Eq, thiserror::Error)]
pub enum ObserveError {
    /// No entry of `gauges:` has this source.
    #[error("no gauge is declared for the source `{source_name}`{}: declare it under `gauges:` in {file}", hint(.nearest))]
    Undeclared {
        /// What was asked for.
        source_name: String,
        /// The declared source that is spelt most alike.
        nearest: Option<String>,
        /// The configuration's name.
        file: String,
    },
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        // Carets must stand under the line they mean.
        if text.contains('\n') {
            f.write_str("\n")?;
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for ObserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}
