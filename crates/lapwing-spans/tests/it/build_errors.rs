//! What a builder refuses, and how it says so.

use std::time::Duration;

use lapwing_spans::{BuildError, Instrument, Label, Rule};

use crate::harness::Harness;

fn refused(rules: impl IntoIterator<Item = Rule>) -> String {
    let built = Harness::new().builder().rules(rules).build();
    built.expect_err("has to be refused").to_string()
}

fn accepted(rules: impl IntoIterator<Item = Rule>) {
    Harness::new().builder().rules(rules).build().expect("has to be accepted");
}

#[test]
fn two_declarations_of_one_instrument_that_differ() {
    let first = || Instrument::new("x").unit("s").description("A.").boundaries([1.0, 2.0]);
    let span = |instrument| Rule::span("a").histogram_of("f", instrument);
    for (second, what) in [
        (span(first().unit("ms")), "with unit `s` and `ms`"),
        (span(first().description("B.")), "with description `A.` and `B.`"),
        (span(first().boundaries([1.0, 3.0])), "with boundaries `[1.0, 2.0]` and `[1.0, 3.0]`"),
        (Rule::span("b").calls(first()), "with kind `histogram` and `counter`"),
        (Rule::span("b").in_flight(Instrument::new("X")), "with kind `histogram` and `up/down counter`"),
    ] {
        let said = refused([span(first()), second]);
        assert!(said.contains(what) && said.contains("is declared twice"), "{said}");
    }
    accepted([span(first()), span(first().description("")), Rule::span("b").duration(Instrument::new("x"))]);
}

#[test]
fn instruments_that_opentelemetry_would_drop_silently() {
    for name in ["", "1st", "a b", "é", &"a".repeat(256)] {
        assert!(matches!(
            Harness::new().builder().rule(Rule::span("a").calls(Instrument::new(name))).build(),
            Err(BuildError::Name { .. })
        ));
    }
    for bounds in [vec![2.0, 1.0], vec![1.0, 1.0], vec![f64::NAN], vec![1.0, f64::INFINITY]] {
        let said = refused([Rule::span("a").duration(Instrument::new("x").boundaries(bounds))]);
        assert!(said.contains("not ascending finite numbers"), "{said}");
    }
    assert!(refused([Rule::span("a").duration(Instrument::new("x").unit("min"))]).contains("`s`, `ms`, `us` or `ns`"));
    assert!(refused([Rule::span("a").calls(Instrument::new("x").unit("é"))]).contains("ASCII"));
}

#[test]
fn limits_out_of_range() {
    for limit in [0, Instrument::MAX_SERIES_LIMIT + 1, usize::MAX] {
        let said = refused([Rule::span("a").calls(Instrument::new("x").series_limit(limit))]);
        assert!(said.contains("from 1 to 100000"), "{said}");
    }
    accepted([Rule::span("a").calls(Instrument::new("x").series_limit(Instrument::MAX_SERIES_LIMIT))]);
}

#[test]
fn labels_that_cannot_be_recorded() {
    let calls = |label| Rule::span("a").calls(Instrument::new("x").label(Label::field("same")).label(label));
    for (label, what) in [
        (Label::constant("", "x"), "has no name"),
        (Label::outcome().renamed("otel.metric.overflow"), "marks overflow series"),
        (Label::field("other").renamed("same"), "declared twice"),
        (Label::field("long").or("x".repeat(1025)), "longer than 1024 bytes"),
    ] {
        let said = refused([calls(label)]);
        assert!(said.contains(what), "{said}");
    }
    let said = refused([Rule::span("a").in_flight(Instrument::new("x").label(Label::outcome()))]);
    assert!(said.contains("a span in flight has not got yet"), "{said}");
}

#[test]
fn events_that_are_asked_for_what_only_spans_have() {
    let event = || Rule::event("e");
    for (rule, what) in [
        (event().duration(Instrument::new("x")), "a duration"),
        (event().in_flight(Instrument::new("x")), "a number in flight"),
        (event().busy(), "busy time"),
        (event().log_over(Duration::from_secs(1)), "a log of slow spans"),
    ] {
        let said = refused([rule]);
        assert!(said.contains(what) && said.contains("event `e`"), "{said}");
    }
    let built = Harness::new().builder().default_rule(event().calls(Instrument::new("x"))).build();
    assert!(matches!(built, Err(BuildError::DefaultForEvents)));
}
