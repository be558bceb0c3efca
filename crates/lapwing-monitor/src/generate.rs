//! What is made of the declarations: files, as path and text.

use std::path::PathBuf;

use lapwing_config::monitoring::Monitoring;

use crate::Signals;

/// A service as it is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `monitoring.yaml`.
    pub monitoring: Monitoring,
    /// What `telemetry.yaml` says that it emits.
    pub signals: Signals,
}

/// Which folder a generated file belongs into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The folder of the declarations, `otel-config`.
    Config,
    /// `grafana`, beside it.
    Grafana,
    /// `docs`, beside it.
    Docs,
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeneratedFile {
    /// Where it belongs.
    pub root: Root,
    /// Its path there, with `/`.
    pub path: PathBuf,
    /// Its text; ends with a line break.
    pub text: String,
}

/// How files are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// All windows and waits are divided by this, for drills; 1 for use.
    pub compress: u32,
    /// Also objects for the Prometheus operator.
    pub kubernetes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { compress: 1, kubernetes: false }
    }
}
