#![doc = include_str!("../README.md")]

mod admin;
mod admission;
mod api;
mod breaker;
mod faults;
mod fingerprint;
mod gauges;
mod health;
mod key;
mod load_runs;
mod record;
mod server;
mod service;
mod settings;
mod shingle;
mod store;
mod unread;

pub use fingerprint::Fingerprint;
pub use key::KeyError;
pub use server::{RunError, run};
pub use settings::{Command, Settings, SettingsError};
