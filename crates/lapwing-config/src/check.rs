//! What only the whole configuration shows: instruments declared more than once, and views against instruments.

mod agreement;
mod instruments;
mod views;

use crate::{
    Configuration,
    cursor::Context,
    decode::{Declared, PlacedView},
};

/// What the checks need beside the model: where things stand.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    pub(crate) instruments: Vec<Declared>,
    pub(crate) views: Vec<PlacedView>,
}

/// Checks across the file, and completes the rules' instruments by each other and by the views.
pub(crate) fn settle(cx: &Context, configuration: &mut Configuration, declarations: &Declarations) {
    let settled = agreement::agree(cx, &declarations.instruments);
    views::check(cx, &settled, &declarations.views);
    let cardinality = configuration.meter.as_ref().map(|meter| meter.cardinality).unwrap_or_default();
    instruments::complete(&mut configuration.lapwing, &settled, &declarations.views, cardinality);
}
