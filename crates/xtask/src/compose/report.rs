//! What was seen, as JSON and in words.

use std::fmt;

use serde::Serialize;

#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) services: Vec<Healthy>,
    pub(crate) targets: usize,
    pub(crate) targets_up: usize,
    /// In the generated files.
    pub(crate) rules_declared: usize,
    /// Evaluated without error.
    pub(crate) rules_loaded: usize,
    pub(crate) incident: Option<Incident>,
    pub(crate) restarts: Vec<Restart>,
    pub(crate) network_cut: Option<Restart>,
    /// Containers, volumes and networks that `down` left.
    pub(crate) left_after_down: Vec<String>,
    pub(crate) problems: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Healthy {
    pub(crate) name: String,
    pub(crate) healthy_after_s: f64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Incident {
    pub(crate) slack: bool,
    pub(crate) pagerduty: bool,
    pub(crate) resolved: bool,
    /// From the cause to the later of both receivers.
    pub(crate) arrived_after_s: f64,
    /// From the cure to the later of both receivers.
    pub(crate) resolved_after_s: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Restart {
    pub(crate) name: String,
    pub(crate) how: &'static str,
    pub(crate) back_after_s: f64,
    /// What was promised to be kept and wasn't.
    pub(crate) lost: Option<String>,
}

impl Report {
    pub(crate) fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("text, numbers and truths are JSON");
        text + "\n"
    }

    /// Whether all was as it has to be.
    pub(crate) fn well(&self) -> bool {
        let incident =
            self.incident.as_ref().is_some_and(|incident| incident.slack && incident.pagerduty && incident.resolved);
        let cut = self.network_cut.as_ref().is_some_and(|cut| cut.lost.is_none());
        let kept = !self.restarts.is_empty() && self.restarts.iter().all(|restart| restart.lost.is_none());
        self.problems.is_empty()
            && self.left_after_down.is_empty()
            && (self.targets > 0 && self.targets_up == self.targets)
            && (self.rules_declared > 0 && self.rules_loaded == self.rules_declared)
            && incident
            && cut
            && kept
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Restart { name, how, back_after_s, lost } = self;
        let lost = lost.as_deref().map_or("nothing lost".to_owned(), |lost| format!("LOST: {lost}"));
        write!(f, "{name:<16} {how:<8} back after {back_after_s:>5.1} s, {lost}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "problem: {problem}")?;
        }
        for left in &self.left_after_down {
            writeln!(f, "left after down: {left}")?;
        }
        writeln!(f, "{}", if self.well() { "all is well" } else { "NOT all is well; see above" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Report {
        let restart = || Restart { name: "sigil".to_owned(), how: "kill", back_after_s: 1.5, lost: None };
        let incident = Incident { slack: true, pagerduty: true, resolved: true, ..Incident::default() };
        Report {
            targets: 3,
            targets_up: 3,
            rules_declared: 9,
            rules_loaded: 9,
            incident: Some(incident),
            restarts: vec![restart()],
            network_cut: Some(restart()),
            ..Report::default()
        }
    }

    #[test]
    fn anything_missing_is_not_well() {
        assert!(well().well());
        assert!(!Report::default().well());
        let mut report = well();
        report.targets_up = 2;
        assert!(!report.well());
        let mut report = well();
        report.restarts[0].lost = Some("all".to_owned());
        assert!(!report.well());
        let mut report = well();
        report.left_after_down.push("volume x".to_owned());
        assert!(!report.well() && report.to_string().contains("left after down: volume x"));
    }

    #[test]
    fn nothing_lost_is_null() {
        let json: serde_json::Value = serde_json::from_str(&well().json()).unwrap();
        assert_eq!(
            json["restarts"][0],
            serde_json::json!({"name": "sigil", "how": "kill", "back_after_s": 1.5, "lost": null})
        );
        assert_eq!(json["incident"]["resolved"], true);
    }
}
