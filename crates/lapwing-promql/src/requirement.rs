//! What a query asks of a Prometheus beyond what all supported ones have.

use crate::{Availability, DurationLiteral, DurationValue, Expr, ExprKind, MatcherPart, Name, Offset, Span};

/// Something in a query that not every Prometheus from 2.42 on has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Where it stands.
    pub span: Span,
    /// What it is, such as "the function `info`".
    pub feature: String,
    /// Which Prometheus has it.
    pub availability: Availability,
}

impl Expr {
    /// What only some of Prometheus 2.42 to 3 have, in the order of the tree; `text` is what was parsed.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, parse};
    ///
    /// let text = "histogram_avg(rate(x[300]))";
    /// let requirements = parse(text, Dialect::Prometheus)?.requirements(text);
    /// assert_eq!(requirements[0].feature, "the function `histogram_avg`");
    /// assert_eq!(requirements[1].feature, "a number as a duration");
    /// assert!(!requirements[1].availability.in_2_42);
    /// # Ok::<(), lapwing_promql::SyntaxError>(())
    /// ```
    pub fn requirements(&self, text: &str) -> Vec<Requirement> {
        let mut finder = Finder { text, found: Vec::new() };
        for visit in self.walk() {
            finder.look_at(visit.expr);
        }
        finder.found
    }
}

struct Finder<'t> {
    text: &'t str,
    found: Vec<Requirement>,
}

impl Finder<'_> {
    fn look_at(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(_) => self.number(&expr.span),
            ExprKind::VectorSelector(selector) => self.selector(selector),
            ExprKind::MatrixSelector(matrix) => {
                self.duration(&matrix.range);
                self.selector(&matrix.selector);
            }
            ExprKind::Subquery(subquery) => {
                self.duration(&subquery.range);
                subquery.step.iter().for_each(|step| self.duration(step));
                self.modifiers(subquery.offset.as_ref(), subquery.at.as_ref());
            }
            ExprKind::Call(call) => {
                if let Some(function) = call.function {
                    self.need(&call.name.span, format!("the function `{}`", function.name), function.availability);
                }
            }
            ExprKind::Aggregation(aggregation) => {
                if let Some(op) = aggregation.op.filter(|op| op.is_experimental()) {
                    let feature = format!("the aggregation `{op}`");
                    self.need(&aggregation.name.span, feature, Availability::EXPERIMENTAL);
                }
                let labels = aggregation.grouping.iter().flat_map(|grouping| &grouping.labels);
                labels.for_each(|label| self.label(label));
            }
            ExprKind::Binary(binary) => {
                let groups = binary.matching.iter().flat_map(|matching| &matching.group);
                let taken = groups.flat_map(|group| &group.labels);
                let matched = binary.matching.iter().flat_map(|matching| &matching.labels);
                matched.chain(taken).for_each(|label| self.label(label));
            }
            ExprKind::Unary(_) | ExprKind::Paren(_) | ExprKind::String(_) | ExprKind::Variable(_) => {}
        }
    }

    fn selector(&mut self, selector: &crate::VectorSelector) {
        selector.name.iter().for_each(|name| self.quoted(name));
        for part in &selector.matchers {
            if let MatcherPart::Matcher(matcher) = part {
                self.quoted(&matcher.name);
                if matcher.is_regex() && matcher.value.text.contains("(?<") {
                    let feature = "a group `(?<…>`, elsewhere `(?P<…>`".to_owned();
                    self.need(&matcher.value.span, feature, Availability::SINCE_3);
                }
                // Of `{"a", "b"}` the second is kept as a matcher of no label in the text.
                if matcher.name.span.is_empty() {
                    self.need(&matcher.value.span, "a name in quotes".to_owned(), Availability::SINCE_3);
                }
            }
        }
        self.modifiers(selector.offset.as_ref(), selector.at.as_ref());
    }

    fn modifiers(&mut self, offset: Option<&Offset>, at: Option<&crate::At>) {
        if let Some(offset) = offset {
            let signs = self.slice(&(offset.span.start + "offset".len()..offset.duration.span.start)).to_owned();
            if signs.contains('+') || signs.matches('-').count() > 1 {
                let span = offset.span.start..offset.duration.span.end;
                self.need(&span, "signs before an offset but one minus".to_owned(), Availability::SINCE_3);
            }
            self.duration(&offset.duration);
        }
        if let Some(at) = at.filter(|at| matches!(at.time, crate::AtTime::Timestamp(_))) {
            let number = self.slice(&at.span).trim_start_matches(|c: char| !c.is_ascii_digit() && c != '.');
            self.number(&(at.span.end - number.len()..at.span.end));
        }
    }

    fn number(&mut self, span: &Span) {
        let text = self.slice(span).to_ascii_lowercase();
        if !text.starts_with("0x")
            && text.ends_with(|c: char| c.is_ascii_alphabetic())
            && !["inf", "nan"].contains(&text.as_str())
        {
            self.need(span, "a duration as a number".to_owned(), Availability::SINCE_3);
        } else if text.contains('_') {
            self.need(span, "`_` in a number".to_owned(), Availability::SINCE_3);
        }
    }

    fn duration(&mut self, duration: &DurationLiteral) {
        let text = self.slice(&duration.span);
        let number = text.bytes().all(|byte| !byte.is_ascii_alphabetic()) || text.contains(['x', 'X', 'e', 'E']);
        if matches!(duration.value, DurationValue::Fixed(_)) {
            if number {
                self.need(&duration.span, "a number as a duration".to_owned(), Availability::SINCE_3);
            } else if self.text[..duration.span.start].trim_end().ends_with('+') {
                self.need(&duration.span, "a sign before a range".to_owned(), Availability::SINCE_3);
            }
        }
    }

    fn label(&mut self, label: &Name) {
        self.quoted(label);
        if !label.quoted && label.text.contains(':') {
            self.need(&label.span, "a label with a colon".to_owned(), Availability::SINCE_3);
        }
    }

    fn quoted(&mut self, name: &Name) {
        if name.quoted {
            self.need(&name.span, "a name in quotes".to_owned(), Availability::SINCE_3);
        }
    }

    fn need(&mut self, span: &Span, feature: String, availability: Availability) {
        let everywhere = availability.in_2_42 && availability.since_3 == Some(0);
        if !everywhere {
            self.found.push(Requirement { span: span.clone(), feature, availability });
        }
    }

    fn slice(&self, span: &Span) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }
}
