//! Literals, parentheses, calls and aggregations.

use super::{Node, Parser};
use crate::{
    Aggregation, Aggregator, Call, Expr, ExprKind, Function, Name, StringLiteral, SyntaxError, lexer::TokenKind,
    suggest,
};

/// Keywords that can't be a metric's name.
const RESERVED: [&str; 6] = ["atan2", "bool", "group_left", "group_right", "ignoring", "on"];

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Node, SyntaxError> {
        match self.peek() {
            TokenKind::Number(_) | TokenKind::Duration(_) | TokenKind::String(..) => Ok(self.literal()),
            TokenKind::LeftParen => self.paren(),
            TokenKind::LeftBrace => self.vector_selector(None),
            TokenKind::Word => self.word(),
            TokenKind::Templated(_) => self.templated(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn literal(&mut self) -> Node {
        let kind = match self.peek().clone() {
            TokenKind::Number(value) => ExprKind::Number(value),
            TokenKind::Duration(duration) => ExprKind::Number(duration.as_secs_f64()),
            _ => {
                let Name { span, text, variables, .. } = self.name();
                return Node::leaf(span.clone(), ExprKind::String(StringLiteral { span, text, variables }));
            }
        };
        Node::leaf(self.advance(), kind)
    }

    fn paren(&mut self) -> Result<Node, SyntaxError> {
        let open = self.advance();
        if self.peek() == &TokenKind::RightParen {
            return Err(self.unexpected("an expression"));
        }
        let inner = self.expr(0)?;
        let close = self.expect_closed(&open, "an operator or `)`")?;
        Node::over(inner.height, open.start..close.end, ExprKind::Paren(Box::new(inner.expr)))
    }

    fn word(&mut self) -> Result<Node, SyntaxError> {
        let word = self.slice();
        if ["inf", "nan"].iter().any(|number| word.eq_ignore_ascii_case(number)) {
            let value = if word.eq_ignore_ascii_case("inf") { f64::INFINITY } else { f64::NAN };
            let span = self.advance();
            return Ok(Node::leaf(span, ExprKind::Number(value)));
        }
        if RESERVED.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
            let help = format!("a metric of that name is selected with {{__name__=\"{word}\"}}");
            return Err(self.unexpected("an expression").help(help));
        }
        let aggregator = Aggregator::by_name(word);
        let name = self.name();
        match (aggregator, self.peek()) {
            (Some(_), TokenKind::LeftParen) => self.aggregation(name, aggregator),
            (Some(_), _) if self.at_keyword("by") || self.at_keyword("without") => self.aggregation(name, aggregator),
            (None, TokenKind::LeftParen) => {
                let function = Function::by_name(&name.text).ok_or_else(|| unknown(&name))?;
                self.call(name, Some(function))
            }
            _ => self.vector_selector(Some(name)),
        }
    }

    /// A word with variables: a function, an aggregation, a metric, or anything.
    fn templated(&mut self) -> Result<Node, SyntaxError> {
        let name = self.name();
        let alone = name.variables.first().is_some_and(|variable| variable.span == name.span);
        let number = name.text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        match self.peek() {
            TokenKind::LeftParen => {
                let node = self.call(name.clone(), None)?;
                if !self.at_keyword("by") && !self.at_keyword("without") {
                    return Ok(node);
                }
                let ExprKind::Call(call) = node.expr.kind else { return Err(self.unexpected("an operator")) };
                let grouping = self.grouping()?;
                self.aggregated(name, None, Some(grouping), call.args, node.height)
            }
            TokenKind::LeftBrace if !number => self.vector_selector(Some(name)),
            _ if self.at_keyword("by") || self.at_keyword("without") => self.aggregation(name, None),
            _ if alone || number => Ok(Node::leaf(name.span.clone(), ExprKind::Variable(name))),
            _ => self.vector_selector(Some(name)),
        }
    }

    fn call(&mut self, name: Name, function: Option<&'static Function>) -> Result<Node, SyntaxError> {
        let (args, end, height) = self.arguments()?;
        let span = name.span.start..end;
        Node::over(height, span, ExprKind::Call(Box::new(Call { name, function, args })))
    }

    fn aggregation(&mut self, name: Name, op: Option<Aggregator>) -> Result<Node, SyntaxError> {
        let mut grouping = None;
        if self.peek() != &TokenKind::LeftParen {
            grouping = Some(self.grouping()?);
        }
        let (args, _, height) = self.arguments()?;
        if grouping.is_none() && (self.at_keyword("by") || self.at_keyword("without")) {
            grouping = Some(self.grouping()?);
        }
        self.aggregated(name, op, grouping, args, height)
    }

    fn aggregated(
        &mut self,
        name: Name,
        op: Option<Aggregator>,
        grouping: Option<crate::Grouping>,
        args: Vec<Expr>,
        height: usize,
    ) -> Result<Node, SyntaxError> {
        // The last token eaten closes the arguments or the grouping.
        let span = name.span.start..self.tokens[self.position - 1].span.end;
        let (count, mut args) = (args.len(), args.into_iter());
        let (param, expr) = match (op.map(Aggregator::has_param), args.next(), args.next(), args.next()) {
            (Some(false) | None, Some(expr), None, _) => (None, expr),
            (Some(true) | None, Some(param), Some(expr), None) => (Some(param), expr),
            (with_param, ..) => {
                let expected = match with_param {
                    Some(true) => "a parameter and an expression",
                    Some(false) => "one expression",
                    None => "one expression, or a parameter and an expression",
                };
                let message = format!("`{}` takes {expected}, not {count} arguments", name.text);
                return Err(SyntaxError::new(span, message));
            }
        };
        let kind = ExprKind::Aggregation(Box::new(Aggregation { name, op, grouping, param, expr }));
        Node::over(height, span, kind)
    }

    /// In parentheses; gives their end and the height of the highest.
    fn arguments(&mut self) -> Result<(Vec<Expr>, usize, usize), SyntaxError> {
        let open = self.expect(&TokenKind::LeftParen, "`(`")?;
        let (mut args, mut height) = (Vec::new(), 0);
        if let Some(close) = self.eat(&TokenKind::RightParen) {
            return Ok((args, close.end, height));
        }
        loop {
            let node = self.expr(0)?;
            height = height.max(node.height);
            args.push(node.expr);
            let Some(comma) = self.eat(&TokenKind::Comma) else { break };
            if self.peek() == &TokenKind::RightParen {
                return Err(SyntaxError::new(comma, "unexpected `,` behind the last argument, expected `)`"));
            }
        }
        let close = self.expect_closed(&open, "an operator, `,` or `)`")?;
        Ok((args, close.end, height))
    }
}

fn unknown(name: &Name) -> SyntaxError {
    let error = SyntaxError::new(name.span.clone(), format!("there is no function `{}`", name.text));
    match suggest::function(&name.text) {
        Some(known) => error.help(format!("did you mean `{known}`?")),
        None => error,
    }
}
