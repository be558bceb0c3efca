//! The command as it is used.

mod check;
mod lapwing;
