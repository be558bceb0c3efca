//! Series that exist before anything is measured.

use lapwing_spans::{Instrument, Label, Rule};
use opentelemetry::Key;
use opentelemetry_sdk::metrics::Stream;
use tracing::info_span;

use crate::harness::Harness;

#[test]
fn closed_label_sets_exist_at_zero_from_the_start() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work")
        .duration(Instrument::new("duration").label(Label::outcome()))
        .calls(
            Instrument::new("calls")
                .label(Label::outcome())
                .label(Label::field("backend").one_of(["db", "embedded"]).or("none"))
                .label(Label::constant("operation", "work"))
                .label(Label::span_name()),
        )
        .errors(Instrument::new("errors").label(Label::outcome()))
        .duration(Instrument::new("unlabelled"))
        .in_flight(Instrument::new("in_flight"))]);
    let reading = harness.read();
    assert_eq!(reading.series("duration"), ["outcome=error", "outcome=ok"]);
    assert_eq!(
        reading.series("calls"),
        [
            "backend=db,operation=work,outcome=error,span_name=work",
            "backend=db,operation=work,outcome=ok,span_name=work",
            "backend=embedded,operation=work,outcome=error,span_name=work",
            "backend=embedded,operation=work,outcome=ok,span_name=work",
            "backend=none,operation=work,outcome=error,span_name=work",
            "backend=none,operation=work,outcome=ok,span_name=work",
        ]
    );
    assert_eq!(reading.series("errors"), ["outcome=error"]);
    assert_eq!(reading.series("in_flight"), [""]);
    for name in ["duration", "calls", "errors", "in_flight"] {
        assert!(reading.points(name).all(|point| point.sum == 0.0 && point.count == 0), "{name}");
    }
    // The SDK exports no histogram without attributes before its first value.
    assert_eq!(reading.points("unlabelled").count(), 0);
    drop(info_span!("work", backend = "db"));
    let reading = harness.read();
    assert_eq!((reading.points("calls").count(), reading.points("duration").count()), (6, 2));
}

#[test]
fn label_sets_that_a_view_empties_exist_at_zero_too() {
    let none: [Key; 0] = [];
    let harness = Harness::with_view(move |instrument| {
        let dropping = instrument.name() != "lapwing.problems";
        dropping.then(|| Stream::builder().with_allowed_attribute_keys(none.clone()).build().ok())?
    });
    let _default = harness.measure([Rule::span("work")
        .calls(Instrument::new("calls").label(Label::outcome()))
        .in_flight(Instrument::new("in_flight").label(Label::span_name()))]);
    let reading = harness.read();
    assert_eq!((reading.sum("calls", &[]), reading.sum("in_flight", &[])), (0.0, 0.0));
}

#[test]
fn open_or_many_label_sets_start_with_none() {
    let harness = Harness::new();
    let digits = || (0..9).map(|digit| digit.to_string());
    let _default = harness.measure([
        Rule::span("work").calls(Instrument::new("open").label(Label::field("user"))),
        Rule::span("work.*").calls(Instrument::new("globbed").label(Label::span_name())),
        Rule::span("work").calls(
            Instrument::new("many").label(Label::field("a").one_of(digits())).label(Label::field("b").one_of(digits())),
        ),
    ]);
    let reading = harness.read();
    for name in ["open", "globbed", "many"] {
        assert_eq!(reading.points(name).count(), 0, "{name}");
    }
}

#[test]
fn problems_exist_at_zero_from_the_start() {
    let harness = Harness::new();
    let _default = harness.measure([]);
    let reading = harness.read();
    let reasons = ["reason=field_missing", "reason=label_cut", "reason=overflow", "reason=refused_value"];
    assert_eq!(reading.series("lapwing.problems"), reasons);
    assert!(reading.points("lapwing.problems").all(|point| point.sum == 0.0));
}
