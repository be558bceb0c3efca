//! From tokens to the tree, by recursive descent; types are checked afterwards.

mod grouping;
mod modifier;
mod primary;
mod selector;

use crate::{
    BinaryExpr, BinaryOp, Dialect, Expr, ExprKind, Name, Span, SyntaxError, UnaryExpr, UnaryOp, check,
    lexer::{Token, TokenKind, tokens},
};

/// Parentheses, calls and signs within each other. The parser's own stack grows with them.
const DEEPEST_NESTING: usize = 64;

/// Levels of the tree: each operator of `a + b + c` is one. Whoever walks or drops the tree goes so deep.
const DEEPEST_TREE: usize = 500;

/// Reads a query and checks its types, as Prometheus does before it runs it.
///
/// Linear in time and space. What only one of Prometheus 2.42 and 3 reads is accepted;
/// [`Expr::requirements`] tells it.
///
/// # Errors
/// At the first thing that neither Prometheus reads.
pub fn parse(text: &str, dialect: Dialect) -> Result<Expr, SyntaxError> {
    let tokens = tokens(text, dialect)?;
    let mut parser = Parser { text, tokens, position: 0, nesting: 0 };
    if parser.peek() == &TokenKind::End {
        let place = parser.span().start;
        return Err(SyntaxError::new(place..place, "the query is empty"));
    }
    let node = parser.expr(0)?;
    if parser.peek() != &TokenKind::End {
        return Err(parser.left_over());
    }
    match check::check(&node.expr).1 {
        Some(error) => Err(error),
        None => Ok(node.expr),
    }
}

/// An expression and how many levels it has.
struct Node {
    expr: Expr,
    height: usize,
}

impl Node {
    fn leaf(span: Span, kind: ExprKind) -> Node {
        Node { expr: Expr { span, kind }, height: 1 }
    }

    /// One level more than the highest child.
    fn over(height: usize, span: Span, kind: ExprKind) -> Result<Node, SyntaxError> {
        if height >= DEEPEST_TREE {
            let message = format!("the query is deeper than {DEEPEST_TREE} levels");
            return Err(SyntaxError::new(span, message).help("record parts of it as rules of their own"));
        }
        Ok(Node { expr: Expr { span, kind }, height: height + 1 })
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    position: usize,
    nesting: usize,
}

impl Parser<'_> {
    /// An expression of operators that bind tighter than `floor`.
    fn expr(&mut self, floor: u8) -> Result<Node, SyntaxError> {
        self.nesting += 1;
        if self.nesting > DEEPEST_NESTING {
            let message = format!("more than {DEEPEST_NESTING} parentheses, calls and signs within each other");
            return Err(SyntaxError::new(self.span(), message));
        }
        let mut lhs = self.unary()?;
        while let Some(op) = self.peek_op().filter(|op| op.precedence() > floor) {
            let op_span = self.advance();
            let (return_bool, matching) = self.binary_modifiers()?;
            // `^` goes to the right: another one belongs to the operand.
            let floor = op.precedence() - u8::from(op == BinaryOp::Pow);
            let rhs = self.expr(floor)?;
            let span = lhs.expr.span.start..rhs.expr.span.end;
            let height = lhs.height.max(rhs.height);
            let binary = BinaryExpr { op, op_span, return_bool, matching, lhs: lhs.expr, rhs: rhs.expr };
            lhs = Node::over(height, span, ExprKind::Binary(Box::new(binary)))?;
        }
        self.nesting -= 1;
        Ok(lhs)
    }

    fn unary(&mut self) -> Result<Node, SyntaxError> {
        let op = match self.peek() {
            TokenKind::Op(BinaryOp::Add) => UnaryOp::Plus,
            TokenKind::Op(BinaryOp::Sub) => UnaryOp::Minus,
            _ => return self.postfix(),
        };
        let op_span = self.advance();
        // A sign binds as `*` does: `-a ^ b` is `-(a ^ b)`.
        let operand = self.expr(BinaryOp::Mul.precedence())?;
        let span = op_span.start..operand.expr.span.end;
        let kind = ExprKind::Unary(Box::new(UnaryExpr { op, op_span, expr: operand.expr }));
        Node::over(operand.height, span, kind)
    }

    fn peek_op(&self) -> Option<BinaryOp> {
        match self.peek() {
            TokenKind::Op(op) => Some(*op),
            TokenKind::Word => [BinaryOp::And, BinaryOp::Or, BinaryOp::Unless, BinaryOp::Atan2]
                .into_iter()
                .find(|op| self.at_keyword(op.as_str())),
            _ => None,
        }
    }

    fn peek(&self) -> &TokenKind {
        &self.tokens[self.position].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.position].span.clone()
    }

    /// The text of the next token.
    fn slice(&self) -> &str {
        &self.text[self.span()]
    }

    /// Whether the next token is this keyword; case doesn't matter.
    fn at_keyword(&self, keyword: &str) -> bool {
        self.peek() == &TokenKind::Word && self.slice().eq_ignore_ascii_case(keyword)
    }

    /// Steps over the next token; the end stays.
    fn advance(&mut self) -> Span {
        let span = self.span();
        self.position = (self.position + 1).min(self.tokens.len() - 1);
        span
    }

    fn eat(&mut self, kind: &TokenKind) -> Option<Span> {
        (self.peek() == kind).then(|| self.advance())
    }

    fn expect(&mut self, kind: &TokenKind, expected: &str) -> Result<Span, SyntaxError> {
        self.eat(kind).ok_or_else(|| self.unexpected(expected))
    }

    /// The closing parenthesis of the one at `open`.
    fn expect_closed(&mut self, open: &Span, expected: &str) -> Result<Span, SyntaxError> {
        match self.peek() {
            TokenKind::RightParen => Ok(self.advance()),
            TokenKind::End => Err(SyntaxError::new(open.clone(), "the parenthesis isn't closed, expected `)`")),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The next token as a name.
    fn name(&mut self) -> Name {
        let token = self.tokens[self.position].clone();
        self.advance();
        let (text, quoted, variables) = match token.kind {
            TokenKind::String(text, variables) => (text, true, variables),
            TokenKind::Templated(variables) => (self.text[token.span.clone()].to_owned(), false, variables),
            _ => (self.text[token.span.clone()].to_owned(), false, Vec::new()),
        };
        Name { span: token.span, text, quoted, variables }
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let what = match self.peek() {
            TokenKind::End => "the query ends".to_owned(),
            TokenKind::String(..) => "unexpected string".to_owned(),
            TokenKind::Number(_) => format!("unexpected number `{}`", self.slice()),
            TokenKind::Duration(_) => format!("unexpected duration `{}`", self.slice()),
            TokenKind::Templated(_) => format!("unexpected variable `{}`", self.slice()),
            _ => format!("unexpected `{}`", self.slice()),
        };
        SyntaxError::new(self.span(), format!("{what}, expected {expected}"))
    }

    /// Something behind a whole expression.
    fn left_over(&self) -> SyntaxError {
        let error = self.unexpected("an operator or the end");
        match self.peek() {
            TokenKind::RightParen => SyntaxError::new(self.span(), "no parenthesis is open here"),
            TokenKind::RightBracket => SyntaxError::new(self.span(), "no bracket is open here"),
            TokenKind::RightBrace => SyntaxError::new(self.span(), "no brace is open here"),
            TokenKind::Assign => error.help("values are compared with =="),
            TokenKind::Word if self.at_keyword("by") || self.at_keyword("without") => {
                error.help("an aggregation is grouped once, before or behind its parentheses")
            }
            TokenKind::Word
                if ["bool", "on", "ignoring", "group_left", "group_right"]
                    .map(|k| self.at_keyword(k))
                    .contains(&true) =>
            {
                error.help(
                    "it stands behind an operator: `a / on (job) b`; bool comes before on, and group_left behind it",
                )
            }
            _ => error,
        }
    }
}
