//! The rules: a module a family, a file a rule. A family lists its rules; this file lists the families.

mod alert;
mod division;
mod file;
mod histogram;
mod metric;
mod promql;
mod rate;
mod suppression;

use crate::Rule;

pub(crate) const FAMILIES: &[&[&Rule]] = &[
    alert::RULES,
    division::RULES,
    file::RULES,
    histogram::RULES,
    metric::RULES,
    promql::RULES,
    rate::RULES,
    suppression::RULES,
];
