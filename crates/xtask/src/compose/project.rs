//! The stack as a project of its own: its own name, ports and volumes, so that a demo that runs is left alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::{Ipv4Addr, TcpListener},
    process::Command,
};

use serde::Deserialize;

use super::{
    ComposeError,
    engine::{Engine, EngineError},
};
use crate::workspace;

/// Services that publish a port, and the variable that chooses it.
const PUBLISHED: [(&str, &str); 5] = [
    ("sigil", "SIGIL_PORT"),
    ("prometheus", "PROMETHEUS_PORT"),
    ("alertmanager", "ALERTMANAGER_PORT"),
    ("grafana", "GRAFANA_PORT"),
    ("receivers", "RECEIVERS_PORT"),
];
/// What would lead outside or leave nothing to check; empty, they mean what is in the stack, whatever `.env` says.
const EMPTY: [&str; 5] =
    ["SLACK_WEBHOOK_URL_FILE", "PAGERDUTY_ROUTING_KEY_FILE", "PAGERDUTY_URL", "TRACES_ENDPOINT", "OTEL_SDK_DISABLED"];

/// Ports of this machine, by service.
#[derive(Debug)]
pub(crate) struct Ports(BTreeMap<&'static str, u16>);

impl Ports {
    /// As many as are needed, free just now.
    pub(crate) fn free() -> io::Result<Self> {
        // All are held until all are known, or one could be given twice.
        let held = PUBLISHED.map(|(service, _)| Ok((service, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)));
        let held = held.into_iter().collect::<io::Result<Vec<_>>>()?;
        let ports = held.iter().map(|(service, listener)| Ok((*service, listener.local_addr()?.port())));
        Ok(Ports(ports.collect::<io::Result<_>>()?))
    }

    /// `host:port` of a service that publishes one.
    pub(crate) fn address(&self, service: &str) -> String {
        format!("127.0.0.1:{}", self.0.get(service).copied().unwrap_or_default())
    }
}

#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) engine: Engine,
    pub(crate) ports: Ports,
    pub(crate) name: String,
    /// Those that are started, in the order of their names.
    pub(crate) services: Vec<String>,
    declared: BTreeMap<String, Declared>,
}

#[derive(Debug, Deserialize)]
struct Declared {
    image: String,
    build: Option<serde_json::Value>,
}

/// A container as it is now.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) service: String,
    pub(crate) id: String,
    /// Of its first process, as the engine's machine numbers them; another after each start, 0 while it doesn't run.
    pub(crate) pid: u32,
    /// `created`, `running`, `exited`, …
    pub(crate) state: String,
    /// `starting`, `healthy`, `unhealthy`; empty where it is not asked.
    pub(crate) health: String,
}

impl Container {
    pub(crate) fn well(&self) -> bool {
        self.state == "running" && matches!(self.health.as_str(), "" | "healthy")
    }
}

impl Project {
    pub(crate) fn read(engine: Engine, ports: Ports) -> Result<Self, ComposeError> {
        #[derive(Deserialize)]
        struct Config {
            services: BTreeMap<String, Declared>,
        }
        let name = format!("lapwing-check-{}", std::process::id());
        let mut project = Project { engine, ports, name, services: Vec::new(), declared: BTreeMap::new() };
        let mut command = project.compose(&["config", "--format", "json"]);
        let text = project.engine.output(&mut command)?;
        let config: Config = serde_json::from_str(&text).map_err(|error| EngineError::Unexpected {
            command: crate::step::shown(&command),
            problem: error.to_string(),
        })?;
        project.services = config.services.keys().cloned().collect();
        project.declared = config.services;
        Ok(project)
    }

    pub(crate) fn leave_out(&mut self, without: &BTreeSet<String>) -> Result<(), ComposeError> {
        if let Some(name) = without.iter().find(|name| !self.services.contains(name)) {
            return Err(ComposeError::NoService { name: name.clone(), there: self.services.clone() });
        }
        self.services.retain(|service| !without.contains(service));
        Ok(())
    }

    /// `docker compose …` of this project.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        let progress = if arguments.first() == Some(&"build") { "plain" } else { "quiet" };
        command.args(["compose", "--project-name", &self.name, "--profile", "demo", "--progress", progress]);
        command.args(arguments);
        for (service, variable) in PUBLISHED {
            command.env(variable, self.ports.0.get(service).copied().unwrap_or_default().to_string());
        }
        for variable in EMPTY {
            command.env(variable, "");
        }
        command.env_remove("METRICS_TOKEN");
        command
    }

    /// Pulls what isn't here, then builds what is ours: what can't be had is said before minutes are spent.
    pub(crate) fn get_images(&self, no_build: bool) -> Result<(), ComposeError> {
        let declared = || self.services.iter().map(|service| (service, &self.declared[service]));
        let built: BTreeMap<&str, &String> = declared()
            .filter(|(_, declared)| declared.build.is_some() && !no_build)
            .map(|(service, declared)| (declared.image.as_str(), service))
            .collect();
        let pulled: BTreeSet<&str> = declared().map(|(_, declared)| declared.image.as_str()).collect();
        for image in pulled.into_iter().filter(|image| !built.contains_key(image)) {
            self.have_or_pull(image)?;
        }
        if !built.is_empty() {
            self.have_or_pull(&base_image()?)?;
        }
        for (image, service) in built {
            println!("building {image} (the first time takes minutes)");
            let mut command = self.compose(&["build", service]);
            let shown = crate::step::shown(&command);
            match self.engine.start(&mut command)?.wait() {
                Ok(status) if status.success() => {}
                Ok(status) => return Err(EngineError::Failed { command: shown, problem: status.to_string() }.into()),
                Err(source) => return Err(EngineError::Run { command: shown, source }.into()),
            }
        }
        Ok(())
    }

    fn have_or_pull(&self, image: &str) -> Result<(), ComposeError> {
        if self.engine.run(&["image", "inspect", image]).is_ok() {
            return Ok(());
        }
        println!("pulling {image}");
        let pulled = self.engine.run(&["pull", "--quiet", image]);
        pulled.map_err(|error| EngineError::NoImage { image: image.to_owned(), problem: error.to_string() })?;
        Ok(())
    }

    pub(crate) fn containers(&self) -> Result<Vec<Container>, EngineError> {
        let filter = self.label();
        let ids = self.engine.run(&["ps", "--all", "--no-trunc", "--quiet", "--filter", &filter])?;
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let command = [&["inspect"], ids.as_slice()].concat();
        let text = self.engine.run(&command)?;
        let problem = |error: serde_json::Error| EngineError::Unexpected {
            command: "docker inspect".to_owned(),
            problem: error.to_string(),
        };
        let inspected: Vec<Inspected> = serde_json::from_str(&text).map_err(problem)?;
        Ok(inspected.into_iter().map(Container::from).collect())
    }

    pub(crate) fn container(&self, service: &str) -> Result<Container, EngineError> {
        let found = self.containers()?.into_iter().find(|container| container.service == service);
        found.ok_or_else(|| EngineError::Unexpected {
            command: "docker ps".to_owned(),
            problem: format!("there is no container of {service}"),
        })
    }

    pub(crate) fn image(&self, service: &str) -> &str {
        &self.declared[service].image
    }

    pub(crate) fn down(&self) -> Result<(), EngineError> {
        self.engine.output(&mut self.compose(&["down", "--volumes", "--remove-orphans", "--timeout", "30"])).map(drop)
    }

    /// Containers, volumes and networks that are there still.
    pub(crate) fn left(&self) -> Result<Vec<String>, EngineError> {
        let filter = self.label();
        let mut left = Vec::new();
        for (kind, list) in [("container", "ps --all"), ("volume", "volume ls"), ("network", "network ls")] {
            let mut arguments: Vec<&str> = list.split(' ').collect();
            let format = if kind == "container" { "{{.Names}}" } else { "{{.Name}}" };
            arguments.extend(["--filter", &filter, "--format", format]);
            left.extend(self.engine.run(&arguments)?.lines().map(|name| format!("{kind} {name}")));
        }
        Ok(left)
    }

    /// The ends of the containers' logs, for when something went wrong.
    pub(crate) fn last_words(&self) -> String {
        self.engine.output(&mut self.compose(&["logs", "--no-color", "--tail", "15"])).unwrap_or_default()
    }

    fn label(&self) -> String {
        format!("label=com.docker.compose.project={}", self.name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    state: State,
    config: Labelled,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
    pid: u32,
    health: Option<Health>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Labelled {
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

impl From<Inspected> for Container {
    fn from(inspected: Inspected) -> Self {
        let Inspected { id, state, mut config } = inspected;
        let service = config.labels.remove("com.docker.compose.service").unwrap_or_default();
        // Without a health check some engines leave it out, others say `none`.
        let health = state.health.map(|health| health.status).filter(|status| status != "none").unwrap_or_default();
        Container { service, id, pid: state.pid, state: state.status, health }
    }
}

/// What the Dockerfile builds on.
fn base_image() -> Result<String, ComposeError> {
    let path = workspace::root().join("Dockerfile");
    let text = fs::read_to_string(&path).map_err(|source| ComposeError::File { path, source })?;
    let named = text.lines().find_map(|line| line.strip_prefix("ARG RUST="));
    Ok(named.unwrap_or("rust").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_is_well_when_it_runs_and_says_so() {
        let of = |state: &str| {
            let labels = r#"{"Labels": {"com.docker.compose.service": "sigil"}}"#;
            let text = format!(r#"{{"Id": "c0", "State": {state}, "Config": {labels}}}"#);
            Container::from(serde_json::from_str::<Inspected>(&text).unwrap())
        };
        let healthy = of(r#"{"Status": "running", "Pid": 7, "Health": {"Status": "healthy"}}"#);
        assert_eq!((healthy.service.as_str(), healthy.id.as_str(), healthy.pid), ("sigil", "c0", 7));
        assert!(healthy.well() && of(r#"{"Status": "running", "Pid": 7}"#).well());
        assert!(!of(r#"{"Status": "running", "Pid": 7, "Health": {"Status": "starting"}}"#).well());
        assert!(!of(r#"{"Status": "exited", "Pid": 0}"#).well());
    }

    #[test]
    fn dockerfile_names_what_it_builds_on() {
        assert!(base_image().unwrap().starts_with("rust:1."));
    }

    #[test]
    fn ports_are_all_different() {
        let ports = Ports::free().unwrap();
        let different: BTreeSet<u16> = ports.0.values().copied().collect();
        assert_eq!(different.len(), PUBLISHED.len());
        assert!(!different.contains(&0));
    }
}
