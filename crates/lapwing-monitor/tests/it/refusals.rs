//! Declarations that nothing useful can be made of.

use lapwing_config::monitoring::{Aggregate, Comparison, Condition, Good, Query, Severity};
use lapwing_monitor::{GenerateError, Options, Service, generate};

use crate::declarations::{alert, at, quantile, seconds, series, sigil, text, threshold, value};

fn refused(services: &[Service]) -> GenerateError {
    generate(services, &Options::default()).unwrap_err()
}

/// Sigil with one alert of its own.
fn with(condition: Condition) -> Service {
    let mut service = sigil();
    service.monitoring.alerts = vec![alert("Odd", Severity::Warning, condition)];
    service
}

fn rate(filter: &[(&str, &[&str])], by: &[&str]) -> Query {
    let mut of = series("sigil.encode", by);
    of.filter = filter
        .iter()
        .map(|(label, values)| (at(50, (*label).to_owned()), values.iter().map(|&value| value.to_owned()).collect()))
        .collect();
    Query::Rate { of, per: seconds(1) }
}

#[test]
fn labels_and_values_that_a_signal_lacks_are_pointed_at() {
    let of = |query: Query| refused(&[with(threshold(query, Comparison::Above, 1.0))]).to_string();
    let here = "sigil/monitoring.yaml:50:7: ";
    assert_eq!(
        of(rate(&[("outcom", &["ok"])], &[])),
        format!("{here}`sigil.encode` has no label `outcom`; did you mean `outcome`?")
    );
    assert_eq!(
        of(rate(&[("outcome", &["OK"])], &[])),
        format!("{here}`outcome` of `sigil.encode` is never `OK`; did you mean `ok`?")
    );
    let said = of(rate(&[("outcome", &["ok", "elsewhere"])], &[]));
    assert_eq!(said, format!("{here}`outcome` of `sigil.encode` is never `elsewhere`; its values: `error`, `ok`"));
    let said = of(rate(&[], &["planet"]));
    assert!(
        said.starts_with("sigil/monitoring.yaml:1:7: `sigil.encode` has no label `planet`; its labels: "),
        "{said}"
    );
    let part = vec![(at(50, "outcome".to_owned()), vec!["error".to_owned(), "erorr".to_owned()])];
    let said = of(Query::Share { of: series("sigil.encode", &[]), part });
    assert!(said.ends_with("is never `erorr`; did you mean `error`?"), "{said}");
    // What a target or its discovery adds is there without being declared.
    let sound = with(threshold(rate(&[("outcome", &["ok"])], &["pod", "outcome"]), Comparison::Above, 1.0));
    generate(&[sound], &Options::default()).unwrap();

    let mut service = sigil();
    let Good::Events { good, .. } = &mut service.monitoring.objectives[0].good else { panic!() };
    good[0].1 = vec!["OK".to_owned()];
    assert_eq!(refused(&[service]).message, "`outcome` of `sigil.encode` is never `OK`");
}

#[test]
fn alerts_that_only_their_threshold_decides_are_refused() {
    use Comparison::{Above, Below, Equals};
    let share = || {
        let part = vec![(text("outcome"), vec!["error".to_owned()])];
        Query::Share { of: series("sigil.encode", &[]), part }
    };
    let increase = || Query::Increase(series("sigil.encode", &[]));
    let count = || value("sigil.disk.free", Aggregate::Count);
    for (query, comparison, number, fires) in [
        (rate(&[], &[]), Above, -1.0, "always"),
        (rate(&[], &[]), Below, 0.0, "never"),
        (rate(&[], &[]), Equals, -0.5, "never"),
        (increase(), Below, -3.0, "never"),
        (count(), Below, 0.0, "never"),
        (share(), Above, 1.0, "never"),
        (share(), Above, 5.0, "never"),
        (share(), Above, -0.1, "always"),
        (share(), Below, 1.5, "always"),
        (share(), Equals, 2.0, "never"),
    ] {
        let condition = Condition::Threshold { query, comparison, threshold: at(60, number), min_events: 0 };
        let error = refused(&[with(condition)]);
        assert!(error.message.starts_with(&format!("`Odd` {fires} fires: ")), "{error}");
        assert_eq!(error.position.line, 60);
    }
    for (query, comparison, number) in [
        (rate(&[], &[]), Above, 0.0),
        (rate(&[], &[]), Below, 0.001),
        (share(), Above, 0.99),
        (share(), Below, 1.0),
        (value("sigil.disk.free", Aggregate::Min), Below, -1.0),
        (quantile("sigil.encode.duration", 0.5), Above, 0.5),
    ] {
        generate(&[with(threshold(query, comparison, number))], &Options::default()).unwrap();
    }
}

#[test]
fn a_text_whose_template_has_no_end_is_refused() {
    let mut service = sigil();
    service.monitoring.alerts[0].summary = at(30, "{{ $labels.instance }} of {{ s".to_owned());
    let error = refused(&[service]);
    assert_eq!((error.position.line, error.message.as_str()), (30, "a template that begins here has no end"));
}

#[test]
fn services_whose_files_would_be_the_same_are_refused() {
    let called = |name: &str| {
        let mut service = sigil();
        service.monitoring.service = at(2, name.to_owned());
        service
    };
    assert_eq!(refused(&[sigil(), called("sigil")]).message, "the service `sigil` is declared twice");
    assert_eq!(
        refused(&[called("a.b"), called("A-b")]).message,
        "the services `a.b` and `A-b` would be one in names of files and alerts"
    );
    for name in ["watchdog", "Watchdog"] {
        let said = refused(&[called(name)]).to_string();
        let expected = format!("{name}/monitoring.yaml:2:7: a service can't be called `{name}`: ");
        assert!(said.starts_with(&expected), "{said}");
    }
}
