//! Ranges, subqueries, `offset` and `@`.

use super::{Node, Parser};
use crate::{
    At, AtTime, BinaryOp, DurationLiteral, DurationValue, Expr, ExprKind, MatrixSelector, Offset, Span, Subquery,
    SyntaxError, VectorSelector, lexer::TokenKind, literal,
};

impl Parser<'_> {
    pub(super) fn postfix(&mut self) -> Result<Node, SyntaxError> {
        let mut node = self.primary()?;
        loop {
            match self.peek() {
                TokenKind::LeftBracket => node = self.brackets(node)?,
                TokenKind::At => self.at(&mut node.expr)?,
                TokenKind::Word if self.at_keyword("offset") => self.offset(&mut node.expr)?,
                _ => return Ok(node),
            }
        }
    }

    fn brackets(&mut self, node: Node) -> Result<Node, SyntaxError> {
        let open = self.advance();
        let range = self.duration("a duration such as 5m", false)?;
        if self.eat(&TokenKind::Colon).is_some() {
            let step = match self.peek() {
                TokenKind::RightBracket => None,
                _ => Some(self.duration("a duration or `]`", false)?),
            };
            let close = self.expect(&TokenKind::RightBracket, "`]`")?;
            let span = node.expr.span.start..close.end;
            let subquery = Subquery { expr: node.expr, range, step, offset: None, at: None };
            return Node::over(node.height, span, ExprKind::Subquery(Box::new(subquery)));
        }
        let close = self.expect(&TokenKind::RightBracket, "`:` or `]`")?;
        let span = node.expr.span.start..close.end;
        let place = open.start..close.end;
        let Some(selector) = selector(node.expr) else {
            let error = SyntaxError::new(place, "only a selector has a range");
            return Err(error.help("a subquery takes any instant vector: [5m:]"));
        };
        if selector.offset.is_some() || selector.at.is_some() {
            let error = SyntaxError::new(place, "the range has to come before offset and @");
            return Err(error.help("write `up[5m] offset 1h`"));
        }
        Ok(Node {
            expr: Expr { span, kind: ExprKind::MatrixSelector(Box::new(MatrixSelector { selector, range })) },
            height: 1,
        })
    }

    fn offset(&mut self, expr: &mut Expr) -> Result<(), SyntaxError> {
        let keyword = self.advance();
        let negative = self.signs();
        let duration = self.duration("a duration such as 5m", true)?;
        let span = keyword.start..duration.span.end;
        let (offset, _) = modifiers(expr).ok_or_else(|| misplaced(&span, "offset"))?;
        if offset.is_some() {
            return Err(SyntaxError::new(span, "there is an offset already"));
        }
        let end = span.end;
        *offset = Some(Offset { span, negative, duration });
        expr.span.end = end;
        Ok(())
    }

    fn at(&mut self, expr: &mut Expr) -> Result<(), SyntaxError> {
        let sign = self.advance();
        let time = self.time()?;
        let span = sign.start..self.tokens[self.position - 1].span.end;
        let (_, at) = modifiers(expr).ok_or_else(|| misplaced(&span, "@"))?;
        if at.is_some() {
            return Err(SyntaxError::new(span, "there is an @ already"));
        }
        *at = Some(At { span: span.clone(), time });
        expr.span.end = span.end;
        Ok(())
    }

    fn time(&mut self) -> Result<AtTime, SyntaxError> {
        for (word, time) in [("start", AtTime::Start), ("end", AtTime::End)] {
            if self.at_keyword(word) {
                self.advance();
                self.expect(&TokenKind::LeftParen, "`()`")?;
                self.expect(&TokenKind::RightParen, "`)`")?;
                return Ok(time);
            }
        }
        let from = self.span().start;
        let sign = match self.peek() {
            TokenKind::Op(BinaryOp::Sub) => -1.0,
            _ => 1.0,
        };
        if matches!(self.peek(), TokenKind::Op(BinaryOp::Add | BinaryOp::Sub)) {
            self.advance();
        }
        let value = match self.peek() {
            TokenKind::Templated(_) => return Ok(AtTime::Variable(self.name())),
            TokenKind::Number(value) => *value,
            TokenKind::Duration(duration) => duration.as_secs_f64(),
            TokenKind::Word if self.at_keyword("inf") || self.at_keyword("nan") => f64::INFINITY,
            _ => return Err(self.unexpected("a time in seconds, start() or end()")),
        };
        let span = from..self.advance().end;
        // As milliseconds, in 64 bits.
        if value.abs() >= i64::MAX as f64 {
            return Err(SyntaxError::new(span, "the time behind @ is too large"));
        }
        Ok(AtTime::Timestamp(sign * value))
    }

    /// Any number of signs: Prometheus 3 calculates with them.
    fn signs(&mut self) -> bool {
        let mut negative = false;
        while let TokenKind::Op(op @ (BinaryOp::Add | BinaryOp::Sub)) = self.peek() {
            negative ^= *op == BinaryOp::Sub;
            self.advance();
        }
        negative
    }

    fn duration(&mut self, expected: &str, zero: bool) -> Result<DurationLiteral, SyntaxError> {
        if !zero && self.peek() == &TokenKind::Op(BinaryOp::Add) {
            self.advance();
        }
        let span = self.span();
        let duration = match self.peek() {
            TokenKind::Templated(_) => {
                let value = DurationValue::Variable(self.name());
                return Ok(DurationLiteral { span, value });
            }
            TokenKind::Duration(duration) => Some(*duration),
            TokenKind::Number(seconds) => literal::seconds(*seconds),
            TokenKind::Op(BinaryOp::Sub) => return Err(SyntaxError::new(span, "a range has to be longer than 0")),
            _ => return Err(self.unexpected(expected)),
        };
        let duration =
            duration.ok_or_else(|| SyntaxError::new(span.clone(), "the duration is longer than 292 years"))?;
        if duration.is_zero() && !zero {
            return Err(SyntaxError::new(span, "a range has to be longer than 0"));
        }
        self.advance();
        if matches!(self.peek(), TokenKind::Op(_)) && !zero {
            let error = self.unexpected("`:` or `]`");
            return Err(error.help("calculating with durations is experimental, and off by default"));
        }
        Ok(DurationLiteral { span, value: DurationValue::Fixed(duration) })
    }
}

/// The selector that an expression is; a lone variable stands for one.
fn selector(expr: Expr) -> Option<VectorSelector> {
    match expr.kind {
        ExprKind::VectorSelector(selector) => Some(*selector),
        ExprKind::Variable(name) => {
            Some(VectorSelector { span: expr.span, name: Some(name), matchers: Vec::new(), offset: None, at: None })
        }
        _ => None,
    }
}

/// Where offset and `@` of an expression are kept; a lone variable becomes a selector.
fn modifiers(expr: &mut Expr) -> Option<(&mut Option<Offset>, &mut Option<At>)> {
    if let ExprKind::Variable(name) = &expr.kind {
        let (span, name) = (expr.span.clone(), Some(name.clone()));
        let selector = VectorSelector { span, name, matchers: Vec::new(), offset: None, at: None };
        expr.kind = ExprKind::VectorSelector(Box::new(selector));
    }
    match &mut expr.kind {
        ExprKind::VectorSelector(selector) => Some((&mut selector.offset, &mut selector.at)),
        ExprKind::MatrixSelector(matrix) => Some((&mut matrix.selector.offset, &mut matrix.selector.at)),
        ExprKind::Subquery(subquery) => Some((&mut subquery.offset, &mut subquery.at)),
        _ => None,
    }
}

fn misplaced(span: &Span, what: &str) -> SyntaxError {
    SyntaxError::new(span.clone(), format!("{what} has to follow a selector or a subquery"))
        .help("put it behind each selector: `rate(up[5m] offset 1h)`")
}
