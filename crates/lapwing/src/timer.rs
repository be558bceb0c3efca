//! Timing what is no span.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, metrics::Histogram};

/// A running stopwatch for a histogram in seconds.
///
/// A timer that is dropped without [`Timer::stop`] records nothing, unless [`Timer::observe_on_drop`] was asked for:
/// early returns then count, panics too.
///
/// ```
/// use lapwing::{KeyValue, Timer};
///
/// # fn work(histogram: &lapwing::Histogram<f64>) {
/// let timer = Timer::start(histogram);
/// // … the work …
/// let took = timer.stop(&[KeyValue::new("outcome", "ok")]);
/// # let _ = took;
/// # }
/// ```
#[derive(Debug)]
pub struct Timer {
    histogram: Histogram<f64>,
    started: Instant,
    on_drop: Option<Vec<KeyValue>>,
}

impl Timer {
    /// Starts now.
    pub fn start(histogram: &Histogram<f64>) -> Timer {
        Timer { histogram: histogram.clone(), started: Instant::now(), on_drop: None }
    }

    /// Records with these labels if the timer is dropped before it is stopped.
    pub fn observe_on_drop(mut self, labels: Vec<KeyValue>) -> Timer {
        self.on_drop = Some(labels);
        self
    }

    /// Time since the start; the timer goes on.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Records the seconds since the start with these labels, and returns them.
    pub fn stop(mut self, labels: &[KeyValue]) -> Duration {
        self.on_drop = None;
        let elapsed = self.started.elapsed();
        self.histogram.record(elapsed.as_secs_f64(), labels);
        elapsed
    }

    /// Ends without recording.
    pub fn discard(mut self) {
        self.on_drop = None;
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(labels) = self.on_drop.take() {
            self.histogram.record(self.started.elapsed().as_secs_f64(), &labels);
        }
    }
}

/// Runs `f` and records how many seconds it took, also when it panics.
pub fn time<R>(histogram: &Histogram<f64>, labels: &[KeyValue], f: impl FnOnce() -> R) -> R {
    let _timer = Timer::start(histogram).observe_on_drop(labels.to_vec());
    f()
}

/// A future that records how many seconds `future` took from its first poll to its completion.
///
/// A future that is dropped before it completes (a timeout, a client that went away) is recorded as well, with
/// `outcome="cancelled"` in the place of any `outcome` given: leaving such calls out would make a service that times out
/// look fast. A future that was never polled records nothing.
pub fn time_async<F: Future>(histogram: &Histogram<f64>, labels: &[KeyValue], future: F) -> Timed<F> {
    Timed { future: Box::pin(future), histogram: histogram.clone(), labels: labels.to_vec(), started: None }
}

/// The future of [`time_async`].
#[derive(Debug)]
pub struct Timed<F> {
    future: Pin<Box<F>>,
    histogram: Histogram<f64>,
    labels: Vec<KeyValue>,
    /// Taken at completion.
    started: Option<Instant>,
}

impl<F: Future> Future for Timed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let started = *self.started.get_or_insert_with(Instant::now);
        let output = std::task::ready!(self.future.as_mut().poll(cx));
        self.started = None;
        self.histogram.record(started.elapsed().as_secs_f64(), &self.labels);
        Poll::Ready(output)
    }
}

impl<F> Drop for Timed<F> {
    fn drop(&mut self) {
        if let Some(started) = self.started {
            self.labels.retain(|label| label.key.as_str() != "outcome");
            self.labels.push(KeyValue::new("outcome", "cancelled"));
            self.histogram.record(started.elapsed().as_secs_f64(), &self.labels);
        }
    }
}
