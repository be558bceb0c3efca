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
//!
//! What can be said of a query:
//!
//! - [`Expr::value_type`], [`Expr::requirements`]: what it gives, and which Prometheus it needs.
//! - [`Expr::result_labels`]: whether the series of the result have a label: yes, no, or maybe.
//! - [`Expr::comparisons`]: what decides, against which threshold. [`Expr::constant`]: what numbers come to.
//! - [`Expr::value_range`]: between which numbers it lies, such as shares between 0 and 1.
//! - [`Expr::unguarded_divisions`]: ratios that are NaN when nothing happens.
//! - [`Expr::mismatches`]: operations whose sides have no series that belong together.
//! - [`Expr::selectors`], [`Expr::ranges`], [`Expr::quantiles`], [`Expr::labels`]: what it asks for.
//! - [`Matcher::matches`], [`Matcher::values`]: what a matcher selects. [`Function::all`]: all functions.
//!
//! # Behaviour
//!
//! | in the text | becomes |
//! | --- | --- |
//! | what Prometheus 2.42 or 3 reads, experimental functions among it | a tree; [`Expr::requirements`] names what not both have |
//! | a wrong type, number of arguments, matching, or a selector of every series | the error that Prometheus gives too, at its place |
//! | calculations with durations, `fill`, `smoothed`, `anchored` (experimental, off by default) | an error |
//! | an unknown function or aggregation | an error with the nearest known name |
//! | an invalid regular expression in a matcher | an error; the syntax is Go's |
//! | `-1` | a sign and a number, two nodes; [`Expr::constant`] is -1 |
//! | `1h` where a number stands, `300` where a duration stands | the number 3600, the duration of 300 s |
//! | `x[5m] offset 1h` | a matrix selector whose selector has the offset |
//! | comments, line breaks | nothing: they aren't printed again |
//! | bytes of a string that are no UTF-8 (`"\xff"`) | U+FFFD |
//! | Grafana's `$v`, `${v}`, `${v.field:format}`, `[[v:format]]` in dashboards | part of a name, label, value or duration, a list of matchers, or a [`Variable`](ExprKind::Variable) of unknown type |
//! | `$1`, `${1}` | text: groups of a regular expression |
//! | a variable in a rule | an error outside strings, text inside |
//!
//! # Cost
//!
//! Reading is linear in the text, and so is each question, but [`Expr::unguarded_divisions`] and
//! [`Expr::comparisons`], which are so for each division and comparison within another. A regular expression is
//! compiled once, when it is read; one that needs more than 10 MB is refused. Nesting ends at 64 levels of parentheses,
//! calls and signs, the tree at 500 levels (operators in a row are one each): 1.5 MB of stack are enough, unoptimised.

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
mod mismatch;
mod operator;
mod parser;
mod print;
mod quantile;
mod re2;
mod requirement;
mod result_labels;
mod share;
mod suggest;
mod value_range;
mod variable;
mod walk;
mod word;

pub use comparison::Comparison;
pub use dialect::{Dialect, SyntaxError};
pub use division::Division;
pub use expr::*;
pub use function::{Availability, Function, ValueType};
pub use labels::{Presence, ResultLabels};
pub use matcher::{MatchOp, Matcher};
pub use mismatch::{Mismatch, OneSided};
pub use operator::{Aggregator, BinaryOp, UnaryOp};
pub use parser::parse;
pub use quantile::QuantileUse;
pub use requirement::Requirement;
pub use value_range::ValueRange;
pub use walk::{RangeUse, SelectorUse, Visit};
pub use word::{Name, Span, StringLiteral, Variable};
