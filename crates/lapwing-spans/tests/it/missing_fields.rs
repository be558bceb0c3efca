//! Rules that want fields which spans do not declare.

use std::time::Duration;

use lapwing_spans::{Instrument, Label, Rule};
use tracing::{info, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use crate::{
    harness::{EventLog, Harness},
    process,
};

/// The problems counted and the lines logged.
fn found(rules: impl IntoIterator<Item = Rule>, work: impl FnOnce()) -> (u64, Vec<String>) {
    let harness = Harness::new();
    let log = EventLog::default();
    let layer = harness.builder().rules(rules).build().expect("builds");
    tracing::subscriber::with_default(registry().with(layer).with(log.clone()), work);
    let said = log.lines().into_iter().filter(|line| line.starts_with("WARN lapwing "));
    (harness.read().problems("field_missing"), said.collect())
}

fn calls(label: Label) -> Instrument {
    Instrument::new("calls").label(label)
}

#[test]
fn labels_numbers_and_outcomes_are_each_said_once_with_the_nearest_field() {
    let rule = Rule::span("checkout")
        .outcome_from("statsu", ["failed"])
        .calls(calls(Label::field("contry").renamed("country")))
        .histogram_of("ammount", Instrument::new("amount"))
        .counter_of("weight", Instrument::new("weight"));
    let (count, said) = found([rule], || {
        for _ in 0..3 {
            info_span!("checkout", country = "nl", amount = 1, status = "ok");
        }
    });
    let line = |field: &str, advice: &str| {
        let said = format!("span `checkout` declares no field `{field}`; {advice}");
        format!("WARN lapwing message={said} reason=\"field_missing\" subject=\"checkout{{{field}}}\"")
    };
    assert_eq!(
        said,
        [
            line("statsu", "did you mean `status`?"),
            line("contry", "did you mean `country`?"),
            line("ammount", "did you mean `amount`?"),
            line("weight", "declare it there, or correct the rule"),
        ]
    );
    assert_eq!(count, 4);
}

#[test]
fn a_span_made_in_several_places_counts_each_that_lacks_the_field_and_says_it_once() {
    let rule = Rule::span("work").calls(calls(Label::field("kind")));
    let same = Rule::span("work").counter_of("kind", Instrument::new("kinds"));
    let other = Rule::span("rest").counter_of("kind", Instrument::new("rest"));
    let (count, said) = found([rule, same, other], || {
        for _ in 0..2 {
            info_span!("work", kind = 1);
            info_span!("work");
            info_span!("work", size = 1);
            info_span!("rest");
        }
    });
    assert_eq!((count, said.len()), (3, 2), "{said:?}");
    assert!(said[0].contains("subject=\"work{kind}\"") && said[1].contains("subject=\"rest{kind}\""), "{said:?}");
}

#[test]
fn events_are_told_from_spans() {
    // Alone, for a subscriber of the whole process: in an event, that of a thread does not hear of another.
    process::alone("missing_fields::events_are_told_from_spans", Duration::from_secs(60), || {
        let (harness, log) = (Harness::new(), EventLog::default());
        let rule = Rule::event("evicted").histogram_of("aeg", Instrument::new("age"));
        let layer = harness.builder().rule(rule).build().expect("builds");
        tracing::subscriber::set_global_default(registry().with(layer).with(log.clone())).expect("the only one");
        for age in [1, 2] {
            info!(name: "evicted", age);
        }
        let said: Vec<_> = log.lines().into_iter().filter(|line| line.starts_with("WARN lapwing ")).collect();
        assert_eq!((harness.read().problems("field_missing"), said.len()), (1, 1), "{said:?}");
        assert!(said[0].contains("message=event `evicted` declares no field `aeg`; did you mean `age`?"), "{said:?}");
    });
}

#[test]
fn nothing_is_said_where_a_field_may_be_missing() {
    let rules = [
        Rule::span("wor*").calls(calls(Label::field("contry"))),
        Rule::span("wor?").counter_of("ammount", Instrument::new("amount")),
        Rule::any_span().outcome_from("statsu", ["failed"]).calls(calls(Label::outcome())),
        Rule::span("work").calls(calls(Label::field("country").or("none"))),
        Rule::span("work").outcome_from("otel.status_code", ["ERROR"]).calls(calls(Label::outcome())),
        Rule::span("work")
            .calls(calls(Label::span_name()))
            .duration(Instrument::new("duration").label(Label::outcome())),
        // Declared, although not recorded.
        Rule::span("work").calls(calls(Label::field("late"))),
    ];
    let (count, said) = found(rules, || drop(info_span!("work", late = tracing::field::Empty)));
    assert_eq!((count, said), (0, vec![]));
}

#[test]
fn a_span_that_stays_open_says_it_when_it_is_entered() {
    let harness = Harness::new();
    let log = EventLog::default();
    let layer = harness.builder().rule(Rule::span("work").calls(calls(Label::field("kind")))).build().expect("builds");
    let _default = tracing::subscriber::set_default(registry().with(layer).with(log.clone()));
    let _entered = info_span!("work").entered();
    assert_eq!((harness.read().problems("field_missing"), log.lines().len()), (1, 1));
}
