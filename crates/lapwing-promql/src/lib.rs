//! PromQL as a syntax tree with positions, and what can be said of a query without running it.
//!
//! [`parse`] reads what Prometheus 2.42 or 3 reads, and in dashboards Grafana's variables besides, into an [`Expr`]: plain
//! data in which every part knows its place in the text. [`Expr::walk`] visits it, `Display` writes it.
//!
//! ```
//! use lapwing_promql::{Dialect, ExprKind, parse};
//!
//! let text = r#"sum by (job) (rate(http_requests_total{code=~"5..|429"}[5m])) > 0.1"#;
//! let expr = parse(text, Dialect::Prometheus)?;
//! let selector = expr.selectors()[0];
//! assert_eq!(&text[selector.expr.span.clone()], r#"http_requests_total{code=~"5..|429"}[5m]"#);
//! assert_eq!(selector.selector.metric().unwrap().0, "http_requests_total");
//! assert_eq!(selector.range.unwrap().seconds(), Some(300.0));
//! assert_eq!(selector.selector.matchers_of("code").next().unwrap().matches("503"), Some(true));
//!
//! let error = parse("sum(ratte(x[5m]))", Dialect::Prometheus).unwrap_err();
//! assert_eq!((error.span, error.message.as_str()), (4..9, "there is no function `ratte`"));
//! assert_eq!(error.help.as_deref(), Some("did you mean `rate`?"));
//! # Ok::<(), lapwing_promql::SyntaxError>(())
//! ```

mod check;
mod comparison;
mod dialect;
mod division;
mod expr;
mod fold;
mod function;
mod labels;
mod lexer;
mod literal;
mod matcher;
mod operator;
mod parser;
mod print;
mod quantile;
mod re2;
mod requirement;
mod result_labels;
mod suggest;
mod variable;
mod walk;

pub use comparison::Comparison;
pub use dialect::{Dialect, SyntaxError};
pub use division::Division;
pub use expr::*;
pub use function::{Availability, Function, ValueType};
pub use labels::{Presence, ResultLabels};
pub use matcher::{MatchOp, Matcher};
pub use operator::{Aggregator, BinaryOp, UnaryOp};
pub use parser::parse;
pub use quantile::QuantileUse;
pub use requirement::Requirement;
pub use walk::{RangeUse, SelectorUse, Visit};
