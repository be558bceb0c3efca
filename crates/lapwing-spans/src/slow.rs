//! The log of slow spans.

use std::fmt;

use opentelemetry::Key;
use tracing_core::{Dispatch, dispatcher, span::Id};

use crate::{live_span::LiveSpan, outcome::Verdict, plan::RulePlan, reentry, values::Values};

/// Target of the log lines.
pub(crate) const TARGET: &str = "lapwing::slow";

/// A span that took longer than its rule's threshold.
pub(crate) struct Slow<'a> {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<Id>,
    /// In nanoseconds.
    pub(crate) took: f64,
    pub(crate) threshold: f64,
    pub(crate) rule: &'a RulePlan,
    pub(crate) span: &'a LiveSpan,
    pub(crate) values: &'a Values,
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
                elapsed_ms = self.took / 1e6,
                threshold_ms = self.threshold / 1e6,
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
        let Slow { rule, span, values, verdict, .. } = self.0;
        let mut said: Vec<&Key> = Vec::new();
        let labels = rule
            .measures
            .iter()
            .flat_map(|measure| measure.sink.keys().iter().zip(measure.labels.texts(span, *verdict, values)));
        for (key, value) in labels {
            let Some(value) = value.filter(|_| !said.contains(&key)) else { continue };
            said.push(key);
            write!(f, "{separator}{key}=")?;
            if value.is_empty() || value.contains(|c: char| c.is_whitespace() || c.is_control() || "\"=".contains(c)) {
                write!(f, "{value:?}")?;
            } else {
                f.write_str(&value)?;
            }
            separator = " ";
        }
        Ok(())
    }
}
