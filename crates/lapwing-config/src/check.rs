//! What only the whole configuration shows: instruments declared more than once, and views against instruments.

mod agreement;
mod instruments;
mod views;

use lapwing_document::Node;

use crate::{Configuration, cursor::Context, decode};

/// Decodes a whole document, checks across it, and completes the rules' instruments by each other and by the views; findings gather in
/// `cx`.
pub(crate) fn configuration(cx: &Context, root: Option<&Node>) -> Configuration {
    let (mut configuration, declarations) = decode::configuration(cx, root);
    let settled = agreement::agree(cx, &declarations.instruments);
    views::check(cx, &settled, &declarations.views);
    let cardinality = configuration.meter.as_ref().map(|meter| meter.cardinality).unwrap_or_default();
    instruments::complete(&mut configuration.lapwing, &settled, &declarations.views, cardinality);
    configuration
}
