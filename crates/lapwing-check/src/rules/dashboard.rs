//! What dashboards show.

mod cumulative_heatmap;
mod duplicate_panel_id;
mod duplicate_uid;
mod hard_coded_interval;
mod heatmap_without_le;
mod legend_unknown_label;
mod no_uid;
mod overlapping_panels;
mod panel_without_title;
mod undefined_variable;
mod unknown_datasource;
mod unknown_unit;
mod unused_variable;

use crate::Rule;

pub(super) const RULES: &[&Rule] = &[
    &cumulative_heatmap::RULE,
    &duplicate_panel_id::RULE,
    &duplicate_uid::RULE,
    &hard_coded_interval::RULE,
    &heatmap_without_le::RULE,
    &legend_unknown_label::RULE,
    &no_uid::RULE,
    &overlapping_panels::RULE,
    &panel_without_title::RULE,
    &undefined_variable::RULE,
    &unknown_datasource::RULE,
    &unknown_unit::RULE,
    &unused_variable::RULE,
];
