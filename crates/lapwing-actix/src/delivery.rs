//! The body of a response on its way to the client.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    rt,
    web::Payload,
};
use bytes::Bytes;
use lapwing_exposition::Body;
use tokio::{sync::OwnedSemaphorePermit, task::JoinHandle};

use crate::{coding::Coding, connection::Connection, metrics::EndpointMetrics};

/// What is handed to the server at a time. The server copies it, so it bounds what a slow reader costs.
const CHUNK: usize = 32 * 1024;

/// The client did not take the response in time.
#[derive(Debug, thiserror::Error)]
#[error("the client did not read the response within its deadline; the connection is cut")]
pub(crate) struct TooSlow;

/// The body of the endpoint's responses: a share of the pieces that all scrapers of one snapshot have in common, handed
/// out in chunks. It holds its place among the scrapes in flight until it is sent, dropped, or past its deadline.
pub(crate) struct Delivery {
    held: Rc<RefCell<Option<Held>>>,
    length: u64,
    watch: Option<JoinHandle<()>>,
    // actix-web closes a connection in order, and within its disconnect timeout, if the response ends while the
    // request's body is still held. Were it dropped before, a slow chunked body would keep the connection for ever.
    _payload: Payload,
}

struct Held {
    body: Body,
    /// Pieces of the body that are handed out, and what is left of the one begun.
    taken: usize,
    rest: Bytes,
    coding: Coding,
    metrics: Arc<EndpointMetrics>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// What a [`Delivery`] is made of.
pub(crate) struct Parcel {
    pub(crate) body: Body,
    pub(crate) coding: Coding,
    pub(crate) permit: Option<OwnedSemaphorePermit>,
    pub(crate) payload: Payload,
    pub(crate) connection: Option<Connection>,
    pub(crate) metrics: Arc<EndpointMetrics>,
    /// For `HEAD`: the length is told, nothing is sent.
    pub(crate) head: bool,
    pub(crate) deadline: Duration,
}

impl Delivery {
    pub(crate) fn new(parcel: Parcel) -> Delivery {
        let length = parcel.body.len() as u64;
        let body = if parcel.head { Body::default() } else { parcel.body };
        let held = Held {
            body,
            taken: 0,
            rest: Bytes::new(),
            coding: parcel.coding,
            metrics: parcel.metrics,
            _permit: parcel.permit,
        };
        let held = Rc::new(RefCell::new(Some(held)));
        let watch = rt::spawn({
            let held = Rc::clone(&held);
            async move {
                rt::time::sleep(parcel.deadline).await;
                // the server doesn't ask for more while its write buffer is full, so this can't be done when polled
                if let Some(late) = held.borrow_mut().take() {
                    late.metrics.cut();
                }
                if let Some(connection) = parcel.connection {
                    connection.cut();
                }
            }
        });
        Delivery { held, length, watch: Some(watch), _payload: parcel.payload }
    }
}

impl Held {
    fn next(&mut self) -> Option<Bytes> {
        if self.rest.is_empty() {
            self.rest = self.body.pieces().get(self.taken)?.clone();
            self.taken += 1;
        }
        Some(self.rest.split_to(self.rest.len().min(CHUNK)))
    }
}

impl MessageBody for Delivery {
    type Error = TooSlow;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, TooSlow>>> {
        let mut held = self.held.borrow_mut();
        let Some(held) = held.as_mut() else { return Poll::Ready(Some(Err(TooSlow))) };
        let Some(chunk) = held.next() else { return Poll::Ready(None) };
        held.metrics.sent(held.coding, chunk.len());
        Poll::Ready(Some(Ok(chunk)))
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
        // the watch holds the other share until the runtime comes round to dropping it
        if let Ok(mut held) = self.held.try_borrow_mut() {
            held.take();
        }
    }
}
