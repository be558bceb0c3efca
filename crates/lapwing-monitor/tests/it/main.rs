//! What is generated, read by those it is made for.

mod alertmanager;
mod dashboards;
mod declarations;
mod kubernetes;
mod metrics;
mod refusals;
mod rule_mutations;
mod rule_tests;
mod rules;
mod runbooks;
mod several;
mod target_labels;
mod units;
