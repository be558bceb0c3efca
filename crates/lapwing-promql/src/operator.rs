//! Operators and aggregations, with their names and precedence.

use std::fmt;

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

impl BinaryOp {
    /// As written in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "^",
            BinaryOp::Atan2 => "atan2",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Unless => "unless",
        }
    }

    /// `==`, `!=`, `<`, `<=`, `>`, `>=`
    pub fn is_comparison(self) -> bool {
        self.precedence() == 3
    }

    /// `and`, `or`, `unless`
    pub fn is_set(self) -> bool {
        self.precedence() < 3
    }

    /// The comparison with both sides swapped; other operators stay.
    pub fn mirrored(self) -> BinaryOp {
        match self {
            BinaryOp::Less => BinaryOp::Greater,
            BinaryOp::LessEqual => BinaryOp::GreaterEqual,
            BinaryOp::Greater => BinaryOp::Less,
            BinaryOp::GreaterEqual => BinaryOp::LessEqual,
            other => other,
        }
    }

    /// Higher binds tighter.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And | BinaryOp::Unless => 2,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual => 3,
            BinaryOp::Add | BinaryOp::Sub => 4,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
            BinaryOp::Pow => 6,
        }
    }
}

impl fmt::Display for BinaryOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

impl UnaryOp {
    /// As written in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            UnaryOp::Plus => "+",
            UnaryOp::Minus => "-",
        }
    }
}

/// An aggregation operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregator {
    /// `avg`
    Avg,
    /// `bottomk`
    Bottomk,
    /// `count`
    Count,
    /// `count_values`
    CountValues,
    /// `group`
    Group,
    /// `limit_ratio`, since Prometheus 3 and only with experimental functions
    LimitRatio,
    /// `limitk`, since Prometheus 3 and only with experimental functions
    Limitk,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `quantile`
    Quantile,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `sum`
    Sum,
    /// `topk`
    Topk,
}

impl Aggregator {
    /// All, by name.
    pub const ALL: [Aggregator; 14] = [
        Aggregator::Avg,
        Aggregator::Bottomk,
        Aggregator::Count,
        Aggregator::CountValues,
        Aggregator::Group,
        Aggregator::LimitRatio,
        Aggregator::Limitk,
        Aggregator::Max,
        Aggregator::Min,
        Aggregator::Quantile,
        Aggregator::Stddev,
        Aggregator::Stdvar,
        Aggregator::Sum,
        Aggregator::Topk,
    ];

    /// The one of that name; as in Prometheus, case doesn't matter.
    pub fn by_name(name: &str) -> Option<Aggregator> {
        Aggregator::ALL.into_iter().find(|aggregator| aggregator.as_str().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Aggregator::Avg => "avg",
            Aggregator::Bottomk => "bottomk",
            Aggregator::Count => "count",
            Aggregator::CountValues => "count_values",
            Aggregator::Group => "group",
            Aggregator::LimitRatio => "limit_ratio",
            Aggregator::Limitk => "limitk",
            Aggregator::Max => "max",
            Aggregator::Min => "min",
            Aggregator::Quantile => "quantile",
            Aggregator::Stddev => "stddev",
            Aggregator::Stdvar => "stdvar",
            Aggregator::Sum => "sum",
            Aggregator::Topk => "topk",
        }
    }

    /// Takes a parameter before the expression.
    pub fn has_param(self) -> bool {
        self.keeps_series() || matches!(self, Aggregator::CountValues | Aggregator::Quantile)
    }

    /// Selects some of the series, with all their labels, and makes no new ones.
    pub fn keeps_series(self) -> bool {
        matches!(self, Aggregator::Topk | Aggregator::Bottomk | Aggregator::Limitk | Aggregator::LimitRatio)
    }

    /// Of Prometheus 3 and behind the feature flag for experimental functions.
    pub fn is_experimental(self) -> bool {
        matches!(self, Aggregator::Limitk | Aggregator::LimitRatio)
    }
}

impl fmt::Display for Aggregator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
