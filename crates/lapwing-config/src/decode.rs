//! From the tree to the model.

mod exporter;
mod label;
mod lapwing;
mod metric;
mod resource;
mod root;
mod rule;
mod trace;
mod view;

pub(crate) use root::configuration;
pub(crate) use rule::{Declared, Owner};
pub(crate) use view::PlacedView;

use crate::{
    cursor::{Context, Field, Mapping},
    keys::{INCLUDE_EXCLUDE, Object},
};

/// A value that must be null or an empty mapping.
fn empty(cx: &Context, field: Field<'_>, object: &'static Object) {
    Mapping::open(cx, field, object);
}

/// What is let through by name: the patterns that are `included` and those that are `excluded`.
fn include_exclude(cx: &Context, field: Field<'_>) -> (Option<Vec<String>>, Option<Vec<String>>) {
    match Mapping::open(cx, field, &INCLUDE_EXCLUDE) {
        Some(mapping) => (mapping.strings("included"), mapping.strings("excluded")),
        None => (None, None),
    }
}

/// Strictly rising, finite boundaries; the first flaw is reported.
fn boundaries(cx: &Context, field: Field<'_>) -> Option<Vec<f64>> {
    let mut boundaries: Vec<f64> = Vec::new();
    for node in field.items(cx)? {
        let item = field.item(node);
        let value = item.number(cx)?;
        let wrong = |message: &str, help: &str| {
            cx.error(item.place(), message, Some(help.to_owned()));
            None
        };
        if !value.is_finite() {
            return wrong("a boundary must be finite", "the last bucket reaches to infinity by itself: leave it out");
        }
        match boundaries.last() {
            Some(&last) if value == last => return wrong("duplicate boundary", "give each boundary once"),
            Some(&last) if value < last => return wrong("boundaries must rise", "sort them"),
            _ => boundaries.push(value),
        }
    }
    Some(boundaries)
}
