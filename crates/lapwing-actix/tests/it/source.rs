//! Sources to serve, and servers to serve them.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, rt::System, web::ServiceConfig};
use lapwing_actix::{EndpointBuilder, Listener, MetricsEndpoint, cut_slow_readers};
use lapwing_exposition::{Family, Gather, GatherError, Kind, Labels, Series, Snapshot, Value};

type Make = dyn Fn() -> Result<Snapshot, GatherError> + Send + Sync;

/// A source that counts its gathers and can be held up.
pub(crate) struct Source {
    make: Box<Make>,
    pub(crate) gathers: AtomicUsize,
    running: AtomicUsize,
    /// The most that ever ran at once.
    pub(crate) at_once: AtomicUsize,
    gate: Mutex<Gate>,
    changed: Condvar,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    waiting: bool,
}

impl Source {
    pub(crate) fn new(make: impl Fn() -> Result<Snapshot, GatherError> + Send + Sync + 'static) -> Arc<Source> {
        Arc::new(Source {
            make: Box::new(make),
            gathers: AtomicUsize::default(),
            running: AtomicUsize::default(),
            at_once: AtomicUsize::default(),
            gate: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// `jobs_total 5` and a gauge `queue_length`.
    pub(crate) fn small() -> Arc<Source> {
        Source::new(|| {
            let series = |value| vec![Series { labels: Labels::default(), value, created: None }];
            let jobs = Value::Counter { value: 5_u64.into(), exemplar: None };
            Ok(Snapshot::new([
                family("jobs_total", Kind::Counter, series(jobs)),
                family("queue_length", Kind::Gauge, series(Value::Number((-3_i64).into()))),
            ]))
        })
    }

    /// That many megabytes of text.
    pub(crate) fn big(megabytes: usize) -> Arc<Source> {
        Source::new(move || {
            let series = (0..megabytes).map(|n| Series {
                labels: Labels::new([("x", format!("{n:04}") + &"y".repeat(1 << 20))]),
                value: Value::Number(1_u64.into()),
                created: None,
            });
            Ok(Snapshot::new([family("big", Kind::Gauge, series.collect())]))
        })
    }

    pub(crate) fn close(&self) {
        self.gate.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.gate.lock().unwrap().closed = false;
        self.changed.notify_all();
    }

    /// Returns when a gather stands before the closed gate.
    pub(crate) fn wait_for_gather(&self) {
        let gate = self.gate.lock().unwrap();
        let (_gate, timeout) =
            self.changed.wait_timeout_while(gate, Duration::from_secs(30), |gate| !gate.waiting).unwrap();
        assert!(!timeout.timed_out(), "no gather came");
    }

    pub(crate) fn gathers(&self) -> usize {
        self.gathers.load(Ordering::SeqCst)
    }

    pub(crate) fn endpoint(self: &Arc<Self>) -> EndpointBuilder {
        MetricsEndpoint::shared(Arc::clone(self) as Arc<dyn Gather>)
    }
}

impl Gather for Source {
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError> {
        self.gathers.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.at_once.fetch_max(running, Ordering::SeqCst);
        let mut gate = self.gate.lock().unwrap();
        gate.waiting = gate.closed;
        self.changed.notify_all();
        let mut gate = self.changed.wait_while(gate, |gate| gate.closed).unwrap();
        gate.waiting = false;
        drop(gate);
        self.running.fetch_sub(1, Ordering::SeqCst);
        (self.make)().map(Arc::new)
    }
}

pub(crate) fn family(name: &str, kind: Kind, series: Vec<Series>) -> Family {
    Family { name: name.to_owned(), help: "For tests.".to_owned(), unit: String::new(), kind, series }
}

/// The endpoint by itself on a free port.
pub(crate) fn listen(builder: EndpointBuilder) -> Listener {
    Listener::bind(builder.build().expect("the endpoint can be built"), "127.0.0.1:0").expect("a free port")
}

/// An application on a free port, stopped when dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

/// Serves an application with two workers; `hook` says whether it has `cut_slow_readers`.
pub(crate) fn serve(hook: bool, configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Served {
    let (started, start) = mpsc::channel();
    let thread = thread::spawn(move || {
        System::new().block_on(async move {
            let mut server = HttpServer::new(move || App::new().configure(configure.clone()))
                .workers(2)
                .disable_signals()
                .shutdown_timeout(1);
            if hook {
                server = server.on_connect(cut_slow_readers);
            }
            let server = server.bind("127.0.0.1:0").expect("a free port");
            let address = server.addrs()[0];
            let server = server.run();
            started.send((address, server.handle())).unwrap();
            server.await.expect("it serves");
        });
    });
    let (address, handle) = start.recv().expect("it starts");
    Served { address, handle, thread: Some(thread) }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}
