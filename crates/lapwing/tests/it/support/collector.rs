//! A stand-in for an OTLP collector over HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::any_value,
    metrics::v1::Metric,
    trace::v1::Span,
};
use prost::Message;

use super::PATIENCE;

/// What was received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    /// Decompressed.
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers every request with its status and keeps it.
pub(crate) struct Collector {
    address: SocketAddr,
    received: Arc<Received>,
}

#[derive(Default)]
struct Received {
    requests: Mutex<Vec<Request>>,
    more: Condvar,
    /// Answer; 200 where none is set.
    status: Mutex<Option<&'static str>>,
}

impl Collector {
    pub(crate) fn start() -> Collector {
        Collector::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn on(listener: TcpListener) -> Collector {
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Received::default());
        let keep = received.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let keep = keep.clone();
                thread::spawn(move || serve(stream, &keep));
            }
        });
        Collector { address, received }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn answer_with(&self, status: Option<&'static str>) {
        *self.received.status.lock().unwrap() = status;
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.received.requests.lock().unwrap().clone()
    }

    /// Waits until `enough` finds what it looks for in what was received so far.
    pub(crate) fn wait<T>(&self, enough: impl Fn(&[Request]) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut requests = self.received.requests.lock().unwrap();
        loop {
            if let Some(found) = enough(&requests) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not received; {} requests came", requests.len());
            requests = self.received.more.wait_timeout(requests, left).unwrap().0;
        }
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        spans(&self.requests())
    }

    /// Waits for a span of this name.
    pub(crate) fn span(&self, name: &str) -> Span {
        self.wait(|requests| spans(requests).into_iter().find(|span| span.name == name))
    }

    /// Waits for a metric of this name.
    pub(crate) fn metric(&self, name: &str) -> Metric {
        self.wait(|requests| metrics(requests).into_iter().find(|metric| metric.name == name))
    }
}

pub(crate) fn spans(requests: &[Request]) -> Vec<Span> {
    requests
        .iter()
        .filter(|request| request.path == "/v1/traces")
        .flat_map(|request| ExportTraceServiceRequest::decode(&*request.body).unwrap().resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}

pub(crate) fn metrics(requests: &[Request]) -> Vec<Metric> {
    requests
        .iter()
        .filter(|request| request.path == "/v1/metrics")
        .flat_map(|request| ExportMetricsServiceRequest::decode(&*request.body).unwrap().resource_metrics)
        .flat_map(|resource| resource.scope_metrics)
        .flat_map(|scope| scope.metrics)
        .collect()
}

/// The resource of the first request with spans, its values as text.
pub(crate) fn resource(requests: &[Request]) -> Vec<(String, String)> {
    let request = requests.iter().find(|request| request.path == "/v1/traces").unwrap();
    let spans = ExportTraceServiceRequest::decode(&*request.body).unwrap().resource_spans;
    let attributes = spans[0].resource.clone().unwrap().attributes;
    attributes
        .into_iter()
        .map(|attribute| {
            let value = match attribute.value.and_then(|value| value.value) {
                Some(any_value::Value::StringValue(value)) => value,
                other => format!("{other:?}"),
            };
            (attribute.key, value)
        })
        .collect()
}

fn serve(stream: TcpStream, received: &Received) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(request) = read(&mut reader) {
        received.requests.lock().unwrap().push(request);
        received.more.notify_all();
        let status = received.status.lock().unwrap().unwrap_or("200 OK");
        if write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&n| n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { path, headers, body: Vec::new() };
    let length = request.header("content-length")?.parse().ok()?;
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    if request.header("content-encoding") == Some("gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(&*request.body).read_to_end(&mut plain).unwrap();
        request.body = plain;
    }
    Some(request)
}
