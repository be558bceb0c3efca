//! Hands measurements over to the meter.

use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::metrics::Meter;

use crate::{
    reentry,
    samples::{Sample, Samples},
    sink::{Seat, Sink},
};

/// Samples a thread keeps at most.
const SLOTS: usize = 128;
/// From this many on it tries to hand them over, each [`STEP`] samples, unless another thread is doing so.
const HALF: usize = SLOTS / 2;
const STEP: usize = 16;
/// Samples that wait for their series to be bound, at most.
const WAITING: usize = 64 * 1024;
/// For so long after the beginning of a collect no thread binds a series, if it can be avoided.
const COLLECTING: Duration = Duration::from_secs(1);

/// Name of the instrument whose callback tells that a collect begins. It observes nothing, so it is never exported.
const HOOK: &str = "lapwing.collect";

/// Hands measurements over to the meter: soon, and before any reader collects.
///
/// Threads that record on one series of the SDK wait for each other. So each thread keeps its samples in a buffer of its own, and
/// hands many over at once. The SDK runs the callbacks of observable instruments before it aggregates, for each reader, and
/// in such a callback all buffers are emptied: no reader misses a span that closed before it began to collect.
/// Until a callback has been run there are no buffers, as there may be a view that drops the instrument.
///
/// Binding a series waits while the SDK collects its instrument, which takes long if there are many series. So
/// where a collect has begun lately, samples of new series wait for the next callback instead.
#[derive(Debug)]
pub(crate) struct Recorder {
    number: u64,
    sinks: Arc<[Arc<Sink>]>,
    threads: Mutex<Threads>,
    waiting: Mutex<Vec<Sample>>,
    /// Held by who empties the buffers for a collect.
    collecting: Mutex<()>,
    /// Held by the thread that hands its samples over early.
    turn: Mutex<()>,
    born: Instant,
    /// Nanoseconds from `born` to the beginning of the last collect, 0 if there was none.
    collected: AtomicU64,
}

type Buffer = Samples<SLOTS>;

/// The buffers of all threads. Those of threads that have ended are given to new ones, so there are no more than there
/// were threads at a time.
#[derive(Debug, Default)]
struct Threads {
    buffers: Vec<Arc<Buffer>>,
    free: Vec<Arc<Buffer>>,
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// The buffer that this thread has of one recorder.
struct Held {
    number: u64,
    recorder: Weak<Recorder>,
    buffer: Arc<Buffer>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder.upgrade() {
            recorder.threads().free.push(Arc::clone(&self.buffer));
        }
    }
}

impl Recorder {
    /// Registers its callback with `meter`.
    pub(crate) fn new(sinks: Arc<[Arc<Sink>]>, meter: &Meter) -> Arc<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let recorder = Arc::new(Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            sinks,
            threads: Mutex::default(),
            waiting: Mutex::default(),
            collecting: Mutex::new(()),
            turn: Mutex::new(()),
            born: Instant::now(),
            collected: AtomicU64::new(0),
        });
        // Weak: the provider may outlive the layer.
        let weak = Arc::downgrade(&recorder);
        let hook = meter.u64_observable_gauge(HOOK).with_callback(move |_| {
            if let Some(recorder) = weak.upgrade() {
                recorder.collect();
            }
        });
        reentry::guarded(|| hook.build());
        recorder
    }

    /// A number that no other recorder has.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn sinks(&self) -> &Arc<[Arc<Sink>]> {
        &self.sinks
    }

    /// Records a value on a series of the instrument `sink`.
    #[inline(always)]
    pub(crate) fn record(self: &Arc<Self>, sink: u32, seat: Seat, value: f64) {
        let sample = Sample { series: u64::from(sink) << 40 | seat.as_u64(), value };
        match self.with_buffer(|buffer| buffer.push(sample)).flatten() {
            Some(held) if held < HALF => {}
            Some(held) => self.pushed(held),
            None => self.record_without_buffer(sample),
        }
    }

    /// Runs `f` with this thread's buffer; not if there is none yet, or the thread is ending.
    #[inline(always)]
    fn with_buffer<T>(&self, f: impl FnOnce(&Buffer) -> T) -> Option<T> {
        let of_mine = |held: &RefCell<Vec<Held>>| {
            let held = held.try_borrow().ok()?;
            let mine = held.iter().find(|held| held.number == self.number)?;
            Some(f(&mine.buffer))
        };
        HELD.try_with(of_mine).ok().flatten()
    }

    /// So many samples are in this thread's buffer.
    #[inline(never)]
    fn pushed(&self, held: usize) {
        if !held.is_multiple_of(STEP) {
            return;
        }
        let _turn = match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if held < SLOTS => return,
            Err(TryLockError::WouldBlock) => None,
        };
        let may_bind = self.may_bind();
        // Somebody else may be emptying the buffer: as good.
        let drain = |buffer: &Buffer| buffer.drain(false, |sample| self.hand_over(sample, may_bind));
        reentry::guarded(|| self.with_buffer(drain));
    }

    /// Adds to what is in flight of a series: at the next collect, or at once if none has been heard of, as then none may
    /// ever be.
    pub(crate) fn shift(&self, sink: &Sink, seat: Seat, by: i64) {
        let Some(series) = sink.at(seat) else { return };
        if self.collected.load(Ordering::Relaxed) == 0 {
            reentry::guarded(|| sink.bound(series).record(by as f64));
        } else {
            series.shift(by);
        }
    }

    /// There is no buffer yet, or no room in it, or the thread is ending.
    #[inline(never)]
    fn record_without_buffer(self: &Arc<Self>, sample: Sample) {
        if self.collected.load(Ordering::Relaxed) != 0 {
            self.hold_buffer();
        }
        reentry::guarded(|| self.hand_over(sample, self.may_bind()));
    }

    /// Sees to it that this thread has a buffer.
    fn hold_buffer(self: &Arc<Self>) {
        let mut gone = Vec::new();
        let _ = HELD.try_with(|held| {
            let Ok(mut held) = held.try_borrow_mut() else { return };
            if !held.iter().any(|held| held.number == self.number) {
                gone.extend(held.extract_if(.., |held| held.recorder.strong_count() == 0));
                held.push(self.new_buffer());
            }
        });
    }

    fn new_buffer(self: &Arc<Self>) -> Held {
        let mut threads = self.threads();
        let buffer = threads.free.pop().unwrap_or_else(|| {
            let buffer = Arc::new(Buffer::new());
            threads.buffers.push(Arc::clone(&buffer));
            buffer
        });
        Held { number: self.number, recorder: Arc::downgrade(self), buffer }
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is unlikely that a collect is under way.
    fn may_bind(&self) -> bool {
        match self.collected.load(Ordering::Relaxed) {
            0 => true,
            collected => self.born.elapsed().saturating_sub(Duration::from_nanos(collected)) > COLLECTING,
        }
    }

    /// Empties all buffers into the meter: a collect begins.
    fn collect(&self) {
        let now = u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.collected.store(now.max(1), Ordering::Relaxed);
        // A meter that collects while it is recorded on would wait for itself.
        let wait = !reentry::measuring();
        let _collecting = match (wait, self.collecting.try_lock()) {
            (_, Ok(guard)) => guard,
            (_, Err(TryLockError::Poisoned(poisoned))) => poisoned.into_inner(),
            (true, Err(TryLockError::WouldBlock)) => self.collecting.lock().unwrap_or_else(PoisonError::into_inner),
            (false, Err(TryLockError::WouldBlock)) => return,
        };
        reentry::guarded(|| {
            let buffers = self.threads().buffers.clone();
            for buffer in buffers {
                buffer.drain(wait, |sample| self.hand_over(sample, true));
            }
            let waiting = std::mem::take(&mut *self.waiting());
            for sample in waiting {
                self.hand_over(sample, true);
            }
            for sink in self.sinks.iter().filter(|sink| sink.is_up_down()) {
                for series in sink.series() {
                    let shift = series.land();
                    // One that has come and gone since the last collect exists at 0.
                    if shift != 0 || series.bound().is_none() {
                        sink.bound(series).record(shift as f64);
                    }
                }
            }
        });
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Sample>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called guarded against re-entry: a meter is foreign code.
    fn hand_over(&self, sample: Sample, may_bind: bool) {
        let Some(sink) = self.sinks.get((sample.series >> 40) as usize) else { return };
        let Some(series) = sink.at(Seat::from_u64(sample.series & ((1 << 40) - 1))) else { return };
        let bound = match series.bound() {
            Some(bound) => bound,
            None if may_bind || self.wait_for_binding(sample) => sink.bound(series),
            None => return,
        };
        bound.record(sample.value);
    }

    /// Lets a sample wait. True if there is no room.
    #[cold]
    fn wait_for_binding(&self, sample: Sample) -> bool {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING {
            return true;
        }
        waiting.push(sample);
        false
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.collect();
    }
}
