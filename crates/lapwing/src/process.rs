//! The `process_*` metrics, from `/proc`.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry::metrics::Meter;
use procfs::process::{LimitValue, Process};

/// How long one reading serves: the callbacks of one gather run well within it.
const FRESH: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    cpu_seconds: f64,
    resident: u64,
    virtual_memory: u64,
    threads: u64,
    open_fds: Option<u64>,
    /// `None`: unlimited.
    max_fds: Option<u64>,
    start_time: Option<f64>,
}

impl Reading {
    fn take() -> Option<Reading> {
        let process = Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let ticks = procfs::ticks_per_second() as f64;
        Some(Reading {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident: stat.rss * procfs::page_size(),
            virtual_memory: stat.vsize,
            threads: u64::try_from(stat.num_threads).unwrap_or(0),
            open_fds: process.fd_count().ok().map(|n| n as u64),
            max_fds: process.limits().ok().and_then(|limits| match limits.max_open_files.soft_limit {
                LimitValue::Value(n) => Some(n),
                LimitValue::Unlimited => None,
            }),
            start_time: boot().map(|boot| boot as f64 + stat.starttime as f64 / ticks),
        })
    }
}

/// When the system started; read once, for the kernel computes it from a clock that is corrected, and a start time that
/// moves looks like a restart.
fn boot() -> Option<u64> {
    static BOOT: OnceLock<Option<u64>> = OnceLock::new();
    *BOOT.get_or_init(|| procfs::boot_time_secs().ok())
}

/// The last reading, shared by the callbacks so that a gather reads `/proc` once.
#[derive(Default)]
struct Shared(Mutex<Option<(Instant, Option<Reading>)>>);

impl Shared {
    fn read(&self) -> Option<Reading> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *held {
            Some((at, reading)) if at.elapsed() < FRESH => reading,
            _ => {
                let reading = Reading::take();
                *held = Some((Instant::now(), reading));
                reading
            }
        }
    }
}

/// Registers `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_virtual_memory_bytes`,
/// `process_threads`, `process_open_fds`, `process_max_fds` and `process_start_time_seconds`.
pub(crate) fn register(meter: &Meter) {
    let shared = Arc::new(Shared::default());

    let from = shared.clone();
    meter
        .f64_observable_counter("process.cpu")
        .with_unit("s")
        .with_description("User and system CPU time spent.")
        .with_callback(move |observer| {
            if let Some(reading) = from.read() {
                observer.observe(reading.cpu_seconds, &[]);
            }
        })
        .build();

    let gauge =
        |name: &'static str, unit: &'static str, description: &'static str, value: fn(&Reading) -> Option<u64>| {
            let from = shared.clone();
            meter
                .u64_observable_gauge(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    if let Some(value) = from.read().as_ref().and_then(value) {
                        observer.observe(value, &[]);
                    }
                })
                .build();
        };
    gauge("process.resident_memory", "By", "Resident memory.", |r| Some(r.resident));
    gauge("process.virtual_memory", "By", "Virtual memory.", |r| Some(r.virtual_memory));
    gauge("process.threads", "", "Threads.", |r| Some(r.threads));
    gauge("process.open_fds", "", "Open file descriptors.", |r| r.open_fds);
    gauge("process.max_fds", "", "Limit of open file descriptors.", |r| r.max_fds);

    let from = shared;
    meter
        .f64_observable_gauge("process.start_time")
        .with_unit("s")
        .with_description("When the process started, in seconds since 1970.")
        .with_callback(move |observer| {
            if let Some(start) = from.read().and_then(|reading| reading.start_time) {
                observer.observe(start, &[]);
            }
        })
        .build();
}
