//! Views against the instruments that rules and gauges declare.

use super::agreement::Settled;
use crate::{Aggregation, METER_NAME, cursor::Context, decode::PlacedView, glob::is_glob, nearest};

/// The streams an instrument feeds: name and view, in file order. The SDK keeps the first view of a stream.
pub(super) fn fed<'v>(settled: &Settled<'_>, views: &'v [PlacedView]) -> Vec<(String, &'v PlacedView)> {
    let mut streams: Vec<(String, &PlacedView)> = Vec::new();
    for placed in views.iter().filter(|placed| selects(placed, settled)) {
        let name = placed.view.name.as_ref().unwrap_or(&settled.declared.name);
        let dropped = placed.view.aggregation == Some(Aggregation::Drop);
        if !dropped && !streams.iter().any(|(known, _)| known == name) {
            streams.push((name.clone(), placed));
        }
    }
    streams
}

fn selects(placed: &PlacedView, settled: &Settled<'_>) -> bool {
    let declared = settled.declared;
    // The facade gives its meter neither version nor schema URL, which would be labels of every series.
    placed.view.selects_meter(METER_NAME, None, None)
        && placed.view.selects(&declared.name, declared.kind, &settled.unit)
}

pub(super) fn check(cx: &Context, settled: &[Settled<'_>], views: &[PlacedView]) {
    for placed in views {
        misses(cx, settled, placed);
    }
    for (index, placed) in views.iter().enumerate() {
        for earlier in &views[..index] {
            contradiction(cx, settled, earlier, placed);
        }
    }
}

/// A view for a name nobody declares may be for another library, and one of another meter is; a near miss is a slip.
fn misses(cx: &Context, settled: &[Settled<'_>], placed: &PlacedView) {
    let Some(pattern) = &placed.view.instrument_name else { return };
    if settled.iter().any(|settled| selects(placed, settled)) {
        return;
    }
    let names = || settled.iter().map(|settled| settled.declared.name.as_str());
    if let Some(settled) = settled.iter().find(|settled| settled.declared.name == *pattern) {
        let view = &placed.view;
        let what = match (view.instrument_type, &view.unit) {
            (Some(kind), _) if kind != settled.declared.kind => "its `instrument_type` is another",
            (_, Some(unit)) if *unit != settled.unit => "its `unit` is another",
            _ => "it is of another meter",
        };
        let help = format!("it is declared at {}", cx.name(settled.declared.place));
        let message = format!("this view does not select instrument {}: {what}", cx.shown(pattern));
        cx.warning(placed.selector, message, Some(help));
    } else if !is_glob(pattern)
        && placed.view.selects_meter(METER_NAME, None, None)
        && let Some(near) = nearest(pattern, names())
    {
        let help = format!("did you mean {}?", cx.shown(near));
        cx.warning(placed.selector, format!("no rule declares instrument {}", cx.shown(pattern)), Some(help));
    }
}

/// Two views that make one stream of an instrument with different buckets: the SDK keeps the first.
fn contradiction(cx: &Context, settled: &[Settled<'_>], earlier: &PlacedView, later: &PlacedView) {
    // A view for all that others leave often says nothing of buckets.
    if buckets(later).is_none() || buckets(earlier) == buckets(later) {
        return;
    }
    let both = settled.iter().find(|settled| {
        let name = &settled.declared.name;
        let stream = |placed: &PlacedView| placed.view.name.clone().unwrap_or_else(|| name.clone());
        selects(earlier, settled) && selects(later, settled) && stream(earlier) == stream(later)
    });
    if let Some(settled) = both {
        let name = cx.shown(&settled.declared.name);
        let message = format!("a second view of {name} has other buckets and no effect");
        let help = format!(
            "the SDK keeps the first one, at {}: merge them, or name the streams",
            cx.name(earlier.aggregation)
        );
        cx.warning(later.aggregation, message, Some(help));
    }
}

fn buckets(placed: &PlacedView) -> Option<&Aggregation> {
    match &placed.view.aggregation {
        None | Some(Aggregation::Default) => None,
        given => given.as_ref(),
    }
}
