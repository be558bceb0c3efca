//! What a matcher matches.

use std::collections::BTreeSet;

use regex::Regex;

use crate::{Name, Span, StringLiteral, SyntaxError, re2};

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl MatchOp {
    /// As written in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        }
    }
}

/// A condition on a label: `job=~"api|web"`.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// All of it.
    pub span: Span,
    /// The label.
    pub name: Name,
    /// How it compares.
    pub op: MatchOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// What the label is compared with; without quotes where a Grafana variable brings them along.
    pub value: StringLiteral,
    regex: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.span, &self.name, self.op, &self.op_span, &self.value)
            == (&other.span, &other.name, other.op, &other.op_span, &other.value)
    }
}

impl Matcher {
    /// A matcher of parts.
    ///
    /// # Errors
    /// If the value is no regular expression and has to be one.
    pub fn new(name: Name, op: MatchOp, op_span: Span, value: StringLiteral) -> Result<Self, SyntaxError> {
        let mut regex = None;
        if let (MatchOp::Regex | MatchOp::NotRegex, Some(pattern)) = (op, value.fixed()) {
            let compiled = re2::compile(pattern).map_err(|reason| {
                SyntaxError::new(value.span.clone(), format!("the regular expression can't be read: {reason}"))
            })?;
            regex = Some(compiled);
        }
        Ok(Matcher { span: name.span.start..value.span.end, name, op, op_span, value, regex })
    }

    /// Whether a label with this value (empty: without the label) is selected; `None` where that depends on a Grafana
    /// variable.
    pub fn matches(&self, value: &str) -> Option<bool> {
        let fixed = self.value.fixed()?;
        let regex = || self.regex.as_ref().is_some_and(|regex| regex.is_match(value));
        Some(match self.op {
            MatchOp::Equal => value == fixed,
            MatchOp::NotEqual => value != fixed,
            MatchOp::Regex => regex(),
            MatchOp::NotRegex => !regex(),
        })
    }

    /// Every value that `=` or `=~` selects, if they are few enough to be written down: of `api|web` and `(a|b)c` the
    /// alternatives. An empty value stands for series without the label.
    pub fn values(&self) -> Option<BTreeSet<String>> {
        let fixed = self.value.fixed()?;
        match self.op {
            MatchOp::Equal => Some(BTreeSet::from([fixed.to_owned()])),
            MatchOp::Regex => re2::literals(fixed),
            MatchOp::NotEqual | MatchOp::NotRegex => None,
        }
    }

    /// Compares by regular expression: `=~` or `!~`.
    pub fn is_regex(&self) -> bool {
        matches!(self.op, MatchOp::Regex | MatchOp::NotRegex)
    }

    /// Whether only series with the label are selected; `None` where that depends on a Grafana variable.
    pub fn requires_label(&self) -> Option<bool> {
        self.matches("").map(|empty| !empty)
    }
}
