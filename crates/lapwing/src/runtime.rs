//! The threads that push spans and metrics out.

use opentelemetry::Context;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::InitError;

const THREAD: &str = "lapwing-export";

/// A small runtime of its own for OTLP, started when the first exporter needs it.
///
/// The application's runtime is no substitute: it may not exist, may be busy, or may end before the last flush. What its
/// threads do is never traced nor measured (see [`crate::gate`]), or each export would beget the next.
#[derive(Debug, Default)]
pub(crate) struct ExportRuntime {
    runtime: Option<Runtime>,
}

impl ExportRuntime {
    /// Handle on the runtime, which is started if it isn't yet.
    pub(crate) fn handle(&mut self) -> Result<Handle, InitError> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.handle().clone());
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .thread_name(THREAD)
            .enable_all()
            // Never left: the guard is forgotten, for the scope lasts as long as the thread.
            .on_thread_start(|| std::mem::forget(Context::enter_telemetry_suppressed_scope()))
            .build()
            .map_err(|source| InitError::Thread { thread: THREAD, source })?;
        let handle = runtime.handle().clone();
        self.runtime = Some(runtime);
        Ok(handle)
    }
}

impl Drop for ExportRuntime {
    fn drop(&mut self) {
        // A plain drop waits for tasks, and panics inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
