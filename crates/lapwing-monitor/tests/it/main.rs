//! What is generated, read by those it is made for.

mod declarations;
mod rules;
