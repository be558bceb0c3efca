//! The rules: a module a family, a file a rule. A family lists its rules; this file lists the families.

mod alert;
mod alertmanager;
mod budget;
mod compatibility;
mod dashboard;
mod declaration;
mod division;
mod file;
mod histogram;
mod label;
mod live;
mod metric;
mod promql;
mod rate;
mod suppression;

use crate::Rule;

pub(crate) const FAMILIES: &[&[&Rule]] = &[
    alert::RULES,
    alertmanager::RULES,
    budget::RULES,
    compatibility::RULES,
    dashboard::RULES,
    declaration::RULES,
    division::RULES,
    file::RULES,
    histogram::RULES,
    label::RULES,
    live::RULES,
    metric::RULES,
    promql::RULES,
    rate::RULES,
    suppression::RULES,
];
