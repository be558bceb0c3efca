//! Restarts, kills and a cut cable, and whether what was promised is there afterwards.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use stack::{AlertmanagerClient, Matcher, PrometheusClient};

use super::{ComposeError, engine, health, project::Project, report::Restart};

const BACK: Duration = Duration::from_secs(90);
/// How long a service is without network.
const CUT: Duration = Duration::from_secs(30);
/// A sample this old has been scraped.
const SCRAPED: Duration = Duration::from_secs(20);
const UP: &str = "up{job=\"sigil\"}";

#[derive(Clone, Copy)]
pub(crate) enum How {
    Restart,
    Kill,
}

impl How {
    pub(crate) const ALL: [How; 2] = [How::Restart, How::Kill];

    fn name(self) -> &'static str {
        match self {
            How::Restart => "restart",
            How::Kill => "kill",
        }
    }
}

/// What was acknowledged, and has to be there for ever.
pub(crate) struct Promises {
    http: Client,
    sigils: String,
    /// Of a sealed content.
    sigil: String,
    /// Of a silence that matches nothing.
    silence: String,
}

impl Promises {
    pub(crate) fn make(project: &Project) -> Result<Self, ComposeError> {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(10)).pool_max_idle_per_host(0).build();
        let http = http.expect("a client without TLS and proxy has nothing to fail on");
        let sigils = format!("http://{}/api/sigils", project.ports.address("sigil"));
        let answer = http.post(&sigils).json(&json!({"content": "sealed before anything went wrong"})).send();
        let answer = answer.and_then(|answer| answer.error_for_status()?.json::<Value>());
        let answer = answer.map_err(|source| ComposeError::Http { url: sigils.clone(), source })?;
        let sigil = answer["id"].as_str().unwrap_or_default().to_owned();
        let nothing =
            Matcher { name: "alertname".to_owned(), value: "None".to_owned(), is_regex: false, is_equal: true };
        let silence = AlertmanagerClient::new(project.ports.address("alertmanager")).silence(
            &[nothing],
            "2026-01-01T00:00:00Z",
            "2126-01-01T00:00:00Z",
            "has to survive",
        )?;
        Ok(Promises { http, sigils, sigil, silence })
    }

    /// What of a service's promises is not kept.
    fn broken(&self, project: &Project, service: &str) -> Result<Option<String>, ComposeError> {
        let kept = match service {
            "sigil" => self.sigil_is_kept()?,
            "sigil-postgres" => self.mirror_is_kept(project)?,
            "alertmanager" => {
                let alertmanager = AlertmanagerClient::new(project.ports.address("alertmanager"));
                alertmanager.silences()?.iter().any(|silence| silence.id == self.silence)
            }
            _ => true,
        };
        Ok((!kept).then(|| format!("what {service} had acknowledged")))
    }

    fn sigil_is_kept(&self) -> Result<bool, ComposeError> {
        let url = format!("{}/{}", self.sigils, self.sigil);
        let answer = self.http.get(&url).send().map_err(|source| ComposeError::Http { url, source })?;
        Ok(answer.status().is_success())
    }

    /// The mirror has the sigil, and gets what is sealed from now on.
    fn mirror_is_kept(&self, project: &Project) -> Result<bool, ComposeError> {
        let has = |id: &str| {
            let query = format!("select count(*) from sigils where id = decode('{id}', 'hex')");
            let psql = ["exec", "-T", "sigil-postgres", "psql", "-U", "sigil", "-d", "sigil", "-tAc", &query];
            project.engine.output(&mut project.compose(&psql)).map(|count| count.trim() == "1")
        };
        let answer = self.http.post(&self.sigils).json(&json!({"content": "sealed afterwards"})).send();
        let answer = answer.and_then(|answer| answer.error_for_status()?.json::<Value>());
        let answer = answer.map_err(|source| ComposeError::Http { url: self.sigils.clone(), source })?;
        let next = answer["id"].as_str().unwrap_or_default();
        let begin = Instant::now();
        while !has(next)? {
            if begin.elapsed() > BACK {
                return Ok(false);
            }
            engine::pause();
        }
        Ok(has(&self.sigil)?)
    }
}

/// Ends a service one way or the other and waits until it is well again.
pub(crate) fn strike(
    project: &Project,
    prometheus: &PrometheusClient,
    promises: &Promises,
    service: &str,
    how: How,
) -> Result<Restart, ComposeError> {
    let before = project.container(service)?;
    let seen_at = SystemTime::now() - SCRAPED;
    let seen = prometheus.query_at(UP, seen_at)?;
    let begin = Instant::now();
    match how {
        How::Restart => drop(project.engine.run(&["restart", &before.id])?),
        How::Kill => crash(project, before.pid)?,
    }
    health::await_one(project, service, BACK, |pid| pid != before.pid)?;
    let back_after_s = begin.elapsed().as_secs_f64();
    let mut lost = promises.broken(project, service)?;
    if service == "prometheus" {
        // Were there none before, there would be nothing to lose, and nothing shown.
        lost = match prometheus.query_at(UP, seen_at)? {
            _ if seen.is_empty() => Some(format!("nothing: {UP} was not there {SCRAPED:?} before")),
            after => (after != seen).then(|| "samples that were scraped before".to_owned()),
        };
    }
    Ok(Restart { name: service.to_owned(), how: how.name(), back_after_s, lost })
}

/// Kills a container's first process, after which the engine has to start it again. (It takes `docker kill` for a wish and starts nothing.)
/// The process is the engine's, whose machine need not be this one, so the signal comes from a container that sees all of them.
fn crash(project: &Project, pid: u32) -> Result<(), ComposeError> {
    let beside = ["run", "--rm", "--pid", "host", "--network", "none", "--user", "0", "--entrypoint", "/bin/sh"];
    let kill = format!("kill -KILL {pid}");
    // Any image with a shell would do.
    project.engine.run(&[&beside[..], &[project.image("alertmanager"), "-c", &kill]].concat())?;
    Ok(())
}

/// Takes sigil off the network for a while; it has to be scraped again soon after.
pub(crate) fn cut_off(
    project: &Project,
    prometheus: &PrometheusClient,
    promises: &Promises,
) -> Result<Restart, ComposeError> {
    let name = "sigil";
    let (id, network) = (project.container(name)?.id, format!("{}_default", project.name));
    println!("{name} is off the network for {CUT:?}");
    project.engine.run(&["network", "disconnect", &network, &id])?;
    let begin = Instant::now();
    prometheus.wait_for(UP, CUT, |samples| samples.iter().all(|sample| sample.value == 0.0))?;
    thread::sleep(CUT.saturating_sub(begin.elapsed()));
    project.engine.run(&["network", "connect", "--alias", name, &network, &id])?;
    let begin = Instant::now();
    prometheus.wait_for(UP, BACK, |samples| !samples.is_empty() && samples.iter().all(|sample| sample.value == 1.0))?;
    health::await_one(project, name, BACK, |_| true)?;
    let back_after_s = begin.elapsed().as_secs_f64();
    let restart = Restart { name: name.to_owned(), how: "cut", back_after_s, lost: promises.broken(project, name)? };
    println!("{restart}");
    Ok(restart)
}
