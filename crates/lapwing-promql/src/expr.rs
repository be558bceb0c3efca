//! The syntax tree: plain data with the place of every part in the text.

use std::time::Duration;

use crate::{Aggregator, BinaryOp, Function, Matcher, Name, Span, StringLiteral, UnaryOp};

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// All of it, modifiers included.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number, never negative: a sign is a [`UnaryExpr`].
    Number(f64),
    /// A string, unquoted.
    String(StringLiteral),
    /// `up{job="api"} offset 5m`
    VectorSelector(Box<VectorSelector>),
    /// `up{job="api"}[5m]`
    MatrixSelector(Box<MatrixSelector>),
    /// `rate(x[5m])[1h:1m]`
    Subquery(Box<Subquery>),
    /// `rate(x[5m])`
    Call(Box<Call>),
    /// `sum by (job) (x)`
    Aggregation(Box<Aggregation>),
    /// `a / on (job) b`
    Binary(Box<BinaryExpr>),
    /// `-a`
    Unary(Box<UnaryExpr>),
    /// `(a)`
    Paren(Box<Expr>),
    /// A Grafana variable that may stand for anything: `$query`, or a number such as `0.$digits`.
    Variable(Name),
}

/// Series at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSelector {
    /// Name and braces, without offset and `@`.
    pub span: Span,
    /// The metric's name, where it is given as such.
    pub name: Option<Name>,
    /// What stands in the braces, in that order, but a quoted metric name.
    pub matchers: Vec<MatcherPart>,
    /// `offset 5m`
    pub offset: Option<Offset>,
    /// `@ start()`
    pub at: Option<At>,
}

/// A part of what stands in the braces.
#[derive(Clone, Debug, PartialEq)]
pub enum MatcherPart {
    /// `job="api"`
    Matcher(Matcher),
    /// A Grafana variable that stands for any number of matchers.
    Variable(Name),
}

/// Series over a time.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSelector {
    /// What is selected; offset and `@` are kept here though they stand behind the range.
    pub selector: VectorSelector,
    /// Between the brackets.
    pub range: DurationLiteral,
}

/// An instant query, evaluated over a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    /// What is evaluated.
    pub expr: Expr,
    /// Before the colon.
    pub range: DurationLiteral,
    /// Behind the colon; without one, the evaluation interval of the server.
    pub step: Option<DurationLiteral>,
    /// `offset 5m`
    pub offset: Option<Offset>,
    /// `@ start()`
    pub at: Option<At>,
}

/// How far back in time is looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Offset {
    /// From `offset` on.
    pub span: Span,
    /// Looks forward in time.
    pub negative: bool,
    /// How far.
    pub duration: DurationLiteral,
}

/// At which time is looked.
#[derive(Clone, Debug, PartialEq)]
pub struct At {
    /// From `@` on.
    pub span: Span,
    /// The time.
    pub time: AtTime,
}

/// The times behind an `@`.
#[derive(Clone, Debug, PartialEq)]
pub enum AtTime {
    /// Seconds since 1970.
    Timestamp(f64),
    /// `start()` of the query's range.
    Start,
    /// `end()` of the query's range.
    End,
    /// A Grafana variable.
    Variable(Name),
}

/// A length of time in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationLiteral {
    /// Where it stands.
    pub span: Span,
    /// How long.
    pub value: DurationValue,
}

/// A length of time.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationValue {
    /// Known.
    Fixed(Duration),
    /// Depends on Grafana variables: `$__rate_interval`, `${minutes}m`.
    Variable(Name),
}

impl DurationLiteral {
    /// The length in seconds, unless it depends on a Grafana variable.
    pub fn seconds(&self) -> Option<f64> {
        match &self.value {
            DurationValue::Fixed(duration) => Some(duration.as_secs_f64()),
            DurationValue::Variable(_) => None,
        }
    }
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name.
    pub name: Name,
    /// What is known of it; `None` where its name is a Grafana variable.
    pub function: Option<&'static Function>,
    /// In the parentheses.
    pub args: Vec<Expr>,
}

/// An aggregation over series.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    /// The operator as written.
    pub name: Name,
    /// Which it is; `None` where its name is a Grafana variable.
    pub op: Option<Aggregator>,
    /// `by (…)` or `without (…)`.
    pub grouping: Option<Grouping>,
    /// The first of two arguments, as of `topk`.
    pub param: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
}

/// The labels that series are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// From the keyword to the closing parenthesis.
    pub span: Span,
    /// `without` the labels, not `by` them.
    pub without: bool,
    /// In the parentheses.
    pub labels: Vec<Name>,
}

/// Two expressions and an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct BinaryExpr {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator stands, without its modifiers.
    pub op_span: Span,
    /// Where `bool` stands, if it does.
    pub return_bool: Option<Span>,
    /// `on (…)` or `ignoring (…)`.
    pub matching: Option<VectorMatching>,
    /// Left of the operator.
    pub lhs: Expr,
    /// Right of the operator.
    pub rhs: Expr,
}

/// Which series of both sides belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorMatching {
    /// From the keyword to the closing parenthesis.
    pub span: Span,
    /// `on` the labels, not `ignoring` them.
    pub on: bool,
    /// In the parentheses.
    pub labels: Vec<Name>,
    /// `group_left (…)` or `group_right (…)`.
    pub group: Option<Group>,
}

/// That a side has many series for one of the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// From the keyword to the closing parenthesis.
    pub span: Span,
    /// The side with many.
    pub side: Side,
    /// Labels that are taken over from the side with one.
    pub labels: Vec<Name>,
}

/// A side of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `group_left`
    Left,
    /// `group_right`
    Right,
}

/// A sign and an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct UnaryExpr {
    /// The sign.
    pub op: UnaryOp,
    /// Where the sign stands.
    pub op_span: Span,
    /// What it is put to.
    pub expr: Expr,
}

impl Expr {
    /// The expression within all parentheses around it.
    pub fn unwrapped(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The expressions directly within, in the order of their meaning: parameter before body, left before right.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => Vec::new(),
            ExprKind::VectorSelector(_) | ExprKind::MatrixSelector(_) => Vec::new(),
            ExprKind::Subquery(subquery) => vec![&subquery.expr],
            ExprKind::Call(call) => call.args.iter().collect(),
            ExprKind::Aggregation(aggregation) => aggregation.param.iter().chain([&aggregation.expr]).collect(),
            ExprKind::Binary(binary) => vec![&binary.lhs, &binary.rhs],
            ExprKind::Unary(unary) => vec![&unary.expr],
            ExprKind::Paren(inner) => vec![inner],
        }
    }
}
