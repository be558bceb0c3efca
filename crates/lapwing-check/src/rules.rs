//! The rules: a module a family, a file a rule. A family lists its rules; this file lists the families.

mod alert;
mod file;
mod promql;
mod suppression;

use crate::Rule;

pub(crate) const FAMILIES: &[&[&Rule]] = &[alert::RULES, file::RULES, promql::RULES, suppression::RULES];
