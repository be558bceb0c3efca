//! The stack against the real programs. Those that aren't there are skipped, and fetched by `cargo xtask fetch`.

mod alertmanager;
mod amtool;
mod delivery;
mod pagerduty;
mod parts;
mod postgres;
mod process;
mod prometheus;
mod promtool;
mod rules;
mod scrape_proxy;
mod service;
mod slack;
mod stand_in;
mod victoria;
