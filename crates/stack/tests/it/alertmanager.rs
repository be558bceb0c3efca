use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use stack::{Alertmanager, AlertmanagerApiError, Matcher, Part, SlackStandIn, need};

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
    let begin = Instant::now();
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
    fs::write(alertmanager.config_file(), TWO_RECEIVERS).unwrap();
    alertmanager.client().reload().unwrap();
    assert_eq!(alertmanager.client().receivers().unwrap(), ["calm", "loud"]);
    fs::write(alertmanager.config_file(), "route: {}\n").unwrap();
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

/// The second waits for the first to tell, and learns that it has.
fn two_tell_once_and_stay_two_through_a_crash(part: Part) {
    let Some(located) = need(part) else { return };
    let slack = SlackStandIn::builder().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("url");
    fs::write(&url, slack.url()).unwrap();
    let config = format!(
        "route: {{receiver: slack, group_wait: 0s, repeat_interval: 1h}}\nreceivers: [{{name: slack, slack_configs: \
         [{{channel: \"#c\", api_url_file: {}}}]}}]\n",
        url.display()
    );
    // The second's turn comes later than the gossip, which takes milliseconds; all else is hurried.
    let builder = || {
        let builder = Alertmanager::builder(&located).config(&config).cluster().argument("--cluster.peer-timeout=2s");
        builder.argument("--cluster.gossip-interval=50ms").argument("--cluster.reconnect-interval=500ms")
    };
    let mut first = builder().start().unwrap();
    let gossip = first.gossip_address().unwrap().to_owned();
    let second = builder().argument(format!("--cluster.peer={gossip}")).start().unwrap();
    let both = |alertmanager: &Alertmanager| {
        let begin = Instant::now();
        loop {
            let status = alertmanager.client().status().unwrap();
            if status.members.len() == 2 && status.cluster == "ready" {
                assert!(status.members.contains_key(&status.name), "{status:?}");
                return status.members;
            }
            assert!(begin.elapsed() < LIMIT * 2, "{status:?}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    assert_eq!(both(&first), both(&second));

    let disk = labels(&[("alertname", "DiskFull")]);
    for alertmanager in [&second, &first] {
        alertmanager.client().post_alert(&disk, &labels(&[]), None).unwrap();
    }
    // Each looks up whether it was told when it is its turn; the second's comes after the first's.
    let metric = |alertmanager: &Alertmanager, name: &str| alertmanager.client().metric(name, &[]).unwrap();
    let begin = Instant::now();
    while [&first, &second].iter().any(|one| metric(one, "alertmanager_nflog_queries_total") == 0.0) {
        assert!(begin.elapsed() < LIMIT, "one of them never looked");
        thread::sleep(Duration::from_millis(50));
    }
    slack.await_message(|_| true, LIMIT).unwrap();
    let told = |alertmanager: &Alertmanager| {
        alertmanager.client().metric("alertmanager_notifications_total", &[("integration", "slack")]).unwrap()
    };
    assert_eq!((told(&first), told(&second), slack.messages().len()), (1.0, 0.0, 1));

    first.kill().unwrap();
    first.restart().unwrap();
    assert_eq!(first.gossip_address().unwrap(), gossip);
    assert_eq!(both(&first), both(&second));
}

#[test]
fn old_alertmanagers_tell_once_between_them() {
    two_tell_once_and_stay_two_through_a_crash(Part::Alertmanager25);
}

#[test]
fn new_alertmanagers_tell_once_between_them() {
    two_tell_once_and_stay_two_through_a_crash(Part::Alertmanager33);
}
