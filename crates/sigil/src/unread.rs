//! Request bodies that nobody reads to their end.
//!
//! Where a response ends while its request's body is still coming, actix-web closes the connection, unless the body was
//! dropped before: then it goes on reading a chunked one, without a deadline, and whoever sends slowly keeps a connection
//! for ever. So a share of the body is kept until the response has been sent.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    web::Bytes,
};
use futures_util::Stream;

/// A share of a request's body.
#[derive(Clone)]
pub(crate) struct Unread(Rc<RefCell<Payload>>);

impl Unread {
    /// Of `request`, which reads on through another share; `None` if it has no body.
    pub(crate) fn of(request: &mut ServiceRequest) -> Option<Unread> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let unread = Unread(Rc::new(RefCell::new(payload)));
        request.set_payload(Payload::Stream { payload: Box::pin(unread.clone()) });
        Some(unread)
    }
}

impl Stream for Unread {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// A response's body that keeps its request's.
pub(crate) struct Keeping {
    body: BoxBody,
    _unread: Option<Unread>,
}

impl Keeping {
    pub(crate) fn new(body: impl MessageBody + 'static, unread: Option<Unread>) -> Self {
        Keeping { body: body.boxed(), _unread: unread }
    }
}

impl MessageBody for Keeping {
    type Error = Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        self.body.as_pin_mut().poll_next(cx).map_err(Error::from)
    }
}
