//! Lists of labels, and what stands between an operator and its right side.

use super::Parser;
use crate::{Group, Grouping, Name, Side, Span, SyntaxError, VectorMatching, lexer::TokenKind};

impl Parser<'_> {
    /// `by (…)` or `without (…)`
    pub(super) fn grouping(&mut self) -> Result<Grouping, SyntaxError> {
        let without = self.at_keyword("without");
        let keyword = self.advance();
        let (labels, end) = self.labels()?;
        Ok(Grouping { span: keyword.start..end, without, labels })
    }

    /// `bool`, `on (…)` or `ignoring (…)`, `group_left (…)` or `group_right (…)`
    pub(super) fn binary_modifiers(&mut self) -> Result<(Option<Span>, Option<VectorMatching>), SyntaxError> {
        let return_bool = self.at_keyword("bool").then(|| self.advance());
        let on = self.at_keyword("on");
        if !on && !self.at_keyword("ignoring") {
            return Ok((return_bool, None));
        }
        let keyword = self.advance();
        let (labels, mut end) = self.labels()?;
        let mut group = None;
        for (word, side) in [("group_left", Side::Left), ("group_right", Side::Right)] {
            if group.is_none() && self.at_keyword(word) {
                let keyword = self.advance();
                end = keyword.end;
                let mut labels = Vec::new();
                if self.peek() == &TokenKind::LeftParen {
                    (labels, end) = self.labels()?;
                }
                group = Some(Group { span: keyword.start..end, side, labels });
            }
        }
        Ok((return_bool, Some(VectorMatching { span: keyword.start..end, on, labels, group })))
    }

    /// Labels in parentheses, and where these end.
    fn labels(&mut self) -> Result<(Vec<Name>, usize), SyntaxError> {
        let open = self.expect(&TokenKind::LeftParen, "`(` and labels")?;
        let mut labels = Vec::new();
        loop {
            match self.peek() {
                TokenKind::RightParen if labels.is_empty() => break,
                TokenKind::Word | TokenKind::Templated(_) | TokenKind::String(..) => labels.push(self.label()?),
                TokenKind::End => break,
                _ => return Err(self.unexpected("a label")),
            }
            // A variable may bring its commas along: `by (le $more)`.
            let behind = labels.last().is_some_and(|label: &Name| !label.variables.is_empty() && !label.quoted)
                && matches!(self.peek(), TokenKind::Word);
            let templated = behind || matches!(self.peek(), TokenKind::Templated(_));
            if self.eat(&TokenKind::Comma).is_none() && !templated || self.peek() == &TokenKind::RightParen {
                break;
            }
        }
        let close = self.expect_closed(&open, "`,` or `)`")?;
        Ok((labels, close.end))
    }

    fn label(&mut self) -> Result<Name, SyntaxError> {
        let keyword = ["without", "inf", "nan"].iter().any(|keyword| self.at_keyword(keyword));
        if keyword {
            let help = format!("put it in quotes: \"{}\" (Prometheus 3)", self.slice());
            return Err(self.unexpected("a label").help(help));
        }
        let name = self.name();
        if name.text.is_empty() {
            return Err(SyntaxError::new(name.span, "a label can't be empty"));
        }
        Ok(name)
    }
}
