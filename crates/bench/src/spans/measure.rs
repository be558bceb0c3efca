//! Running a variant and saying what it took.

use std::{
    ops::Range,
    sync::{Arc, Barrier, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{Prepared, Variant};
use crate::clock::Moment;

/// Why what was measured is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SpanError {
    /// Not every operation was measured, so it was not the cost of measuring that was measured.
    #[error("{variant} measured {counted} of {run} operations; its time says nothing")]
    Lost {
        /// Which variant.
        variant: &'static str,
        /// Operations that it knows of.
        counted: u64,
        /// Operations that were run.
        run: u64,
    },
}

/// What one operation took.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Nanoseconds on the wall until the last thread was done, for one of its operations.
    pub wall_ns: f64,
    /// Nanoseconds of CPU, of all threads together, also of those that export.
    pub cpu_ns: f64,
}

/// Operations that make all series known.
const KNOWN: usize = 2 * crate::series::SPAN_SERIES;

/// A variant that runs in this process, on threads that stay the same from round to round.
pub struct Runner {
    variant: Variant,
    prepared: Arc<Prepared>,
    workers: Vec<mpsc::Sender<Range<usize>>>,
    barrier: Arc<Barrier>,
    /// What each thread took in this round, on the wall.
    took: Arc<Mutex<Vec<Duration>>>,
    run: u64,
}

impl Runner {
    /// Sets this process up for `variant`, with so many threads on so many series (a power of two, at most 16).
    pub fn new(variant: Variant, threads: usize, series: usize) -> Runner {
        let prepared = Arc::new(variant.prepare(series));
        // As in a service that has been scraped before: all series are known, and somebody has collected.
        (prepared.batch)(0..KNOWN);
        (prepared.settle)();
        (prepared.counted)();
        let barrier = Arc::new(Barrier::new(threads + 1));
        let took: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let workers = (0..threads).map(|_| {
            let (worker, orders) = mpsc::channel::<Range<usize>>();
            let (prepared, barrier, took) = (Arc::clone(&prepared), Arc::clone(&barrier), Arc::clone(&took));
            thread::spawn(move || {
                for numbers in orders {
                    barrier.wait();
                    let begin = Instant::now();
                    (prepared.batch)(numbers);
                    let elapsed = begin.elapsed();
                    took.lock().unwrap_or_else(PoisonError::into_inner).push(elapsed);
                    barrier.wait();
                }
            });
            worker
        });
        let workers = workers.collect();
        Runner { variant, prepared, workers, barrier, took, run: KNOWN as u64 }
    }

    /// Runs so many operations on each thread. The CPU time includes what is done for them later, such as an export.
    pub fn round(&mut self, iterations: usize) -> Measured {
        for worker in &self.workers {
            worker.send(0..iterations).expect("workers end with the runner");
        }
        let begin = Moment::now();
        self.barrier.wait();
        self.barrier.wait();
        (self.prepared.settle)();
        let cpu = begin.elapsed().cpu;
        let took = std::mem::take(&mut *self.took.lock().unwrap_or_else(PoisonError::into_inner));
        let operations = (iterations * self.workers.len()) as f64;
        self.run += operations as u64;
        let wall = took.into_iter().max().unwrap_or_default();
        Measured { wall_ns: wall.as_secs_f64() * 1e9 / iterations as f64, cpu_ns: cpu.as_secs_f64() * 1e9 / operations }
    }

    /// The same on the calling thread alone: under callgrind, threads that wait for each other spin for now more, now fewer instructions.
    ///
    /// Never inlined, so that callgrind can be told to begin here (`--zero-before='*Runner::round_here'`). Without that it also counts the
    /// calibration of the clock, which ends when it is exact enough.
    #[inline(never)]
    pub fn round_here(&mut self, iterations: usize) -> Measured {
        let begin = Moment::now();
        (self.prepared.batch)(0..iterations);
        let wall = begin.elapsed().wall;
        (self.prepared.settle)();
        let cpu = begin.elapsed().cpu;
        self.run += iterations as u64;
        let each = |took: Duration| took.as_secs_f64() * 1e9 / iterations as f64;
        Measured { wall_ns: each(wall), cpu_ns: each(cpu) }
    }

    /// Looks whether all operations were measured.
    ///
    /// # Errors
    /// Where some were not.
    pub fn check(&self) -> Result<(), SpanError> {
        match (self.prepared.counted)() {
            Some(counted) if counted != self.run => {
                Err(SpanError::Lost { variant: self.variant.name(), counted, run: self.run })
            }
            _ => Ok(()),
        }
    }
}
