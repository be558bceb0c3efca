//! A small HTTP server on a thread of its own.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, RETRY_AFTER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::sync::{oneshot, watch};

/// Larger bodies are cut off by closing the connection. Well above what any receiver takes, so that its own refusal is seen.
const LARGEST: usize = 16 << 20;

/// What was asked.
#[derive(Debug)]
pub struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Without parameters, in lower case; empty where there is none.
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Answer { status, content_type: "text/plain; charset=utf-8", retry_after: None, body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Answer { content_type: "application/json", ..Answer::text(status, body.to_string()) }
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Answer { retry_after: Some(seconds), ..self }
    }
}

/// What is done with a request.
pub(crate) enum Reply {
    Answer(Answer),
    /// The connection is closed without an answer.
    Close,
    /// Nothing happens until the value changes, then the connection is closed.
    Hang(watch::Receiver<u64>),
}

pub(crate) trait Handler: Send + Sync + 'static {
    /// Must not block.
    fn handle(&self, request: Request) -> Reply;
}

/// The connection is to be closed.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

/// A running server; when it is dropped its port is free again and all its connections are closed.
pub(crate) struct HttpServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    pub(crate) fn start(listen: &str, handler: Arc<dyn Handler>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("stand-in".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, handler) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(HttpServer { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpServer({})", self.address)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, handler: Arc<dyn Handler>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        // An error here is that of one connection, or a want of file descriptors that may pass.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let handler = handler.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, handler.as_ref()));
            // What goes wrong with a connection is its client's to see.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: hyper::Request<Incoming>, handler: &dyn Handler) -> Result<Response<Full<Bytes>>, Closed> {
    let (head, body) = request.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Closed)?.to_bytes();
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    match handler.handle(Request { method, path, content_type, body }) {
        Reply::Answer(answer) => Ok(response(answer)),
        Reply::Close => Err(Closed),
        Reply::Hang(mut changed) => {
            let _ = changed.changed().await;
            Err(Closed)
        }
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(answer.content_type));
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
