//! Why the demo could not go on.

use std::{io, path::PathBuf};

use stack::{ApiError, ProcessError};

use crate::{declared::DeclaredError, drill::DrillError, house::HouseError};

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("the declarations that are built in are wrong: {0}")]
    Declarations(#[from] lapwing_config::ConfigError),
    #[error(transparent)]
    House(#[from] HouseError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Prometheus(#[from] ApiError),
    #[error(transparent)]
    Declared(#[from] DeclaredError),
    #[error(transparent)]
    Drill(#[from] DrillError),
    #[error("--incident needs Prometheus and Alertmanager, of which the demo has not both; above it says why")]
    NoIncident,
    #[error("cannot drive sigil: {0}")]
    Client(#[from] reqwest::Error),
    #[error("cannot write the report {}: {source}; choose another file with --report", path.display())]
    Report { path: PathBuf, source: io::Error },
    #[error("cannot write to the terminal: {0}")]
    Screen(#[from] io::Error),
}
