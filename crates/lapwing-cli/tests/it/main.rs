//! The command as it is used.

mod check;
mod generate;
mod guide;
mod lapwing;
mod live;
mod mutations;
