//! The flags that docker-compose.yml starts a program with.

use std::fs;

use serde_yaml_ng::Value;

pub(crate) struct Compose(Value);

impl Compose {
    pub(crate) fn read() -> Compose {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker-compose.yml")).unwrap();
        let mut compose: Value = serde_yaml_ng::from_str(&text).unwrap();
        compose.apply_merge().unwrap();
        Compose(compose)
    }

    /// The flags of a service. `places` are what is elsewhere here, as it is in a container and as it is here: each occurs.
    pub(crate) fn flags(&self, service: &str, places: &[(&str, &str)]) -> Vec<String> {
        let flags = self.0["services"][service]["command"].as_sequence();
        let flags = flags.unwrap_or_else(|| panic!("docker-compose.yml has no command of {service}"));
        let flags = flags.iter().map(|flag| with_defaults(flag.as_str().unwrap())).collect();
        moved(flags, places)
    }

    /// What the second Alertmanager of the cluster is told of the first.
    pub(crate) fn peer(&self, gossip_address: &str) -> String {
        let flag = self.0["services"]["alertmanager-2"]["environment"]["CLUSTER"].as_str().unwrap();
        moved(vec![flag.to_owned()], &[("alertmanager:9094", gossip_address)]).remove(0)
    }
}

fn moved(mut flags: Vec<String>, places: &[(&str, &str)]) -> Vec<String> {
    for (there, here) in places {
        assert!(flags.iter().any(|flag| flag.contains(there)), "no {there} in {flags:?}");
        flags.iter_mut().for_each(|flag| *flag = flag.replace(there, here));
    }
    flags
}

/// `${NAME:-default}` as it is where no `.env` sets it.
fn with_defaults(flag: &str) -> String {
    let Some((before, rest)) = flag.split_once("${") else { return flag.to_owned() };
    let (variable, after) = rest.split_once('}').unwrap();
    let default = variable.split_once(":-").unwrap_or_else(|| panic!("{flag} has no default")).1;
    with_defaults(&format!("{before}{default}{after}"))
}

/// A flag with another value; it is there.
pub(crate) fn set(flags: &mut [String], name: &str, value: &str) {
    let prefix = format!("{name}=");
    let flag = flags.iter_mut().find(|flag| flag.starts_with(&prefix));
    *flag.unwrap_or_else(|| panic!("docker-compose.yml sets no {name}")) = prefix + value;
}
