//! More than is usual: labels, fields, spans open at a time; and values at the edges of how they are kept.

use lapwing_spans::{Instrument, Label, Rule};
use tracing::{Dispatch, dispatcher, field::Empty, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::harness::Harness;

#[test]
fn values_of_any_length_come_out_as_they_went_in() {
    let mut values: Vec<String> = (0..=40)
        .map(|length| ('a'..='z').cycle().take(length).collect())
        .chain((0..=40).map(|length| "0".repeat(length)))
        .chain((10..=18).flat_map(|ascii| ["é", "€", "🦀"].map(|wide| "x".repeat(ascii) + wide)))
        .chain((0..=6).map(|crabs| "🦀".repeat(crabs)))
        .collect();
    values.sort();
    values.dedup();
    let harness = Harness::new();
    let _default = harness
        .measure([Rule::span("work").calls(Instrument::new("calls").label(Label::field("value").or("missing")))]);
    // Recorded at creation and late, by display and as text.
    for _ in 0..2 {
        for value in &values {
            info_span!("work", value);
            info_span!("work", value = %value);
            info_span!("work", value = Empty).record("value", value.as_str());
        }
        let reading = harness.read();
        assert_eq!(reading.points("calls").count(), values.len());
    }
    let reading = harness.read();
    for value in &values {
        assert_eq!(reading.sum("calls", &[("value", value)]), 6.0, "{value:?}");
    }
}

#[test]
fn many_labels_and_fields_work_as_few_do() {
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let numbers = ["k", "l", "m", "n", "o"];
    let harness = Harness::new();
    let calls = labels.iter().fold(Instrument::new("calls"), |calls, name| calls.label(Label::field(*name)));
    let rule = numbers.iter().fold(Rule::span("work").calls(calls), |rule, name| {
        rule.counter_of(*name, Instrument::new(format!("sum.{name}")))
    });
    let _default = harness.measure([rule]);
    for round in 0..20_u64 {
        // Few, one more, and many of them missing: no value of the last span may show through.
        let span = info_span!(
            "work",
            a = "a",
            b = "long enough for a number",
            c = round,
            d = Empty,
            e = "e",
            f = Empty,
            g = "g",
            h = true,
            i = Empty,
            j = Empty,
            k = 1,
            l = 2,
            m = 3,
            n = Empty,
            o = Empty
        );
        if round % 2 == 0 {
            span.record("i", "late and rather long").record("j", "j").record("n", 4).record("o", 5);
        }
    }
    let reading = harness.read();
    assert_eq!(reading.points("calls").count(), 20);
    for round in 0..20 {
        let c = round.to_string();
        let mut expected =
            vec![("a", "a"), ("b", "long enough for a number"), ("c", &*c), ("e", "e"), ("g", "g"), ("h", "true")];
        if round % 2 == 0 {
            expected.extend([("i", "late and rather long"), ("j", "j")]);
        }
        assert_eq!(reading.sum("calls", &expected), 1.0);
    }
    let sums = ["k", "l", "m", "n", "o"].map(|name| reading.sum(&format!("sum.{name}"), &[]));
    assert_eq!(sums, [20.0, 40.0, 60.0, 40.0, 50.0]);
}

#[test]
fn many_spans_open_at_a_time_keep_what_is_theirs() {
    const THREADS: usize = 4;
    const EACH: usize = 5000;
    let harness = Harness::new();
    let rule = Rule::span("work")
        .calls(Instrument::new("calls").label(Label::field("kind")))
        .counter_of("number", Instrument::new("number").label(Label::field("kind")))
        .in_flight(Instrument::new("in_flight"));
    let layer = harness.builder().rule(rule).build().expect("builds");
    let dispatch = Dispatch::new(registry().with(layer));
    for round in 1..=2 {
        let open: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let dispatch = &dispatch;
                    scope.spawn(move || {
                        dispatcher::with_default(dispatch, || {
                            (0..EACH)
                                .map(|n| info_span!("work", kind = (thread * EACH + n) % 100, number = n))
                                .collect::<Vec<_>>()
                        })
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().expect("no panic")).collect()
        });
        assert_eq!(harness.read().sum("in_flight", &[]), (THREADS * EACH) as f64);
        // By other threads than made them, each a share of all, the youngest first.
        let mut shares: Vec<Vec<_>> = (0..THREADS).map(|_| Vec::new()).collect();
        for (index, span) in open.into_iter().flatten().enumerate() {
            shares[index % THREADS].push(span);
        }
        std::thread::scope(|scope| {
            for share in shares {
                scope.spawn(move || share.into_iter().rev().for_each(drop));
            }
        });
        let reading = harness.read();
        assert_eq!(reading.sum("in_flight", &[]), 0.0);
        for kind in 0..100 {
            let kept = (0..THREADS * EACH).filter(|index| index % 100 == kind);
            let (calls, sum) = kept.fold((0, 0), |(calls, sum), index| (calls + 1, sum + index % EACH));
            let labels = [("kind", &*kind.to_string())];
            assert_eq!(reading.sum("calls", &labels), f64::from(round * calls), "{kind}");
            assert_eq!(reading.sum("number", &labels), (round as usize * sum) as f64, "{kind}");
        }
    }
}

#[test]
fn of_two_texts_recorded_at_a_time_one_is_the_label() {
    let texts = ["short", "exactly fifteen", "sixteen bytes ..", "a text that no series has had before, and long"];
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work").calls(Instrument::new("calls").label(Label::field("value")))]);
    for round in 0..600 {
        let span = info_span!("work", value = Empty);
        let start = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for own in [texts[round % 4], texts[(round / 4) % 4]] {
                let (span, start) = (&span, &start);
                scope.spawn(move || {
                    start.wait();
                    span.record("value", own);
                });
            }
        });
    }
    let reading = harness.read();
    let values: Vec<_> = reading.points("calls").map(|point| point.labels["value"].clone()).collect();
    assert!(values.iter().all(|value| texts.contains(&value.as_str())), "{values:?}");
    assert_eq!(reading.points("calls").map(|point| point.sum).sum::<f64>(), 600.0);
}
