//! The profile `scale` of docker-compose.yml as far as single-node programs go, each a process on this machine, with its flags.
//!
//! In place of the cluster's storage are two single nodes, to which each agent writes everything; in place of vminsert and vmselect a
//! balancer, which passes writes on to one of the agents and queries to one of the stores.

use std::{
    fs,
    net::IpAddr,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use lapwing_config::monitoring::{self, Channel};
use lapwing_monitor::{Options, Root, Service as Declared, Signals, generate};
use serde_json::json;
use stack::{Alertmanager, Located, PagerDutyStandIn, Part, Receivers, SlackStandIn, Victoria, VictoriaProgram, need};
use tempfile::TempDir;

use super::{
    compose::{Compose, set},
    series::afresh,
    service::Service,
};

const TELEMETRY: &str = include_str!("../../../../../otel-config/sigil/telemetry.yaml");
const MONITORING: &str = include_str!("../../../../../otel-config/sigil/monitoring.yaml");
const PROMETHEUS: &str = include_str!("../../../../../otel-config/prometheus/prometheus.yml");

/// All declared windows and waits are divided by this.
const COMPRESS: u32 = 60;
/// Between scrapes, and how long one may take. Not a sixtieth: a busy machine would miss many.
const INTERVAL: &str = "500ms";
/// What isn't declared, but is a default of these programs or of Alertmanager: divided as well, except where it bridges what a killed
/// process takes to come back, which isn't.
const OF_STORES: [&str; 1] = ["-search.latencyOffset=500ms"];
const OF_AGENTS: [&str; 2] = ["-promscrape.fileSDCheckInterval=1s", "-remoteWrite.retryMaxInterval=1s"];
const OF_VMALERT: [&str; 3] = ["-rule.evalDelay=500ms", "-rule.resendDelay=3s", "-datasource.queryStep=20s"];
const OF_ALERTMANAGERS: [&str; 3] =
    ["--cluster.peer-timeout=2s", "--cluster.reconnect-interval=1s", "--cluster.gossip-interval=50ms"];

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct House {
    // Dropped in this order: who asks before who answers.
    pub(crate) vmalert: Victoria,
    balancer: Victoria,
    /// The first scrapes the first service, the second the second.
    pub(crate) agents: [Victoria; 2],
    /// The first tells first.
    pub(crate) alertmanagers: [Alertmanager; 2],
    /// The first is asked first.
    pub(crate) stores: [Victoria; 2],
    pub(crate) services: [Service; 2],
    /// Not scraped until it is said.
    pub(crate) unmeasured: Service,
    pub(crate) receivers: Receivers,
    folder: TempDir,
}

impl House {
    /// `None` where a part isn't there.
    pub(crate) fn start() -> Option<House> {
        let (victoria, alertmanager) = (need(Part::VictoriaMetrics)?, need(Part::Alertmanager33)?);
        let compose = Compose::read();
        let folder = tempfile::tempdir().unwrap();
        let receivers = files(folder.path());
        let alertmanagers = alertmanagers(&alertmanager, &compose, folder.path());
        let stores = ["vmstorage-1", "vmstorage-2"].map(|name| {
            let flags = compose.flags(name, &[("/storage", "storage")]);
            Victoria::builder(&victoria, VictoriaProgram::Store).arguments(flags).arguments(OF_STORES).start().unwrap()
        });
        let prometheus = folder.path().join("prometheus");
        let agents = ["vmagent-1", "vmagent-2"].map(|name| {
            let places = [("/etc/prometheus", path(&prometheus)), ("/buffer", "buffer")];
            let mut flags = compose.flags(name, &places);
            // Where vminsert would write to two storages, the agent writes to both.
            let [first, second] = stores.each_ref().map(|store| format!("http://{}/api/v1/write", store.address()));
            set(&mut flags, "-remoteWrite.url", &first);
            flags.push(format!("-remoteWrite.url={second}"));
            Victoria::builder(&victoria, VictoriaProgram::Agent).arguments(flags).arguments(OF_AGENTS).start().unwrap()
        });
        let targets = prometheus.join("targets");
        fs::create_dir_all(&targets).unwrap();
        write_targets(&targets, "prometheus.yml", &[]);
        write_targets(&targets, "alertmanager.yml", &alertmanagers.each_ref().map(Alertmanager::address));
        let services = services(&agents, &targets);
        let unmeasured = Service::start_unmeasured(IpAddr::from([127, 0, 0, 1]));

        let config = folder.path().join("balancer.yml");
        fs::write(&config, passed_on(&agents, [&stores[0], &stores[1]])).unwrap();
        let balancer = Victoria::builder(&victoria, VictoriaProgram::Auth);
        let balancer = balancer.argument(format!("-auth.config={}", config.display())).start().unwrap();

        let places = [
            ("vmselect:8481", balancer.address()),
            ("vminsert:8480", balancer.address()),
            ("alertmanager:9093", alertmanagers[0].address()),
            ("alertmanager-2:9093", alertmanagers[1].address()),
            ("/etc/prometheus", path(&prometheus)),
        ];
        let mut flags = compose.flags("vmalert", &places);
        set(&mut flags, "-evaluationInterval", "500ms");
        let vmalert = Victoria::builder(&victoria, VictoriaProgram::Alert).arguments(flags).arguments(OF_VMALERT);
        await_cluster(&alertmanagers);
        // Asked by vmalert before it has them, a store would take its targets for absent for 10 s.
        until("all targets in both stores", || {
            let up = format!("count(up{})", afresh("job=\"sigil\""));
            stores.each_ref().map(|store| store.client().value(&up).unwrap()) == [Some(2.0); 2]
        });
        let vmalert = vmalert.start().unwrap();
        let house = House { vmalert, balancer, agents, alertmanagers, stores, services, unmeasured, receivers, folder };
        house.until("a Watchdog and all rules evaluated", || {
            let rules = house.vmalert.client().rules().unwrap();
            super::told::watchdogs(&house.receivers) > 0 && rules.iter().all(stack::RuleStatus::healthy)
        });
        Some(house)
    }

    /// Lets the service be scraped that measures nothing, or no more.
    pub(crate) fn scrape_unmeasured(&self, scraped: bool) {
        let mut addresses: Vec<_> = self.services.iter().map(|service| service.address.as_str()).collect();
        addresses.extend(scraped.then_some(self.unmeasured.address.as_str()));
        write_targets(&self.folder.path().join("prometheus/targets"), "sigil.yml", &addresses);
    }

    /// Lets the balancer ask the second store first, and the first only where that is away.
    pub(crate) fn ask_the_second_store(&self) {
        let [first, second] = &self.stores;
        fs::write(self.folder.path().join("balancer.yml"), passed_on(&self.agents, [second, first])).unwrap();
        let reload = format!("http://{}/-/reload", self.balancer.address());
        let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        http.get(reload).send().unwrap().error_for_status().unwrap();
    }

    /// Waits until something holds.
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        eventually(|| match holds() {
            true => Ok(()),
            false => Err(format!("there is not {what}; told was\n{}", super::told::all(&self.receivers))),
        });
    }

    /// `host:port` of what each agent scrapes.
    pub(crate) fn scraped(&self) -> [Vec<String>; 2] {
        self.agents.each_ref().map(scraped)
    }
}

/// Looks until there is what is to be, and gives it; fails with what is wrong when that takes too long.
pub(crate) fn eventually<T>(mut look: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        match look() {
            Ok(there) => return there,
            Err(wrong) => assert!(Instant::now() < end, "after {LIMIT:?} still: {wrong}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    eventually(|| if holds() { Ok(()) } else { Err(format!("there is not {what}")) });
}

/// Configuration of the balancer: writes go to the first agent that is there, queries to the first store.
fn passed_on(agents: &[Victoria; 2], stores: [&Victoria; 2]) -> String {
    let passed = |from: &str, to: [&Victoria; 2]| {
        let to = to.map(|one| format!("http://{}", one.address()));
        json!({"src_paths": [format!("/{from}/0/prometheus/.*")], "drop_src_path_prefix_parts": 3,
            "url_prefix": to, "load_balancing_policy": "first_available"})
    };
    let map = [passed("insert", agents.each_ref()), passed("select", stores)];
    json!({"unauthorized_user": {"url_map": map}}).to_string()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Rules, routes and what is scraped, as they are checked in, but for the waits and for where receivers are.
fn files(folder: &Path) -> Receivers {
    let telemetry = lapwing_config::parse(TELEMETRY, "otel-config/sigil/telemetry.yaml", &|_| None).unwrap();
    let mut monitoring = monitoring::parse(MONITORING, "otel-config/sigil/monitoring.yaml").unwrap();
    let mut slack = SlackStandIn::builder();
    for receiver in &monitoring.receivers {
        if let Channel::Slack { channel, .. } = &receiver.channel {
            slack = slack.channels([channel.as_str()]);
        }
    }
    let receivers = Receivers::serve("127.0.0.1:0", slack, PagerDutyStandIn::builder()).unwrap();
    let secret = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    for receiver in &mut monitoring.receivers {
        match &mut receiver.channel {
            Channel::Slack { api_url_file, .. } => *api_url_file = secret("slack_webhook_url", receivers.slack().url()),
            Channel::PagerDuty { routing_key_file, url } => {
                *routing_key_file = secret("pagerduty_routing_key", receivers.pagerduty().routing_key());
                *url = Some(receivers.pagerduty().url());
            }
            Channel::Webhook { url } => *url = receivers.url("/watchdog"),
        }
    }
    let declared = Declared { monitoring, signals: Signals::new(&telemetry) };
    let generated = generate(&[declared], &Options { compress: COMPRESS, ..Options::default() }).unwrap();
    let mut files: Vec<_> = generated
        .into_iter()
        .filter(|file| file.root == Root::Config)
        .map(|file| (folder.join(file.path), file.text))
        .collect();
    let scraped =
        ["scrape_interval: 15s", "scrape_timeout: 10s"].into_iter().fold(PROMETHEUS.to_owned(), |text, wait| {
            assert!(text.contains(wait), "no {wait}");
            text.replace(wait, &format!("{} {INTERVAL}", wait.split_once(' ').unwrap().0))
        });
    files.push((folder.join("prometheus/prometheus.yml"), scraped));
    for (path, text) in files {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    receivers
}

fn alertmanagers(located: &Located, compose: &Compose, folder: &Path) -> [Alertmanager; 2] {
    let builder = || {
        let builder =
            Alertmanager::builder(located).config_file(folder.join("alertmanager/alertmanager.yml")).cluster();
        let builder = builder.external_url("http://alertmanager.test").maintenance_interval(Duration::from_secs(1));
        OF_ALERTMANAGERS.into_iter().fold(builder, |builder, flag| builder.argument(flag))
    };
    let first = builder().start().unwrap();
    let second = builder().argument(compose.peer(first.gossip_address().unwrap())).start().unwrap();
    [first, second]
}

/// Waits until both know each other and have exchanged what they know.
pub(crate) fn await_cluster(both: &[Alertmanager; 2]) {
    until("a cluster of two Alertmanagers", || {
        both.iter().all(|one| {
            let status = one.client().status().unwrap();
            status.members.len() == 2 && status.cluster == "ready"
        })
    });
}

/// Two services, the first scraped by the first agent, the second by the second. Which agent scrapes a target is a matter of its address:
/// those of both are tried until it is so.
fn services(agents: &[Victoria; 2], targets: &Path) -> [Service; 2] {
    let mut services: [Option<Service>; 2] = [None, None];
    for last in 1..=64 {
        let service = Service::start(IpAddr::from([127, 0, 0, last]), None);
        let known = services.iter().flatten().chain([&service]);
        write_targets(targets, "sigil.yml", &known.map(|service| service.address.as_str()).collect::<Vec<_>>());
        let mut owner = None;
        until("a target of one agent", || {
            owner = agents.iter().position(|agent| scraped(agent).contains(&service.address));
            owner.is_some()
        });
        services[owner.unwrap()].get_or_insert(service);
        if let [Some(_), Some(_)] = &services {
            break;
        }
    }
    let [Some(first), Some(second)] = services else { panic!("one agent scrapes all of 64 services") };
    write_targets(targets, "sigil.yml", &[&first.address, &second.address]);
    [first, second]
}

/// Written whole and moved into place: an agent may read at any time.
fn write_targets(targets: &Path, name: &str, addresses: &[&str]) {
    let new = targets.join("new");
    fs::write(&new, json!([{"targets": addresses}]).to_string()).unwrap();
    fs::rename(new, targets.join(name)).unwrap();
}

/// `host:port` of what an agent scrapes, with success.
fn scraped(agent: &Victoria) -> Vec<String> {
    let targets = agent.client().targets().unwrap().into_iter().filter(|target| target.up());
    let mut addresses: Vec<_> = targets.map(|target| target.labels["instance"].clone()).collect();
    addresses.sort();
    addresses
}
