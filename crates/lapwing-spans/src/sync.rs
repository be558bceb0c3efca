//! What the tables and buffers are synchronised with: in one place, so that the model checker can put its own there.

pub(crate) use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};
