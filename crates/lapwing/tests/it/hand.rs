//! Instruments and timers for what is no span.

use std::{
    future::{pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll, Waker},
    time::Duration,
};

use lapwing::{Histogram, KeyValue, Telemetry, Timer, quantiles, time, time_async};

use crate::support::{configuration, local, sample, text};

fn seconds(telemetry: &Telemetry) -> Histogram<f64> {
    telemetry.histogram("step.duration").with_unit("s").with_boundaries(vec![1.0, 60.0]).build()
}

fn count(telemetry: &Telemetry, labels: &str) -> Option<String> {
    sample(&text(telemetry), &format!("step_duration_seconds_count{labels}")).map(str::to_owned)
}

#[test]
fn instruments_made_by_hand_are_exported_and_checked() {
    let telemetry = local(&configuration("", ""));
    telemetry.counter("orders").build().add(2, &[KeyValue::new("shop", "a")]);
    telemetry.gauge("level").with_unit("1").build().record(0.5, &[]);
    let waiting = telemetry.up_down_counter("waiting").build();
    waiting.add(3, &[]);
    waiting.add(-1, &[]);
    let spoilt = telemetry.histogram("size").with_boundaries(vec![10.0]).build();
    spoilt.record(f64::NAN, &[]);
    spoilt.record(4.0, &[]);
    let text = text(&telemetry);
    for (series, value) in [
        (r#"orders_total{shop="a"}"#, "2"),
        ("level_ratio", "0.5"),
        ("waiting", "2"),
        ("size_sum", "4"),
        (r#"lapwing_problems_total{reason="nan"}"#, "1"),
    ] {
        assert_eq!(sample(&text, series), Some(value), "{series} in {text}");
    }
}

#[test]
fn timer_records_when_it_is_stopped_and_else_only_on_request() {
    let telemetry = local(&configuration("", ""));
    let histogram = seconds(&telemetry);
    let took = Timer::start(&histogram).stop(&[KeyValue::new("end", "stopped")]);
    assert!(took < Duration::from_secs(60));
    drop(Timer::start(&histogram));
    Timer::start(&histogram).observe_on_drop(vec![KeyValue::new("end", "discarded")]).discard();
    drop(Timer::start(&histogram).observe_on_drop(vec![KeyValue::new("end", "dropped")]));
    let _ = Timer::start(&histogram)
        .observe_on_drop(vec![KeyValue::new("end", "twice")])
        .stop(&[KeyValue::new("end", "once")]);
    for (end, expected) in
        [("stopped", Some("1")), ("dropped", Some("1")), ("discarded", None), ("twice", None), ("once", Some("1"))]
    {
        assert_eq!(count(&telemetry, &format!("{{end=\"{end}\"}}")).as_deref(), expected, "{end}");
    }
    assert_eq!(count(&telemetry, ""), None);
}

#[test]
fn timed_closure_is_recorded_even_if_it_panics() {
    let telemetry = local(&configuration("", ""));
    let histogram = seconds(&telemetry);
    assert_eq!(time(&histogram, &[], || 42), 42);
    catch_unwind(AssertUnwindSafe(|| time(&histogram, &[], || panic!("on purpose")))).unwrap_err();
    assert_eq!(count(&telemetry, "").as_deref(), Some("2"));
}

#[test]
fn cancelled_future_is_recorded_as_such() {
    let telemetry = local(&configuration("", ""));
    let histogram = seconds(&telemetry);
    let labels = [KeyValue::new("outcome", "ok"), KeyValue::new("step", "a")];
    let mut cx = Context::from_waker(Waker::noop());

    let mut complete = Box::pin(time_async(&histogram, &labels, ready(7)));
    assert_eq!(complete.as_mut().poll(&mut cx), Poll::Ready(7));
    drop(complete);
    let mut cancelled = Box::pin(time_async(&histogram, &labels, pending::<()>()));
    assert!(cancelled.as_mut().poll(&mut cx).is_pending());
    drop(cancelled);
    drop(time_async(&histogram, &labels, ready(())));

    assert_eq!(count(&telemetry, r#"{outcome="ok",step="a"}"#).as_deref(), Some("1"));
    assert_eq!(count(&telemetry, r#"{outcome="cancelled",step="a"}"#).as_deref(), Some("1"));
}

#[test]
fn snapshot_answers_quantiles() {
    let telemetry = local(&configuration("", ""));
    let histogram = telemetry.histogram("size").with_boundaries(vec![10.0, 20.0, 30.0]).build();
    for value in 1..=30 {
        histogram.record(f64::from(value), &[]);
    }
    let snapshot = telemetry.snapshot().unwrap();
    let quantiles = quantiles(&snapshot.family("size").unwrap().series[0]).unwrap();
    assert_eq!((quantiles.p50, quantiles.p90), (15.0, 27.0));
    assert!((quantiles.p99 - 29.7).abs() < 1e-9);
}
