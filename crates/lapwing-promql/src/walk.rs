//! Visiting the tree.

use crate::{DurationLiteral, Expr, ExprKind, Matcher, MatcherPart, Name, Span, VectorSelector};

/// An expression, and those that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'e> {
    /// The expression.
    pub expr: &'e Expr,
    /// The number of expressions it is in.
    pub depth: usize,
    /// The place of the parent in the order of [`Expr::walk`]; `None` of the root.
    pub parent: Option<usize>,
}

/// A selector in a query.
#[derive(Clone, Copy, Debug)]
pub struct SelectorUse<'e> {
    /// The expression that it is: a vector or matrix selector.
    pub expr: &'e Expr,
    /// The selector.
    pub selector: &'e VectorSelector,
    /// The range of a matrix selector.
    pub range: Option<&'e DurationLiteral>,
}

/// The length of time that a part of a query looks back over.
#[derive(Clone, Copy, Debug)]
pub struct RangeUse<'e> {
    /// The matrix selector or subquery.
    pub expr: &'e Expr,
    /// Between its brackets.
    pub range: &'e DurationLiteral,
    /// The step of a subquery, if it has one of its own.
    pub step: Option<&'e DurationLiteral>,
}

impl Expr {
    /// All expressions, each before those within it, in the order of [`Expr::children`]. Linear; needs no deep stack.
    pub fn walk(&self) -> Vec<Visit<'_>> {
        let mut visits = Vec::new();
        let mut open = vec![Visit { expr: self, depth: 0, parent: None }];
        while let Some(visit) = open.pop() {
            let parent = Some(visits.len());
            visits.push(visit);
            let children = visit.expr.children();
            open.extend(children.into_iter().rev().map(|expr| Visit { expr, depth: visit.depth + 1, parent }));
        }
        visits
    }

    /// All selectors, those with a range among them, from left to right.
    pub fn selectors(&self) -> Vec<SelectorUse<'_>> {
        self.walk()
            .into_iter()
            .filter_map(|visit| match &visit.expr.kind {
                ExprKind::VectorSelector(selector) => Some(SelectorUse { expr: visit.expr, selector, range: None }),
                ExprKind::MatrixSelector(matrix) => {
                    Some(SelectorUse { expr: visit.expr, selector: &matrix.selector, range: Some(&matrix.range) })
                }
                _ => None,
            })
            .collect()
    }

    /// The ranges of all matrix selectors and subqueries, outer before inner.
    pub fn ranges(&self) -> Vec<RangeUse<'_>> {
        self.walk()
            .into_iter()
            .filter_map(|visit| match &visit.expr.kind {
                ExprKind::MatrixSelector(matrix) => {
                    Some(RangeUse { expr: visit.expr, range: &matrix.range, step: None })
                }
                ExprKind::Subquery(subquery) => {
                    Some(RangeUse { expr: visit.expr, range: &subquery.range, step: subquery.step.as_ref() })
                }
                _ => None,
            })
            .collect()
    }

    /// The names of all labels that the query gives outside selectors: to group, to match, to take over.
    pub fn labels(&self) -> Vec<&Name> {
        let mut labels = Vec::new();
        for visit in self.walk() {
            match &visit.expr.kind {
                ExprKind::Aggregation(aggregation) => {
                    labels.extend(aggregation.grouping.iter().flat_map(|grouping| &grouping.labels));
                }
                ExprKind::Binary(binary) => {
                    if let Some(matching) = &binary.matching {
                        labels.extend(&matching.labels);
                        labels.extend(matching.group.iter().flat_map(|group| &group.labels));
                    }
                }
                _ => {}
            }
        }
        labels
    }
}

impl VectorSelector {
    /// The matchers, without variables that stand for some.
    pub fn label_matchers(&self) -> impl Iterator<Item = &Matcher> + Clone {
        self.matchers.iter().filter_map(|part| match part {
            MatcherPart::Matcher(matcher) => Some(matcher),
            MatcherPart::Variable(_) => None,
        })
    }

    /// The matchers of one label.
    pub fn matchers_of(&self, label: &str) -> impl Iterator<Item = &Matcher> {
        self.label_matchers().filter(move |matcher| matcher.name.fixed() == Some(label))
    }

    /// The metric's name and where it stands, given before the braces, in quotes, or as `__name__="…"`; `None` where
    /// there is none, or a Grafana variable is in it.
    pub fn metric(&self) -> Option<(&str, Span)> {
        if let Some(name) = &self.name {
            return Some((name.fixed()?, name.span.clone()));
        }
        let mut values = self.matchers_of("__name__").filter(|matcher| matcher.op == crate::MatchOp::Equal);
        let value = &values.next()?.value;
        Some((value.fixed()?, value.span.clone()))
    }

    /// Whether a Grafana variable stands for matchers that aren't known.
    pub fn has_open_matchers(&self) -> bool {
        let variable = |part: &MatcherPart| match part {
            MatcherPart::Variable(_) => true,
            MatcherPart::Matcher(matcher) => matcher.name.fixed().is_none(),
        };
        self.matchers.iter().any(variable)
    }
}
