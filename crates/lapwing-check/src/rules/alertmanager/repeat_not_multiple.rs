//! `repeat_interval` is shorter than `group_interval`, or no multiple of it.
//!
//! ```yaml
//! group_interval: 5m
//! repeat_interval: 12m
//! ```
//!
//! ## Why it matters
//!
//! Alertmanager looks at a group once every `group_interval`, and only then sees that a reminder is due: here after 15 minutes, not after 12.
//! With a `repeat_interval` below `group_interval` every look sends a reminder.
//!
//! ## How to mend it
//!
//! Make it a multiple:
//!
//! ```yaml
//! group_interval: 5m
//! repeat_interval: 15m
//! ```
//!
//! ## When to allow it
//!
//! When the exact time does not matter to anybody.

use std::time::Duration;

use crate::{Findings, Project, Route, Rule, Severity, Timing, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/repeat-not-multiple",
    severity: Severity::Info,
    headline: "reminders come at other times than `repeat_interval` says",
    source: include_str!("repeat_not_multiple.rs"),
    check: Check::Project(check),
};

const GROUP_INTERVAL: Duration = Duration::from_secs(300);
const REPEAT_INTERVAL: Duration = Duration::from_secs(4 * 3600);

fn check(project: &Project, findings: &mut Findings) {
    for config in project.alertmanagers() {
        if let Some(root) = &config.route {
            below(root, (GROUP_INTERVAL, None), (REPEAT_INTERVAL, None), findings);
        }
    }
}

/// A time that holds for a route, and where it is written.
type Held<'c> = (Duration, Option<&'c Timing>);

fn below<'c>(route: &'c Route, group: Held<'c>, repeat: Held<'c>, findings: &mut Findings) {
    let own = |timing: &'c Option<Timing>, inherited: Held<'c>| match timing {
        Some(timing) => timing.value.map(|value| (value, Some(timing))),
        None => Some(inherited),
    };
    let (Some(group), Some(repeat)) = (own(&route.group_interval, group), own(&route.repeat_interval, repeat)) else {
        return;
    };
    let written = route.repeat_interval.as_ref().or(route.group_interval.as_ref());
    let (every, reminds) = (group.0.as_millis(), repeat.0.as_millis());
    if let Some(written) = written.filter(|_| every > 0 && reminds % every != 0) {
        let rounded = u64::try_from(reminds.div_ceil(every) * every).unwrap_or(u64::MAX);
        let rounded = shown(Duration::from_millis(rounded));
        let finding =
            findings.add(written.spot(), format!("reminders come every {rounded}, not every {}", shown(repeat.0)));
        let other = if route.repeat_interval.is_some() { group.1 } else { repeat.1 };
        if let Some(other) = other {
            finding.also(other.spot(), "does not go into it evenly");
        }
        finding.help(format!(
            "groups are looked at every {}: make `repeat_interval` a multiple, such as {rounded}",
            shown(group.0)
        ));
    }
    route.routes.iter().for_each(|child| below(child, group, repeat, findings));
}

/// As Alertmanager writes it.
fn shown(duration: Duration) -> String {
    let mut left = duration.as_millis();
    let mut text = String::new();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if left >= length {
            text += &format!("{}{unit}", left / length);
            left %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}
