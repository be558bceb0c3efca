use std::{
    fs, thread,
    time::{Duration, Instant, SystemTime},
};

use stack::{Part, Victoria, VictoriaError, VictoriaProgram, need};

use crate::service::{Service, TEXT};

const LIMIT: Duration = Duration::from_secs(20);

fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LIMIT, "there was not {what} within {LIMIT:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_an_agent_scrapes_is_in_its_store_through_a_crash_of_either() {
    let Some(located) = need(Part::VictoriaMetrics) else { return };
    let service = Service::start(TEXT, "# TYPE jobs counter\njobs 7\n");
    let flags = ["-storageDataPath=data", "-search.latencyOffset=0s", "-inmemoryDataFlushInterval=1s"];
    let mut store = Victoria::builder(&located, VictoriaProgram::Store).arguments(flags).start().unwrap();
    assert_eq!(store.version(), located.version);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("scrape.yml");
    let targets = format!("static_configs: [{{targets: [\"{}\"]}}]", service.address);
    fs::write(
        &config,
        format!("global: {{scrape_interval: 100ms}}\nscrape_configs: [{{job_name: service, {targets}}}]\n"),
    )
    .unwrap();
    let mut agent = Victoria::builder(&located, VictoriaProgram::Agent)
        .argument(format!("-promscrape.config={}", config.display()))
        .argument(format!("-remoteWrite.url=http://{}/api/v1/write", store.address()))
        .start()
        .unwrap();
    let begin = SystemTime::now();
    // Asked for before it is there, a series would be taken for absent for 10 s.
    until("the series in the index", || {
        store.metric("vm_new_timeseries_created_total", &[]).unwrap() > 0.0
            && store.metric("vm_pending_rows", &[("type", "indexdb")]).unwrap() == 0.0
    });
    let scraped = |samples: &[stack::Sample]| samples.len() == 1 && samples[0].value == 7.0;
    store.client().wait_for("jobs", LIMIT, scraped).unwrap();
    let [target] = agent.client().targets().unwrap().try_into().unwrap();
    assert!(target.up() && target.labels["job"] == "service", "{target:?}");
    assert!(agent.metric("vm_promscrape_targets", &[("status", "up")]).unwrap() > 0.0);

    agent.kill().unwrap();
    // What is in memory only, a kill loses.
    let in_memory = |store: &Victoria| {
        let metric = |name, kind| store.metric(name, &[("type", kind)]).unwrap();
        metric("vm_pending_rows", "storage") + metric("vm_rows", "storage/inmemory")
    };
    until("all on disk", || in_memory(&store) == 0.0);
    let export = |store: &Victoria| store.export("jobs", begin, SystemTime::now()).unwrap();
    let (before, address) = (export(&store), store.address().to_owned());
    store.kill().unwrap();
    store.restart().unwrap();
    assert_eq!(store.address(), address);
    let [kept] = export(&store).try_into().unwrap();
    assert!(kept.points.iter().all(|(_, value)| *value == 7.0) && kept.labels["job"] == "service", "{kept:?}");
    assert!(kept.points.is_sorted_by(|a, b| a.0 < b.0), "{kept:?}");
    assert_eq!([kept].as_slice(), before);

    agent.restart().unwrap();
    until("a scrape after the restart", || export(&store)[0].points.len() > before[0].points.len());
    agent.stop().unwrap();
    store.stop().unwrap();
}

#[test]
fn program_that_does_not_start_says_why() {
    let Some(located) = need(Part::VictoriaMetrics) else { return };
    let error = Victoria::builder(&located, VictoriaProgram::Alert).argument("-rule=/no/such/rules.yml").start();
    let error = error.unwrap_err();
    assert!(matches!(error, VictoriaError::Process(_)), "{error:?}");
    assert!(error.to_string().contains("datasource"), "{error}");
}
