//! Metric names and matchers.

use super::{Node, Parser};
use crate::{
    BinaryOp, ExprKind, MatchOp, Matcher, MatcherPart, Name, StringLiteral, SyntaxError, VectorSelector,
    lexer::TokenKind,
};

impl Parser<'_> {
    /// From the name, if there is one, or the brace on.
    pub(super) fn vector_selector(&mut self, mut name: Option<Name>) -> Result<Node, SyntaxError> {
        let mut span = name.as_ref().map_or_else(|| self.span(), |name| name.span.clone());
        let mut matchers = Vec::new();
        if let Some(open) = self.eat(&TokenKind::LeftBrace) {
            while self.peek() != &TokenKind::RightBrace {
                if self.peek() == &TokenKind::End {
                    return Err(SyntaxError::new(open, "the brace isn't closed, expected `}`"));
                }
                let variable = self.matcher(&mut name, &mut matchers)?;
                // A variable may bring its commas along: `{job="api" $more}`.
                let free = variable || matches!(self.peek(), TokenKind::Templated(_));
                if self.eat(&TokenKind::Comma).is_none() && !free && self.peek() != &TokenKind::RightBrace {
                    if self.peek() == &TokenKind::End {
                        return Err(SyntaxError::new(open, "the brace isn't closed, expected `}`"));
                    }
                    return Err(self.unexpected("`,` or `}`"));
                }
            }
            span.end = self.advance().end;
        }
        let selector = VectorSelector { span: span.clone(), name, matchers, offset: None, at: None };
        Ok(Node::leaf(span, ExprKind::VectorSelector(Box::new(selector))))
    }

    /// One part of what stands in braces; tells whether that is a variable.
    fn matcher(&mut self, metric: &mut Option<Name>, matchers: &mut Vec<MatcherPart>) -> Result<bool, SyntaxError> {
        let templated = match self.peek() {
            TokenKind::Templated(_) => true,
            TokenKind::Word | TokenKind::String(..) => false,
            _ => return Err(self.unexpected("a label or `}`")),
        };
        let name = self.name();
        let op = match self.peek() {
            TokenKind::Assign => MatchOp::Equal,
            TokenKind::Op(BinaryOp::NotEqual) => MatchOp::NotEqual,
            TokenKind::Regex => MatchOp::Regex,
            TokenKind::NotRegex => MatchOp::NotRegex,
            _ if templated => {
                matchers.push(MatcherPart::Variable(name));
                return Ok(true);
            }
            _ if name.quoted => {
                self.quoted_metric(name, metric, matchers)?;
                return Ok(false);
            }
            _ => return Err(self.unexpected("`=`, `!=`, `=~` or `!~`")),
        };
        let op_span = self.advance();
        let value = match self.peek() {
            TokenKind::String(..) | TokenKind::Templated(_) => self.name(),
            TokenKind::Assign => return Err(self.unexpected("a string").help("labels are compared with a single =")),
            _ => return Err(self.unexpected("a string")),
        };
        let value = StringLiteral { span: value.span, text: value.text, variables: value.variables };
        matchers.push(MatcherPart::Matcher(Matcher::new(name, op, op_span, value)?));
        Ok(false)
    }

    /// `{"name"}`: the first is the metric's name, others are conditions on it.
    fn quoted_metric(
        &mut self,
        name: Name,
        metric: &mut Option<Name>,
        matchers: &mut Vec<MatcherPart>,
    ) -> Result<(), SyntaxError> {
        match metric {
            None => *metric = Some(name),
            Some(first) if !first.quoted => {
                let message = format!("the metric has two names, `{}` and `{}`", first.text, name.text);
                return Err(SyntaxError::new(name.span, message));
            }
            Some(_) => {
                let place = name.span.clone();
                let value = StringLiteral { span: name.span, text: name.text, variables: name.variables };
                let label = Name {
                    span: place.start..place.start,
                    text: "__name__".to_owned(),
                    quoted: false,
                    variables: Vec::new(),
                };
                let matcher = Matcher::new(label, MatchOp::Equal, place.start..place.start, value)?;
                matchers.push(MatcherPart::Matcher(matcher));
            }
        }
        Ok(())
    }
}
