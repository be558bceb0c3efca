//! The thread that gathers, encodes and compresses: once for all who wait.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use lapwing_exposition::{Body, Format, Gather, Snapshot};
use tokio::sync::oneshot;

use crate::{coding::Coding, compressor::Compressor, metrics::EndpointMetrics};

/// A result older than this says nothing about now.
const STALE: Duration = Duration::from_secs(30);

/// What a scraper wants of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) format: Format,
    pub(crate) coding: Coding,
    /// Sorted and without doubles; empty for all.
    pub(crate) names: Vec<String>,
}

/// A body, shared by all who asked for the same shape of the same snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) body: Body,
    /// Identity if compressing failed.
    pub(crate) coding: Coding,
}

/// There is nothing to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;

/// How the last gather went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Good,
    Bad,
    /// Too long ago to say.
    Unknown,
}

/// Handle on a thread of its own that gathers on demand. Requests that come while it gathers wait for the next round,
/// so that nobody gets data older than its request, and all of them share that round. One thread and not the
/// runtime's pool: a scrape works even when the application has filled that pool, a storm of scrapes uses one core at
/// most, and a gather that hangs is never joined by a second one.
#[derive(Debug)]
pub(crate) struct Gatherer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: Vec<Job>,
    closed: bool,
    running_since: Option<Instant>,
    last: Option<(Instant, bool)>,
}

#[derive(Debug)]
struct Job {
    /// `None` if it only matters whether a gather works.
    shape: Option<Shape>,
    reply: oneshot::Sender<Result<Option<Rendered>, Failed>>,
}

/// What the thread works with.
pub(crate) struct Works {
    pub(crate) source: Arc<dyn Gather>,
    pub(crate) metrics: Arc<EndpointMetrics>,
    /// The endpoint's own metrics, now.
    pub(crate) own: Box<dyn Fn() -> Snapshot + Send>,
}

impl Gatherer {
    /// Starts the thread; it ends when the handle is dropped, without being waited for.
    pub(crate) fn start(works: Works) -> io::Result<Gatherer> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("lapwing-gather".to_owned()).spawn(move || theirs.run(&works))?;
        Ok(Gatherer(shared))
    }

    /// The body of that shape from a gather that starts after now.
    pub(crate) async fn rendered(&self, shape: Shape) -> Result<Rendered, Failed> {
        self.submit(Some(shape)).await.ok().ok_or(Failed)??.ok_or(Failed)
    }

    /// Gathers for the sake of knowing whether it works.
    pub(crate) async fn probe(&self) -> Result<(), Failed> {
        self.submit(None).await.ok().ok_or(Failed)?.map(drop)
    }

    /// How the last gather went; bad as well if one runs for longer than `limit`.
    pub(crate) fn health(&self, limit: Duration) -> Health {
        let queue = self.0.queue();
        if queue.running_since.is_some_and(|since| since.elapsed() > limit) {
            return Health::Bad;
        }
        match queue.last {
            Some((at, worked)) if at.elapsed() < STALE => match worked {
                true => Health::Good,
                false => Health::Bad,
            },
            _ => Health::Unknown,
        }
    }

    fn submit(&self, shape: Option<Shape>) -> oneshot::Receiver<Result<Option<Rendered>, Failed>> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.0.queue();
        // behind a gather that hangs, those who gave up must not pile up
        queue.jobs.retain(|job| !job.reply.is_closed());
        queue.jobs.push(Job { shape, reply });
        drop(queue);
        self.0.wake.notify_one();
        answer
    }
}

impl Drop for Gatherer {
    fn drop(&mut self) {
        self.0.queue().closed = true;
        self.0.wake.notify_one();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, works: &Works) {
        let mut failing = false;
        let mut compressor = Compressor::default();
        while let Some(round) = self.next_round() {
            let gathered = works.gather();
            let worked = gathered.is_ok();
            {
                let mut queue = self.queue();
                queue.running_since = None;
                queue.last = Some((Instant::now(), worked));
            }
            match gathered {
                Ok((snapshot, own)) => {
                    if failing {
                        tracing::info!(target: "lapwing", "metrics can be gathered again");
                    }
                    failing = false;
                    answer(round, &snapshot, &own, &mut compressor);
                }
                Err(reason) => {
                    if !failing {
                        tracing::warn!(target: "lapwing", %reason, "metrics can't be gathered; scrapes are answered with 500");
                    }
                    failing = true;
                    for job in round {
                        // they may have given up
                        let _ = job.reply.send(Err(Failed));
                    }
                }
            }
        }
    }

    /// Waits for requests; all that are there make one round. `None` when the endpoint is gone.
    fn next_round(&self) -> Option<Vec<Job>> {
        let mut queue = self.queue();
        loop {
            if queue.closed {
                return None;
            }
            queue.jobs.retain(|job| !job.reply.is_closed());
            if !queue.jobs.is_empty() {
                queue.running_since = Some(Instant::now());
                return Some(std::mem::take(&mut queue.jobs));
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Works {
    /// What the source has, and the endpoint's own metrics.
    fn gather(&self) -> Result<(Arc<Snapshot>, Snapshot), String> {
        let start = Instant::now();
        let gathered = catch_unwind(AssertUnwindSafe(|| {
            let gathered = self.source.gather();
            self.metrics.gathered(start.elapsed());
            gathered.map(|snapshot| (snapshot, (self.own)()))
        }));
        match gathered {
            // an empty 200 would leave `up` at 1 and hide that all metrics are gone
            Ok(Ok((snapshot, _))) if snapshot.is_empty() => Err("the gather came back empty".to_owned()),
            Ok(gathered) => gathered.map_err(|error| error.to_string()),
            Err(_) => Err("the gather panicked".to_owned()),
        }
    }
}

/// Texts by format and filter.
type Texts = Vec<(Format, Vec<String>, Body)>;

/// Renders each shape once and replies to all.
fn answer(round: Vec<Job>, snapshot: &Snapshot, own: &Snapshot, compressor: &mut Compressor) {
    let mut texts = Texts::new();
    let mut done: Vec<(Shape, Rendered)> = Vec::new();
    for Job { shape, reply } in round {
        let Some(shape) = shape else {
            let _ = reply.send(Ok(None));
            continue;
        };
        if reply.is_closed() {
            continue;
        }
        let known = done.iter().find(|(there, _)| *there == shape).map(|(_, rendered)| rendered.clone());
        let rendered = known.or_else(|| {
            let rendered = catch_unwind(AssertUnwindSafe(|| render(snapshot, own, &shape, &mut texts, compressor)))
                .inspect_err(|_| tracing::error!(target: "lapwing", ?shape, "encoding the metrics panicked"))
                .ok()?;
            done.push((shape, rendered.clone()));
            Some(rendered)
        });
        let _ = reply.send(rendered.map(Some).ok_or(Failed));
    }
}

fn render(
    snapshot: &Snapshot,
    own: &Snapshot,
    shape: &Shape,
    texts: &mut Texts,
    compressor: &mut Compressor,
) -> Rendered {
    let known =
        texts.iter().find(|(format, names, _)| *format == shape.format && *names == shape.names).map(|(.., text)| text);
    let text = match known {
        Some(text) => text.clone(),
        None => {
            let text = text(snapshot, own, shape.format, &shape.names);
            texts.push((shape.format, shape.names.clone(), text.clone()));
            text
        }
    };
    match compressor.encode(shape.coding, &text) {
        Ok(body) => Rendered { body, coding: shape.coding },
        Err(_) => Rendered { body: text, coding: Coding::Identity },
    }
}

/// What was gathered, and behind it the endpoint's own, as one exposition. The two are written apart and the bodies
/// put together: as one snapshot, all series would have to be copied and checked again for the sake of some thirty.
fn text(snapshot: &Snapshot, own: &Snapshot, format: Format, names: &[String]) -> Body {
    // where the source holds such families already (another endpoint serves it as well), it has the say
    let mut wanted: Vec<&str> =
        own.families().iter().map(|family| family.name.as_str()).filter(|name| !snapshot.contains(name)).collect();
    if names.is_empty() {
        return snapshot.body(format).followed_by(&own.filtered(&wanted).body(format));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let asked = own.filtered(&names);
    wanted.retain(|name| asked.contains(name));
    snapshot.filtered(&names).body(format).followed_by(&own.filtered(&wanted).body(format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_families_follow_unless_the_source_has_them() {
        let metrics = EndpointMetrics::default();
        let (source, own) = (metrics.snapshot(7, None), metrics.snapshot(3, Some(true)));
        for format in Format::ALL {
            let body = text(&source, &own, format, &[]).to_bytes();
            let body = std::str::from_utf8(&body).unwrap();
            let samples: Vec<_> = body.lines().filter(|line| line.starts_with("lapwing_endpoint_in_flight")).collect();
            assert_eq!(samples, ["lapwing_endpoint_in_flight 7"]);
            assert!(body.contains("lapwing_endpoint_token_file_ok 1\n"));
            assert_eq!(body.matches("# EOF").count(), usize::from(format.is_openmetrics()));
            let filtered = text(&source, &own, format, &["lapwing_endpoint_in_flight".to_owned()]).to_bytes();
            let filtered = std::str::from_utf8(&filtered).unwrap();
            assert_eq!(filtered.lines().filter(|line| !line.starts_with('#')).count(), 1, "{filtered}");
        }
    }
}
