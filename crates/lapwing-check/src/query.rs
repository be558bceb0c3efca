//! PromQL in a file.

use std::ops::Range;

use lapwing_promql::{Dialect, Expr, SyntaxError, parse};

use crate::{Spot, Text};

/// PromQL in a file, read, with the way back to its characters.
#[derive(Clone, Debug)]
pub struct Query {
    text: Text,
    range: Range<usize>,
    parsed: Result<Expr, SyntaxError>,
}

impl Query {
    /// The query of a rule.
    pub(crate) fn rule(text: Text) -> Query {
        let range = 0..text.len();
        Query::part(text, range, Dialect::Prometheus)
    }

    /// The query of a panel, in which Grafana's variables may stand.
    pub(crate) fn panel(text: Text) -> Query {
        let range = 0..text.len();
        Query::part(text, range, Dialect::Grafana)
    }

    /// A query that is only a part of a text.
    pub(crate) fn part(text: Text, range: Range<usize>, dialect: Dialect) -> Query {
        let parsed = parse(&text.value[range.clone()], dialect);
        Query { text, range, parsed }
    }

    /// The PromQL.
    pub fn text(&self) -> &str {
        &self.text.value[self.range.clone()]
    }

    /// Its syntax tree; none if it can't be read.
    pub fn expr(&self) -> Option<&Expr> {
        self.parsed.as_ref().ok()
    }

    /// Why it can't be read.
    pub fn error(&self) -> Option<&SyntaxError> {
        self.parsed.as_ref().err()
    }

    /// Where a part of it stands; `span` counts the bytes of [`text`](Self::text).
    pub fn spot(&self, span: &Range<usize>) -> Spot {
        self.text.within(self.range.start + span.start..self.range.start + span.end)
    }
}
