//! Labels: where values come from, and what becomes of them.

use std::fmt;

use lapwing_spans::{Instrument, Label, Rule};
use tracing::{field::Empty, info_span};

use crate::harness::{Harness, Reading};

fn calls(harness: &Harness, labels: impl IntoIterator<Item = Label>, spans: impl FnOnce()) -> Reading {
    let _default = harness.measure([Rule::span("work").calls(Instrument::new("calls").labels(labels))]);
    spans();
    harness.read()
}

#[test]
fn every_type_of_field_is_a_label() {
    struct Shown;
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }
    let error: &(dyn std::error::Error + 'static) = &fmt::Error;
    let names = ["text", "signed", "unsigned", "wide", "uwide", "float", "yes", "shown", "debug", "error"];
    let reading = calls(&Harness::new(), names.map(Label::field), || {
        info_span!(
            "work",
            text = "as it is",
            signed = -7_i64,
            unsigned = u64::MAX,
            wide = i128::MIN,
            uwide = u128::MAX,
            float = 0.5,
            yes = true,
            shown = %Shown,
            debug = ?Some("x"),
            error,
        );
    });
    let wide = i128::MIN.to_string();
    let uwide = u128::MAX.to_string();
    let point = reading.point(
        "calls",
        &[
            ("text", "as it is"),
            ("signed", "-7"),
            ("unsigned", "18446744073709551615"),
            ("wide", &wide),
            ("uwide", &uwide),
            ("float", "0.5"),
            ("yes", "true"),
            ("shown", "shown"),
            ("debug", "Some(\"x\")"),
            ("error", "an error occurred when formatting an argument"),
        ],
    );
    assert_eq!(point.sum, 1.0);
}

#[test]
fn labels_are_renamed_defaulted_and_left_out() {
    let labels = [
        Label::field("backend").renamed("store"),
        Label::field("code").or("none"),
        Label::field("absent").or("default"),
        Label::field("missing"),
        Label::constant("service", "sigil"),
        Label::span_name(),
    ];
    let reading = calls(&Harness::new(), labels, || {
        info_span!("work", backend = "db", code = Empty);
    });
    assert_eq!(reading.series("calls"), ["absent=default,code=none,service=sigil,span_name=work,store=db"]);
}

#[test]
fn a_closed_list_turns_the_rest_into_other() {
    let labels = [Label::field("method").or("none").one_of(["GET", "POST"])];
    let reading = calls(&Harness::new(), labels, || {
        for method in ["GET", "POST", "BREW", "get", "../../etc"] {
            info_span!("work", method);
        }
        info_span!("work", method = Empty);
    });
    assert_eq!(reading.series("calls"), ["method=GET", "method=POST", "method=none", "method=other"]);
    assert_eq!(reading.sum("calls", &[("method", "other")]), 3.0);
}

#[test]
fn the_last_value_recorded_wins() {
    let reading = calls(&Harness::new(), [Label::field("kind"), Label::field("size")], || {
        let span = info_span!("work", kind = Empty, size = 1);
        span.record("kind", "first");
        span.record("kind", "second");
        span.record("size", 22);
        span.record("no such field", 3);
        drop(span);
    });
    assert_eq!(reading.series("calls"), ["kind=second,size=22"]);
}

#[test]
fn values_of_another_callsite_are_matched_by_name() {
    let reading = calls(&Harness::new(), [Label::field("kind")], || {
        let span = info_span!("work", size = 0, kind = Empty);
        let other = info_span!("elsewhere", kind = Empty);
        let fields = other.metadata().expect("enabled").fields();
        let kind = fields.field("kind").expect("declared");
        let values = [(&kind, Some(&"foreign" as &dyn tracing::field::Value))];
        span.record_all(&fields.value_set(&values));
        drop(span);
    });
    assert_eq!(reading.series("calls"), ["kind=foreign"]);
}

#[test]
fn a_long_value_is_cut_at_a_character_and_counted() {
    let harness = Harness::new();
    let long = "é".repeat(1_000_000);
    let reading = calls(&harness, [Label::field("kind")], || {
        info_span!("work", kind = long);
        info_span!("work", kind = format!("a{long}"));
        let span = info_span!("work", kind = Empty);
        span.record("kind", &*long);
    });
    let mut lengths: Vec<_> = reading.points("calls").map(|p| (p.labels["kind"].len(), p.sum)).collect();
    lengths.sort_by(|a, b| a.partial_cmp(b).expect("finite"));
    assert_eq!(lengths, [(1023, 1.0), (1024, 2.0)]);
    assert_eq!(reading.problems("label_cut"), 3);
}

#[test]
fn any_number_of_labels_works() {
    let mut labels = vec![Label::field("a"), Label::field("b")];
    labels.extend((0..100).map(|n| Label::constant(format!("c{n}"), n.to_string())));
    let reading = calls(&Harness::new(), labels, || {
        info_span!("work", a = 1, b = 2);
        info_span!("work", a = 1, b = 2);
        info_span!("work", b = 1);
    });
    let mut points: Vec<_> = reading.points("calls").map(|p| (p.labels.len(), p.sum)).collect();
    points.sort_by_key(|(labels, _)| *labels);
    assert_eq!(points, [(101, 1.0), (102, 2.0)]);
}

#[test]
fn an_empty_value_is_not_a_missing_one() {
    let reading = calls(&Harness::new(), [Label::field("kind").or("none")], || {
        info_span!("work", kind = "");
        info_span!("work", kind = Empty);
    });
    assert_eq!(reading.series("calls"), ["kind=", "kind=none"]);
}

#[test]
fn a_number_too_long_to_keep_is_refused_rather_than_shortened() {
    let harness = Harness::new();
    let _default = harness.measure([Rule::span("work").counter_of("n", Instrument::new("n"))]);
    info_span!("work", n = format!("0.{}", "0".repeat(2000)));
    info_span!("work", n = "0.5");
    let reading = harness.read();
    assert_eq!((reading.sum("n", &[]), reading.problems("refused_value")), (0.5, 1));
    assert_eq!(reading.problems("label_cut"), 0);
}
