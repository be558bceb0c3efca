//! Which routes an alert takes.

use std::{cell::RefCell, collections::HashMap};

use regex::Regex;

use crate::{
    AlertmanagerConfig, LabelMatcher, LabelOp, Receiver, Route, Text,
    firing::{AlertLabels, LabelValue, Truth},
};

/// Compares labels with matchers.
#[derive(Default)]
pub(crate) struct Matching {
    /// Each pattern is compiled once; none where it is no regular expression.
    patterns: RefCell<HashMap<String, Option<Regex>>>,
}

impl Matching {
    /// Whether a matcher takes this value; an absent label has the empty one.
    pub(crate) fn takes(&self, matcher: &LabelMatcher, value: &str) -> Truth {
        match matcher.op {
            LabelOp::Equal => (matcher.value == value).into(),
            LabelOp::NotEqual => (matcher.value != value).into(),
            LabelOp::Regex | LabelOp::NotRegex => {
                let mut patterns = self.patterns.borrow_mut();
                let pattern = patterns
                    .entry(matcher.value.clone())
                    .or_insert_with(|| Regex::new(&format!("^(?:{})$", matcher.value)).ok());
                match pattern {
                    Some(pattern) => (pattern.is_match(value) == (matcher.op == LabelOp::Regex)).into(),
                    None => Truth::Maybe,
                }
            }
        }
    }

    fn one(&self, matcher: &LabelMatcher, labels: &AlertLabels<'_>) -> Truth {
        match (labels.value(&matcher.label), matcher.op, matcher.value.as_str()) {
            (LabelValue::Known(value), _, _) => self.takes(matcher, value),
            (_, LabelOp::Regex, ".*") => Truth::Yes,
            (_, LabelOp::NotRegex, ".*") => Truth::No,
            (LabelValue::Some, LabelOp::Equal, "") | (LabelValue::Some, LabelOp::NotRegex, ".+") => Truth::No,
            (LabelValue::Some, LabelOp::NotEqual, "") | (LabelValue::Some, LabelOp::Regex, ".+") => Truth::Yes,
            _ => Truth::Maybe,
        }
    }

    /// Whether all of the matchers take the labels.
    pub(crate) fn all(&self, matchers: &[LabelMatcher], labels: &AlertLabels<'_>) -> Truth {
        matchers.iter().map(|matcher| self.one(matcher, labels)).min().unwrap_or(Truth::Yes)
    }

    /// The routes that an alert ends in, in the order of the file, as Alertmanager walks its tree; with those that it
    /// may end in.
    pub(crate) fn ends<'c>(&self, config: &'c AlertmanagerConfig, labels: &AlertLabels<'_>) -> Vec<End<'c>> {
        let mut ends = Vec::new();
        if let Some(root) = &config.route {
            self.descend(root, root.receiver.as_ref(), labels, true, &mut ends);
        }
        ends
    }

    fn descend<'c>(
        &self,
        route: &'c Route,
        receiver: Option<&'c Text>,
        labels: &AlertLabels<'_>,
        mut certain: bool,
        ends: &mut Vec<End<'c>>,
    ) {
        let (from, of_itself) = (ends.len(), certain);
        let (mut taken, mut doubtful) = (false, false);
        for child in &route.routes {
            let mut truth = self.all(&child.matchers, labels);
            if !child.wrong_matchers.is_empty() {
                truth = truth.min(Truth::Maybe);
            }
            if truth == Truth::No {
                continue;
            }
            let sure = truth == Truth::Yes;
            self.descend(child, child.receiver.as_ref().or(receiver), labels, certain && sure, ends);
            taken |= sure;
            doubtful |= !sure;
            if !child.goes_on && sure {
                break;
            }
            certain &= sure || child.goes_on;
        }
        if !taken {
            ends.insert(from, End { receiver, certain: of_itself && !doubtful });
        }
    }
}

/// A route that an alert ends in.
pub(crate) struct End<'c> {
    /// The receiver's name, where it is written.
    pub(crate) receiver: Option<&'c Text>,
    /// Whether it does, or only may.
    pub(crate) certain: bool,
}

impl AlertmanagerConfig {
    /// The receiver of this name.
    pub(crate) fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name.as_ref().is_some_and(|own| own.value == name))
    }
}

/// Whom a receiver reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nobody.
    Nobody,
    /// Whoever is looking.
    Desk,
    /// A program that does what it does.
    Program,
    /// Whoever is on call.
    Pager,
}

impl Receiver {
    /// Whom it reaches at best.
    pub(crate) fn reach(&self) -> Reach {
        let kinds = || self.channels.iter().map(|(kind, _)| kind.as_str());
        let pager = |kind: &str| {
            matches!(
                kind,
                "pagerduty_configs"
                    | "opsgenie_configs"
                    | "victorops_configs"
                    | "pushover_configs"
                    | "incidentio_configs"
            )
        };
        if kinds().any(pager) {
            Reach::Pager
        } else if kinds().any(|kind| matches!(kind, "webhook_configs" | "sns_configs")) {
            Reach::Program
        } else if kinds().next().is_some() {
            Reach::Desk
        } else {
            Reach::Nobody
        }
    }

    /// The texts that are expanded when it notifies: the key of each, and the text.
    pub(crate) fn templates(&self, config: &AlertmanagerConfig) -> Vec<(String, Text)> {
        let mut templates = Vec::new();
        for (_, settings) in &self.channels {
            settings.walk(&mut |path, node| {
                let template = node.as_str().is_some_and(|text| text.contains("{{"));
                if let Some(text) = config.frame.text(node).filter(|_| template) {
                    templates.push((path.key().unwrap_or_default().to_owned(), text));
                }
            });
        }
        templates
    }

    /// Whether its name says that what it gets is to be dropped.
    pub(crate) fn is_meant_to_drop(&self) -> bool {
        let name = self.name.as_ref().map(|name| name.to_lowercase()).unwrap_or_default();
        matches!(name.as_str(), "null" | "none" | "blackhole" | "black-hole" | "devnull" | "dev-null" | "drop" | "noop")
    }
}
