//! A trace store of the simplest kind: takes spans over OTLP/HTTP and remembers their ids and names.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

/// Trace id and span id in hexadecimal → name.
type Spans = HashMap<(String, String), String>;

/// Listens until the test ends.
pub(crate) struct Collector {
    address: SocketAddr,
    spans: Arc<(Mutex<Spans>, Condvar)>,
}

impl Collector {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let spans = Arc::new((Mutex::new(Spans::new()), Condvar::new()));
        let received = spans.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let received = received.clone();
                thread::spawn(move || serve(stream, &received));
            }
        });
        Collector { address, spans }
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The name of a span, once it has arrived.
    pub(crate) fn wait_for(&self, trace: &str, span: &str, limit: Duration) -> String {
        let key = (trace.to_owned(), span.to_owned());
        let (spans, arrived) = &*self.spans;
        let (spans, timeout) =
            arrived.wait_timeout_while(spans.lock().unwrap(), limit, |spans| !spans.contains_key(&key)).unwrap();
        assert!(!timeout.timed_out(), "no span {span} of trace {trace} was exported; {} were", spans.len());
        spans[&key].clone()
    }
}

fn serve(stream: TcpStream, received: &(Mutex<Spans>, Condvar)) {
    let mut reader = BufReader::new(stream);
    // Ends when the exporter closes its connection.
    while let Some(body) = request(&mut reader) {
        let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("spans come as OTLP protobuf");
        let mut spans = received.0.lock().unwrap();
        for span in request.resource_spans.iter().flat_map(|r| &r.scope_spans).flat_map(|s| &s.spans) {
            spans.insert((hex(&span.trace_id), hex(&span.span_id)), span.name.clone());
        }
        drop(spans);
        received.1.notify_all();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if reader.get_mut().write_all(answer).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
