//! The log of slow spans.

use std::fmt;

use tracing_core::{Dispatch, dispatcher, span::Id};

use crate::{capture::Captures, outcome::Verdict, plan::RulePlan, reentry};

/// Target of the log lines.
pub(crate) const TARGET: &str = "lapwing::slow";

/// A span that took longer than its rule's threshold.
pub(crate) struct Slow<'a> {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<Id>,
    pub(crate) took: u64,
    pub(crate) threshold: u64,
    pub(crate) rule: &'a RulePlan,
    pub(crate) captures: &'a Captures,
    pub(crate) verdict: Verdict,
}

impl Slow<'_> {
    /// Logs it through the subscriber that measured it, in the context of the span's parent.
    ///
    /// To be called without any lock held, as every layer sees the event.
    pub(crate) fn log(&self, dispatch: Option<&Dispatch>) {
        let log = || {
            tracing::warn!(
                target: TARGET,
                parent: self.parent.clone(),
                span = self.name,
                elapsed_ms = self.took as f64 / 1e6,
                threshold_ms = self.threshold as f64 / 1e6,
                labels = %Labels(self),
                "slow span"
            );
        };
        reentry::guarded(|| match dispatch {
            Some(dispatch) => dispatcher::with_default(dispatch, log),
            None => log(),
        });
    }
}

/// `name=value` of each label, a value in quotes where it would be ambiguous without.
struct Labels<'a>(&'a Slow<'a>);

impl fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (key, label) in &self.0.rule.logged {
            let Some(value) = label.value(self.0.captures, self.0.verdict) else { continue };
            write!(f, "{separator}{key}=")?;
            if value.is_empty() || value.contains(|c: char| c.is_whitespace() || c.is_control() || "\"=".contains(c)) {
                write!(f, "{value:?}")?;
            } else {
                f.write_str(value)?;
            }
            separator = " ";
        }
        Ok(())
    }
}
