use std::{collections::BTreeMap, time::Duration};

use stack::{Alertmanager, AlertmanagerApiError, Matcher, Part, need};

const LIMIT: Duration = Duration::from_secs(20);

const TWO_RECEIVERS: &str = "route: {receiver: calm, routes: [{matchers: ['severity=\"page\"'], receiver: loud}]}\n\
    receivers: [{name: calm}, {name: loud}]\n";

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn holds_alerts_and_silences_through_a_crash(part: Part) {
    let Some(located) = need(part) else { return };
    let mut alertmanager = Alertmanager::builder(&located)
        .config(TWO_RECEIVERS)
        .maintenance_interval(Duration::from_millis(100))
        .external_url("http://alerts.test/am")
        // A path in the external URL would else be that of the API as well.
        .argument("--web.route-prefix=/")
        .start()
        .unwrap();
    let client = alertmanager.client().clone();
    let status = client.status().unwrap();
    assert_eq!((status.version.as_str(), status.cluster.as_str()), (alertmanager.version(), "disabled"));
    assert!(status.config.contains("receiver: loud"), "{}", status.config);
    assert_eq!(client.receivers().unwrap(), ["calm", "loud"]);

    let disk = labels(&[("alertname", "DiskFull"), ("severity", "page")]);
    client.post_alert(&disk, &labels(&[("summary", "no room")]), None).unwrap();
    let active = client.wait_for_alerts(LIMIT, |alerts| alerts.iter().any(|a| a.status.state == "active")).unwrap();
    assert_eq!((active[0].labels.clone(), active[0].receivers.as_slice()), (disk.clone(), &["loud".to_owned()][..]));
    assert_eq!(active[0].annotations["summary"], "no room");

    let matcher =
        Matcher { name: "alertname".to_owned(), value: "DiskFull".to_owned(), is_regex: false, is_equal: true };
    let times = ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    let id = client.silence(std::slice::from_ref(&matcher), times.0, times.1, "known").unwrap();
    let muted = client.wait_for_alerts(LIMIT, |alerts| alerts.iter().any(|a| a.status.state == "suppressed")).unwrap();
    assert_eq!(muted[0].status.silenced_by, std::slice::from_ref(&id));

    // Written to disk by the maintenance that began after the silence was there.
    let snapshots = |client: &stack::AlertmanagerClient| {
        client.metric("alertmanager_silences_snapshot_duration_seconds_count", &[]).unwrap()
    };
    let before = snapshots(&client);
    let begin = std::time::Instant::now();
    while snapshots(&client) < before + 2.0 {
        assert!(begin.elapsed() < LIMIT, "no maintenance");
    }
    let address = alertmanager.address().to_owned();
    alertmanager.kill().unwrap();
    assert!(matches!(client.alerts(), Err(AlertmanagerApiError::Http { .. })));
    alertmanager.restart().unwrap();
    assert_eq!(alertmanager.address(), address);
    let silences = client.silences().unwrap();
    assert_eq!((silences[0].id.as_str(), silences[0].matchers.as_slice()), (id.as_str(), &[matcher][..]));
    assert_eq!(silences[0].status.state, "active");
    client.expire_silence(&id).unwrap();
    assert_eq!(client.silences().unwrap()[0].status.state, "expired");
    alertmanager.stop().unwrap();
}

#[test]
fn old_alertmanager_holds_alerts_and_silences_through_a_crash() {
    holds_alerts_and_silences_through_a_crash(Part::Alertmanager25);
}

#[test]
fn new_alertmanager_holds_alerts_and_silences_through_a_crash() {
    holds_alerts_and_silences_through_a_crash(Part::Alertmanager33);
}

#[test]
fn broken_configuration_stops_the_start_with_alertmanagers_own_words() {
    for part in [Part::Alertmanager25, Part::Alertmanager33] {
        let Some(located) = need(part) else { continue };
        let error = Alertmanager::builder(&located).config("route: {receiver: nobody}\n").start().unwrap_err();
        assert!(error.to_string().contains("undefined receiver"), "{part}: {error}");
    }
}

#[test]
fn reload_reads_the_changed_file_and_says_what_is_wrong_with_it() {
    let Some(located) = need(Part::Alertmanager33) else { return };
    let alertmanager = Alertmanager::builder(&located).start().unwrap();
    std::fs::write(alertmanager.config_file(), TWO_RECEIVERS).unwrap();
    alertmanager.client().reload().unwrap();
    assert_eq!(alertmanager.client().receivers().unwrap(), ["calm", "loud"]);
    std::fs::write(alertmanager.config_file(), "route: {}\n").unwrap();
    let error = alertmanager.client().reload().unwrap_err();
    assert!(matches!(&error, AlertmanagerApiError::Refused { status: 500, .. }), "{error}");
    assert!(error.to_string().contains("receiver"), "{error}");
    assert_eq!(alertmanager.client().receivers().unwrap(), ["calm", "loud"]);
}

#[test]
fn configuration_given_as_text_is_not_shown() {
    let Some(located) = need(Part::Alertmanager33) else { return };
    let builder = Alertmanager::builder(&located).config("# s3cret\nroute: {}\n");
    assert!(!format!("{builder:?}").contains("s3cret"));
}
