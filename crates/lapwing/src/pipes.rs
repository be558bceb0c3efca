//! The SDK's providers, flushed and stopped in bounded time.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    metrics::SdkMeterProvider,
    trace::SdkTracerProvider,
};

use crate::FlushError;

/// Longest that a flush or the shutdown waits, whatever exporters do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What telemetry leaves through. Clones are the same providers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipes {
    pub(crate) tracer: Option<SdkTracerProvider>,
    pub(crate) meter: Option<SdkMeterProvider>,
}

/// Something to be done on a thread of its own.
pub(crate) type Task = Box<dyn FnOnce() -> OTelSdkResult + Send>;

impl Pipes {
    pub(crate) fn flush(&self) -> Result<(), FlushError> {
        let mut tasks: Vec<Task> = Vec::new();
        if let Some(tracer) = self.tracer.clone() {
            tasks.push(Box::new(move || tracer.force_flush()));
        }
        if let Some(meter) = self.meter.clone() {
            tasks.push(Box::new(move || meter.force_flush()));
        }
        within(PATIENCE, tasks)
    }

    /// Shutting down flushes first; `besides` is done at the same time.
    pub(crate) fn shutdown(&self, besides: Option<Task>) -> Result<(), FlushError> {
        let mut tasks: Vec<Task> = Vec::new();
        if let Some(tracer) = self.tracer.clone() {
            tasks.push(Box::new(move || tracer.shutdown_with_timeout(PATIENCE)));
        }
        if let Some(meter) = self.meter.clone() {
            tasks.push(Box::new(move || meter.shutdown_with_timeout(PATIENCE)));
        }
        tasks.extend(besides);
        within(PATIENCE, tasks)
    }
}

/// Does all tasks at once, each on a thread of its own, and waits for them no longer than `patience`. Never on the
/// calling thread, which may be a worker of a runtime that must not be blocked from within by an exporter's.
fn within(patience: Duration, tasks: Vec<Task>) -> Result<(), FlushError> {
    let deadline = Instant::now() + patience;
    let (done, results) = mpsc::channel();
    let mut awaited = 0;
    let mut failure = None;
    for task in tasks {
        let done = done.clone();
        let spawned = thread::Builder::new().name("lapwing-flush".to_owned()).spawn(move || {
            // Nobody listens any more once the deadline is over.
            let _ = done.send(task());
        });
        match spawned {
            Ok(_) => awaited += 1,
            Err(error) => failure = Some(FlushError::Export(format!("no thread could be started: {error}"))),
        }
    }
    drop(done);
    for _ in 0..awaited {
        match results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            // Shut down before: nothing is left to flush.
            Ok(Ok(()) | Err(OTelSdkError::AlreadyShutdown)) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(FlushError::Timeout(patience)),
            // One that gave up by itself; the others may still get their data out.
            Ok(Err(OTelSdkError::Timeout(_))) => failure = Some(FlushError::Timeout(patience)),
            Ok(Err(error)) => failure = Some(FlushError::Export(error.to_string())),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                failure = Some(FlushError::Export("an exporter panicked".to_owned()));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_hangs_is_not_waited_for() {
        let (hold, held) = mpsc::channel::<()>();
        let started = Instant::now();
        let hanging: Task = Box::new(move || {
            let _ = held.recv();
            Ok(())
        });
        let result = within(Duration::from_millis(50), vec![hanging, Box::new(|| Ok(()))]);
        assert!(matches!(result, Err(FlushError::Timeout(_))), "{result:?}");
        assert!(started.elapsed() < Duration::from_secs(2));
        drop(hold);
    }

    #[test]
    fn a_task_that_gives_up_takes_no_time_from_the_others() {
        let (release, held) = mpsc::channel::<()>();
        let (done, finished) = mpsc::channel();
        let giving_up: Task = Box::new(|| Err(OTelSdkError::Timeout(Duration::ZERO)));
        let slow: Task = Box::new(move || {
            let _ = held.recv_timeout(Duration::from_millis(200));
            let _ = done.send(());
            Ok(())
        });
        let result = within(PATIENCE, vec![giving_up, slow]);
        assert!(matches!(result, Err(FlushError::Timeout(_))), "{result:?}");
        assert!(finished.try_recv().is_ok(), "not waited for");
        drop(release);
    }

    #[test]
    fn a_task_that_panics_is_reported() {
        let result = within(PATIENCE, vec![Box::new(|| panic!("on purpose"))]);
        assert!(matches!(&result, Err(FlushError::Export(text)) if text.contains("panicked")), "{result:?}");
        assert!(within(PATIENCE, vec![Box::new(|| Err(OTelSdkError::AlreadyShutdown))]).is_ok());
    }
}
