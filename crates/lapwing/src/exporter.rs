//! What span and metric exporters have in common.

use std::time::Duration;

use lapwing_config::{Exporter, Otlp};
use tokio::runtime::Handle;

use crate::{
    InitError,
    collector::LastError,
    otlp::{Plan, Transport},
};

/// Where in the configuration something stands.
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) key: String,
}

impl Place<'_> {
    pub(crate) fn error(&self, problem: String) -> InitError {
        InitError::Setting { file: self.file.to_owned(), key: self.key.clone(), problem }
    }
}

/// How to build the OTLP exporter `otlp` of `exporter`, whose processor or reader allows `timeout` for an export.
pub(crate) fn plan<'a>(
    exporter: &Exporter,
    otlp: &'a Otlp,
    timeout: Duration,
    runtime: Handle,
    last_error: LastError,
) -> Plan<'a> {
    let transport = match exporter {
        Exporter::OtlpGrpc(_) => Transport::Grpc,
        Exporter::OtlpHttp(_) | Exporter::Console { .. } => Transport::Http,
    };
    Plan { otlp, transport, timeout: bounded(otlp.timeout).min(bounded(timeout)), runtime, last_error }
}

/// The standard's 0 means without limit; an hour is that, and is still a time that can be added to now.
fn bounded(timeout: Duration) -> Duration {
    const HOUR: Duration = Duration::from_secs(3600);
    if timeout.is_zero() { HOUR } else { timeout.min(HOUR) }
}
