//! The rules against their fixtures, the renderers, and hostile files.

mod elements;
mod fixture;
mod fixtures;
mod jobs;
mod live;
mod long_lines;
mod origins;
mod pages;
mod reading;
mod refused;
mod render;
mod routes;
mod served;
mod suppressions;
mod warned;
