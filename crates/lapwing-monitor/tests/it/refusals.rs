//! Declarations that nothing useful can be made of.

use lapwing_config::monitoring::{Aggregate, Comparison, Condition, Good, Query, Severity};
use lapwing_monitor::{GenerateError, OVERVIEW_UID, Options, Service, generate};

use crate::declarations::{alert, at, called, quantile, seconds, series, sigil, text, threshold, value};

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
    assert_eq!(refused(&[sigil(), called("sigil")]).message, "the service `sigil` is declared twice");
    assert_eq!(
        refused(&[called("a.b"), called("A-b")]).message,
        "the services `a.b` and `A-b` would be one in names of files and alerts"
    );
    for name in ["watchdog", "Watchdog", "Watchdog.md", "overview.json"] {
        let said = refused(&[called(name)]).to_string();
        let expected = format!("{name}/monitoring.yaml:2:7: a service can't be called `{name}`: ");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn a_service_is_not_called_as_the_slow_tests_of_another() {
    let error = refused(&[called("sigil-slow"), sigil()]);
    assert_eq!(error.message, "a service can't be called `sigil-slow` beside `sigil`");
    assert_eq!((error.service.as_str(), error.position.line), ("sigil-slow", 2));
    assert_eq!(error.help.unwrap(), "the slow rule tests of `sigil` are in `sigil-slow.yml`: give it another name");
    assert!(refused(&[called("Sigil.Slow"), sigil()]).message.ends_with("beside `sigil`"));
    generate(&[called("sigil-slow"), called("slow"), called("other")], &Options::default()).unwrap();
}

#[test]
fn services_that_nothing_tells_apart_are_refused() {
    let mut same = called("signer");
    same.monitoring.scrape.job = at(40, "sigil".to_owned());
    let error = refused(&[same, sigil()]);
    assert_eq!(error.message, "the job `sigil` is that of `sigil` too: nothing tells their series apart");
    assert_eq!((error.service.as_str(), error.position.line), ("signer", 40));

    let with_uid = |uid: &str| {
        let mut service = called("signer");
        service.monitoring.dashboard.uid = Some(at(50, uid.to_owned()));
        refused(&[service, sigil()])
    };
    let error = with_uid("sigil-v2");
    assert_eq!(error.message, "the dashboard's uid `sigil-v2` is that of `sigil` too: Grafana would show one of them");
    assert_eq!(error.position.line, 50);
    assert!(with_uid(OVERVIEW_UID).message.contains("is that over all services too"));
    // Of long names the beginning is the uid.
    let long = ["a", "b"].map(|end| called(&format!("{}{end}", "x".repeat(40))));
    assert_eq!(refused(&long).position.line, 2);
}

#[test]
fn a_name_with_points_gets_a_uid_that_grafana_takes() {
    let files = generate(&[called("shop.eu")], &Options::default()).unwrap();
    let board = files.iter().find(|file| file.path.ends_with("dashboards/shop.eu/shop-eu.json")).unwrap();
    assert!(board.text.contains(r#""uid": "shop-eu""#));
    let rules = files.iter().find(|file| file.path.ends_with("rules/shop.eu.yml")).unwrap();
    assert!(rules.text.contains("dashboard_url: http://127.0.0.1:3000/d/shop-eu\n"), "{}", rules.text);
}

#[test]
fn alerts_whose_pages_or_routes_would_be_others_are_refused() {
    let called = |name: &str| {
        let mut service = sigil();
        service.monitoring.alerts[1].name = at(30, name.to_owned());
        let error = refused(&[service]);
        assert_eq!(error.position.line, 30);
        error.message
    };
    for name in ["Watchdog", "README", "Readme"] {
        assert_eq!(called(name), format!("an alert can't be called `{name}`"));
    }
    // Some file systems have one page for both.
    assert_eq!(called("SigilENCODESlow"), "there is another alert `SigilENCODESlow` of this service");

    let mut service = sigil();
    service.monitoring.objectives[0].name = at(10, "encode-2-nd".to_owned());
    service.monitoring.objectives[1].name = at(11, "encode2-nd".to_owned());
    let error = refused(&[service]);
    let said = "the objectives `encode-2-nd` and `encode2-nd` have the same alert `SigilEncode2NdBurnsFast`";
    assert_eq!((error.position.line, error.message.as_str()), (11, said));
}

#[test]
fn alerts_that_their_minimum_of_events_hinders_are_refused() {
    use Comparison::{Above, Below, Equals};
    let of = |query: Query, comparison, number, min_events| {
        let condition = Condition::Threshold { query, comparison, threshold: at(60, number), min_events };
        generate(&[with(condition)], &Options::default())
    };
    let increase = || Query::Increase(series("sigil.encode", &[]));
    let minute = || Query::Rate { of: series("sigil.encode", &[]), per: seconds(60) };
    for (query, comparison, number, min_events, events) in
        [(increase(), Below, 20.0, 20, "20"), (minute(), Below, 3.0, 15, "15"), (increase(), Equals, 3.0, 4, "3")]
    {
        let error = of(query, comparison, number, min_events).unwrap_err();
        assert_eq!(
            error.message,
            "`Odd` never fires: below its threshold are fewer events in 5m than `min_events` asks for"
        );
        assert!(error.help.unwrap().starts_with(&format!("its threshold is {events} events there: ")));
        assert_eq!(error.position.line, 60);
    }
    of(minute(), Below, 30.0, 20).unwrap();
    of(increase(), Above, 3.0, 20).unwrap();
}
