//! A stand-in for an OTLP collector over gRPC.

use std::{net::SocketAddr, sync::mpsc};

use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span};
use prost::Message;

use super::PATIENCE;

/// One call, as it came.
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) header: Option<String>,
    /// One message behind its five bytes of frame.
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// The spans of an uncompressed call.
    pub(crate) fn spans(&self) -> Vec<Span> {
        assert_eq!(self.body[0], 0, "compressed");
        let request = ExportTraceServiceRequest::decode(&self.body[5..]).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

/// A stand-in that takes every call and says it worked.
pub(crate) fn collector() -> (SocketAddr, mpsc::Receiver<Call>) {
    let (calls, received) = mpsc::channel();
    let (address_is, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            address_is.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let calls = calls.clone();
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((request, mut respond))) = connection.accept().await {
                        let calls = calls.clone();
                        tokio::spawn(async move {
                            let (parts, mut body) = request.into_parts();
                            let mut bytes = Vec::new();
                            while let Some(Ok(chunk)) = body.data().await {
                                bytes.extend_from_slice(&chunk);
                            }
                            let header = parts.headers.get("x-tenant").map(|v| v.to_str().unwrap().to_owned());
                            let _ = calls.send(Call { path: parts.uri.path().to_owned(), header, body: bytes });
                            let head =
                                http::Response::builder().header("content-type", "application/grpc").body(()).unwrap();
                            let mut stream = respond.send_response(head, false).unwrap();
                            // One empty message, uncompressed.
                            stream.send_data(vec![0_u8; 5].into(), false).unwrap();
                            let mut trailers = http::HeaderMap::new();
                            trailers.insert("grpc-status", "0".parse().unwrap());
                            stream.send_trailers(trailers).unwrap();
                        });
                    }
                });
            }
        });
    });
    (address.recv_timeout(PATIENCE).unwrap(), received)
}
