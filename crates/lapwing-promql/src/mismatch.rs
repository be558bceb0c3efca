//! Operations whose sides never match.

use std::collections::BTreeSet;

use crate::{
    BinaryExpr, BinaryOp, Expr, Name, Presence, ResultLabels, Side, VectorMatching, VectorSelector,
    result_labels::Known,
};

/// An operation between instant vectors of which no series belong together: each would need a label to be there on one side and not on
/// the other.
#[derive(Clone, Debug)]
pub struct Mismatch<'e> {
    /// The operation.
    pub expr: &'e Expr,
    /// The same.
    pub operation: &'e BinaryExpr,
    /// The labels that only one side has, of those by which series are matched; sorted by name.
    pub labels: Vec<OneSided>,
}

/// A label that only one side of an operation has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// Its name.
    pub name: String,
    /// The side that has it.
    pub side: Side,
    /// Whether all series of that side have it. Else the query only asks for it by name, as `sum by (name)` does, and series that lack
    /// it do match.
    pub certain: bool,
}

impl Expr {
    /// The operations whose sides never match, from left to right; not those around another one, which give nothing for its sake.
    ///
    /// `known` tells the labels of what a selector selects, as in [`Expr::result_labels_of`]. A label counts as there if all series have it,
    /// or if the query names it in `by` and the like and nothing says that no series has it; it counts as not there only if that is
    /// certain. `or` is passed over, as its sides need not match.
    ///
    /// ```
    /// use lapwing_promql::{Dialect, ResultLabels, parse};
    ///
    /// let names = |text| -> Vec<String> {
    ///     let expr = parse(text, Dialect::Prometheus).unwrap();
    ///     let found = expr.mismatches(&|_| ResultLabels::unknown());
    ///     found.into_iter().flat_map(|mismatch| mismatch.labels).map(|label| label.name).collect()
    /// };
    /// assert_eq!(names("sum by (route) (a) / sum by (job) (b)"), ["job", "route"]);
    /// assert_eq!(names("sum by (route) (a) / sum(b)"), ["route"]);
    /// assert!(names("sum by (route) (a) / on () group_left () sum(b)").is_empty());
    /// assert!(names("sum by (route) (a) / b").is_empty());
    /// ```
    pub fn mismatches(&self, known: &dyn Fn(&VectorSelector) -> ResultLabels) -> Vec<Mismatch<'_>> {
        let mut found: Vec<Mismatch<'_>> = Vec::new();
        let mut asked = asked(self).into_iter();
        self.labels_of_parts(known, &mut |expr, operation, sides| {
            let Some(asked) = asked.next() else { return };
            let around =
                |inner: &Mismatch<'_>| expr.span.start <= inner.expr.span.start && inner.expr.span.end <= expr.span.end;
            if found.iter().any(around) {
                return;
            }
            let labels = one_sided(operation, sides, &asked);
            if !labels.is_empty() {
                found.push(Mismatch { expr, operation, labels });
            }
        });
        found.sort_by_key(|mismatch| mismatch.operation.op_span.start);
        found
    }
}

/// The labels of all operations' sides if series had whichever label is asked for.
fn asked(expr: &Expr) -> Vec<[ResultLabels; 2]> {
    let mut sides = Vec::new();
    let known: Known<'_> = &|_| ResultLabels::every();
    expr.labels_of_parts(known, &mut |_, _, [lhs, rhs]| sides.push([lhs.clone(), rhs.clone()]));
    sides
}

fn one_sided(operation: &BinaryExpr, sides: [&ResultLabels; 2], asked: &[ResultLabels; 2]) -> Vec<OneSided> {
    let matching = operation.matching.as_ref();
    let open = matching.is_some_and(|matching| matching.labels.iter().any(|label| label.fixed().is_none()));
    if operation.op == BinaryOp::Or || open {
        return Vec::new();
    }
    let named = sides.into_iter().chain(asked).flat_map(|labels| labels.named().map(|(label, _)| label));
    let named: BTreeSet<&str> = named.chain(matching.into_iter().flat_map(fixed)).collect();
    let counts = |label: &&str| match matching {
        Some(matching) if matching.on => fixed(matching).any(|on| on == *label),
        Some(matching) => *label != "__name__" && fixed(matching).all(|ignored| ignored != *label),
        None => *label != "__name__",
    };
    let only_one = |label: &str| {
        let side = match sides.map(|labels| labels.has(label)) {
            [_, Presence::No] => Side::Left,
            [Presence::No, _] => Side::Right,
            _ => return None,
        };
        let index = usize::from(side == Side::Right);
        let certain = match sides[index].has(label) {
            Presence::Yes => true,
            Presence::Maybe if !asked[index].is_open() && asked[index].has(label) == Presence::Yes => false,
            _ => return None,
        };
        Some(OneSided { name: label.to_owned(), side, certain })
    };
    named.into_iter().filter(counts).filter_map(only_one).collect()
}

fn fixed(matching: &VectorMatching) -> impl Iterator<Item = &str> {
    matching.labels.iter().filter_map(Name::fixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, parse};

    /// Labels only on the left as `<a`, only on the right as `>a`, with `!` if that is certain.
    fn found(text: &str) -> String {
        let expr = parse(text, Dialect::Grafana).unwrap();
        let mismatches = expr.mismatches(&|selector| match selector.metric() {
            Some(("plain", _)) => ResultLabels::none(),
            Some(("routed", _)) => ResultLabels::exactly(["route", "instance"]),
            _ => ResultLabels::unknown(),
        });
        let label = |label: &OneSided| {
            let side = if label.side == Side::Left { "<" } else { ">" };
            format!("{side}{}{}", label.name, if label.certain { "!" } else { "" })
        };
        let all = mismatches.iter().map(|mismatch| mismatch.labels.iter().map(label).collect::<Vec<_>>().join(" "));
        all.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_label_on_one_side_only_keeps_them_apart() {
        for (text, wanted) in [
            ("sum by (a) (x) / sum by (b) (y)", "<a >b"),
            ("sum by (a, b) (x) / sum by (b) (y)", "<a"),
            ("sum by (le) (x) * histogram_quantile(0.9, sum by (le) (y))", "<le"),
            ("sum by (a) (x) and sum(y)", "<a"),
            ("sum by (a) (x) unless sum by (b) (y)", "<a >b"),
            ("sum(x) > sum by (a) (y)", ">a"),
            ("sum by (a) (x) == bool vector(1)", "<a"),
            ("sum by (a) (x) and hour() > 8", "<a"),
            ("sum without (a) (x) + sum by (a) (y)", ">a"),
            ("sum by (a) (x{a=\"1\"}) / sum(y)", "<a!"),
            ("sum by (a) (x) / on (a) group_left () sum(y)", "<a"),
            ("sum by (a, b) (x) / ignoring (b) sum(y)", "<a"),
            ("count_values(\"v\", x) / sum(y)", "<v!"),
            ("label_replace(sum(x), \"a\", \"b\", \"\", \"\") / sum(y)", "<a!"),
            ("absent(x{a=\"1\"}) and sum(y)", "<a!"),
            ("routed / plain", "<instance! <route!"),
            ("sum by (route) (routed) / sum(routed)", "<route!"),
            ("(sum by (a) (x) / sum(y)) > sum by (c) (z)", "<a"),
            ("sum by (a) (x) / sum(y) or sum by (b) (x) / sum(y)", "<a; <b"),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_can_match_is_not_found() {
        for text in [
            "sum by (a) (x) / sum by (a) (y)",
            "sum by (a) (x) or sum by (b) (y)",
            "sum by (a) (x) or vector(0)",
            "(sum by (a) (x) or vector(0)) / sum(y)",
            "sum by (a) (x) / 2",
            "sum by (a) (x) > scalar(sum(y))",
            "time() - sum by (a) (x)",
            "1 + 1",
            "x / sum(y)",
            "rate(x{a=\"1\"}[5m]) / y",
            "sum by (a) (x) / y",
            "sum without (a) (x) / sum by (b) (y)",
            "sum by (a) (x) / ignoring (a) group_left () sum(y)",
            "sum by (a) (x) / on () group_left () sum by (b) (y)",
            "sum by (a, b) (x) * on (b) group_left (c) sum by (b, c) (y)",
            "sum by (a, b) (x) and on (b) sum by (b) (y)",
            "sum by (a) (x) and on () vector(1)",
            "sum by ($by) (x) / sum(y)",
            "sum by (a) (x) / on ($by) sum(y)",
            "$x / sum(y)",
            "topk(3, x) / sum(y)",
            "sum by (a) (plain) / sum(y)",
            "{__name__=\"x\"} == on () group_left () sum(y)",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
    }
}
