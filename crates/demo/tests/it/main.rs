//! The demo as a user runs it: the program itself, its children, its report.

mod drill;
mod ends;
mod incident;
mod program;
mod programs;
mod report;
mod scale;
