//! Rules that lost a part, or have a word misspelt: each fails its tests.

use std::{
    fs,
    ops::Range,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use lapwing_monitor::{Options, generate};
use lapwing_promql::{
    BinaryOp, Dialect, Expr, ExprKind, Matcher, Name, Presence, SelectorUse, VectorSelector, Visit, parse,
};
use serde_yaml_ng::{Mapping, Value};
use stack::{Located, Part, Promtool, PromtoolError, need};

use crate::{declarations::declared_sigil, rule_tests::asks};

/// A rule that isn't as it was made.
struct Mutant {
    /// The rule's name.
    of: String,
    /// What is different.
    what: String,
    /// The rules that its tests need, it among them.
    rules: Vec<Value>,
    /// Its tests, those first that most mutants fail.
    tests: Vec<Value>,
}

fn parsed(path: &str) -> Value {
    let files = generate(&[declared_sigil()], &Options::default()).unwrap();
    let file = files.iter().find(|file| file.path == Path::new(path)).unwrap();
    serde_yaml_ng::from_str(&file.text).unwrap()
}

/// What a change is, and the text changed.
type Change = (String, String);

fn replaced(text: &str, span: &Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..span.start], &text[span.end..])
}

/// Without one of several labels that isn't needless, and without all.
fn fewer(text: &str, span: &Range<usize>, labels: &[Name], needless: &[&Name]) -> Vec<Change> {
    let list = &text[span.clone()];
    let keyword = list.split([' ', '(']).next().unwrap();
    let without = |lost: &Name| {
        let rest: Vec<&str> = labels.iter().filter(|label| *label != lost).map(|label| label.text.as_str()).collect();
        (format!("{list} without {}", lost.text), replaced(text, span, &format!("{keyword} ({})", rest.join(", "))))
    };
    let mut all: Vec<Change> =
        labels.iter().filter(|label| labels.len() > 1 && !needless.contains(label)).map(without).collect();
    all.push((format!("no {list}"), replaced(text, span, "")));
    all
}

/// Changes of an expression, but those that change nothing of what it yields.
fn of_expression(text: &str) -> Vec<Change> {
    let expr = parse(text, Dialect::Prometheus).unwrap();
    let visits = expr.walk();
    let mut changes = Vec::new();
    for (place, visit) in visits.iter().enumerate() {
        match &visit.expr.kind {
            ExprKind::Aggregation(aggregation) => {
                changes.extend(aggregation.grouping.iter().flat_map(|by| fewer(text, &by.span, &by.labels, &[])));
            }
            ExprKind::Binary(binary) => {
                // What both sides ask for need not be compared.
                let asked = |label: &str| {
                    let mut all = matchers(text, &binary.lhs, label);
                    all.extend(matchers(text, &binary.rhs, label));
                    all.dedup();
                    matches!(&all[..], [Some(_)])
                };
                changes.extend(binary.matching.iter().flat_map(|on| {
                    let needless: Vec<&Name> = on.labels.iter().filter(|label| asked(&label.text)).collect();
                    fewer(text, &on.span, &on.labels, &needless)
                }));
                if matches!(binary.op, BinaryOp::Unless | BinaryOp::Or) {
                    let lost = &text[binary.op_span.start..visit.expr.span.end];
                    let rest = &text[binary.lhs.span.clone()];
                    changes.push((format!("no {lost}"), replaced(text, &visit.expr.span, rest)));
                }
            }
            ExprKind::VectorSelector(selector) => changes.extend(of_selector(text, &visits, place, selector)),
            ExprKind::MatrixSelector(matrix) => changes.extend(of_selector(text, &visits, place, &matrix.selector)),
            _ => {}
        }
    }
    changes
}

/// A selector without each of its matchers.
fn of_selector(text: &str, visits: &[Visit<'_>], place: usize, selector: &VectorSelector) -> Vec<Change> {
    let needed = selector.label_matchers().filter(|matcher| !is_needless(text, visits, place, matcher));
    let changes = needed.map(|matcher| {
        let without = replaced(text, &matcher.span, "").replace(",,", ",").replace("{,", "{").replace(",}", "}");
        (format!("no {} at {}", &text[matcher.span.clone()], matcher.span.start), without)
    });
    changes.collect()
}

/// Of each selector in `expr` its only matcher of a label.
fn matchers<'t>(text: &'t str, expr: &Expr, label: &str) -> Vec<Option<&'t str>> {
    let only = |used: &SelectorUse<'_>| {
        let mut matchers = used.selector.matchers_of(label);
        matchers.next().filter(|_| matchers.next().is_none()).map(|matcher| &text[matcher.span.clone()])
    };
    expr.selectors().iter().map(only).collect()
}

/// Whether a matcher makes no difference: where only the presence of series counts (`x or y * 0`), or where series are paired, by this
/// label too, with those of a selector that has the same matcher.
fn is_needless(text: &str, visits: &[Visit<'_>], mut place: usize, matcher: &Matcher) -> bool {
    let mut keeps_label = true;
    while let Some(above) = visits[place].parent {
        match &visits[above].expr.kind {
            ExprKind::Aggregation(_) => keeps_label = false,
            ExprKind::Binary(binary) => {
                let is_left = binary.lhs.span == visits[place].expr.span;
                let other = if is_left { &binary.rhs } else { &binary.lhs };
                if binary.op == BinaryOp::Mul && other.kind == ExprKind::Number(0.0) {
                    return true;
                }
                let pairs = match binary.op {
                    BinaryOp::Or => false,
                    BinaryOp::Unless => !is_left,
                    _ => true,
                };
                let label = matcher.name.text.as_str();
                let by_label =
                    binary.matching.as_ref().is_none_or(|on| on.labels.iter().any(|name| name.text == label));
                let same = matchers(text, other, label);
                let all_same = !same.is_empty() && same.iter().all(|same| *same == Some(&text[matcher.span.clone()]));
                if keeps_label && pairs && by_label && all_same {
                    return true;
                }
            }
            _ => {}
        }
        place = above;
    }
    false
}

/// Changes of an annotation: labels misspelt, values not humanized.
fn of_annotation(text: &str) -> Vec<Change> {
    let labels = text.match_indices("$labels.").map(|(at, found)| {
        let end = at + found.len();
        ("misspelt label".to_owned(), replaced(text, &(end..end), "x"))
    });
    let values = text.match_indices(" | humanize").map(|(at, _)| {
        let end = at + text[at..].find(" }}").unwrap();
        ("value as it is".to_owned(), replaced(text, &(at..end), ""))
    });
    labels.chain(values).collect()
}

/// The changes of a rule.
fn changed(rule: &Mapping) -> Vec<(String, Mapping)> {
    let mut all = Vec::new();
    for (what, expr) in of_expression(rule["expr"].as_str().unwrap()) {
        let mut rule = rule.clone();
        rule["expr"] = expr.into();
        all.push((what, rule));
    }
    for (name, text) in rule.get("annotations").and_then(Value::as_mapping).into_iter().flatten() {
        for (what, text) in of_annotation(text.as_str().unwrap()) {
            let mut rule = rule.clone();
            rule["annotations"][name] = text.into();
            all.push((what, rule));
        }
    }
    let expr = parse(rule["expr"].as_str().unwrap(), Dialect::Prometheus).unwrap();
    // What is recorded has these labels anyway.
    let has = |name: &Value| expr.result_labels().has(name.as_str().unwrap()) == Presence::Yes;
    let labels = rule["labels"].as_mapping().unwrap().keys().filter(|name| rule.contains_key("alert") && !has(name));
    for name in labels {
        let mut rule = rule.clone();
        rule["labels"].as_mapping_mut().unwrap().remove(name);
        all.push((format!("no label {}", name.as_str().unwrap()), rule));
    }
    all
}

/// Leaves only some of a file's tests, if there are such.
fn only(file: &Value, keeps: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut file = file.clone();
    file["rule_files"] = vec![Value::from("rules.yml")].into();
    let tests = file["tests"].as_sequence_mut().unwrap();
    tests.retain(keeps);
    (!tests.is_empty()).then_some(file)
}

/// Whether most mutants fail this test: the others are tried only after it.
fn is_telling(test: &Value) -> bool {
    let name = test["name"].as_str().unwrap();
    ["resolves", "burns 14.54 times", "few events alert nobody"].iter().any(|part| name.contains(part))
}

/// All changes of all rules that these objectives and alerts have.
fn mutants() -> Vec<Mutant> {
    let rules = parsed("prometheus/rules/sigil.yml")["groups"][0]["rules"].as_sequence().unwrap().clone();
    let files = ["prometheus/tests/sigil.yml", "prometheus/tests/sigil-slow.yml"].map(parsed);
    let mut all = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let objective = rule["labels"].get("objective").and_then(Value::as_str);
        // Alerts are the same of all objectives; what is recorded is of events, or of those within a bound.
        if objective == Some("verify-latency") || objective == Some("encode-latency") && rule.get("alert").is_some() {
            continue;
        }
        let name = rule["alert"].as_str().or_else(|| rule["record"].as_str()).unwrap();
        let belongs = |other: usize| match objective {
            Some(objective) => rules[other]["labels"]["objective"] == objective,
            None => other == index,
        };
        let asks = |test: &Value| match objective {
            Some(objective) => test["name"].as_str().unwrap().starts_with(&format!("{objective} of ")),
            None => asks(test, name),
        };
        for (what, mutant) in changed(rule.as_mapping().unwrap()) {
            let needed = (0..rules.len()).filter(|other| belongs(*other));
            let rules = needed.map(|at| if at == index { mutant.clone().into() } else { rules[at].clone() }).collect();
            // An objective's tests of hours are of when it ends.
            let files = files.iter().take(if objective.is_some() { 1 } else { 2 });
            let tests = files
                .flat_map(|file| [true, false].map(|first| only(file, |test| asks(test) && is_telling(test) == first)));
            let tests = tests.flatten().collect();
            let of = format!("{name}{}", objective.map(|objective| format!(" of {objective}")).unwrap_or_default());
            all.push(Mutant { of, what, rules, tests });
        }
    }
    all
}

impl Mutant {
    /// Whether a test finds it.
    fn dies(&self, located: &Located) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let mut group: Value = serde_yaml_ng::from_str("groups: [{name: sigil, rules: []}]").unwrap();
        group["groups"][0]["rules"] = self.rules.clone().into();
        fs::write(folder.path().join("rules.yml"), serde_yaml_ng::to_string(&group).unwrap()).unwrap();
        self.tests.iter().any(|tests| {
            let path = folder.path().join("tests.yml");
            fs::write(&path, serde_yaml_ng::to_string(tests).unwrap()).unwrap();
            match Promtool::new(located).test_rules(&path) {
                Ok(()) => false,
                Err(PromtoolError::Invalid(said)) if said.contains("FAILED") => true,
                Err(error) => panic!("{} of {}: {error}", self.what, self.of),
            }
        })
    }
}

#[test]
fn a_rule_that_lost_a_part_fails_its_tests() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let mutants = mutants();
    let of_objectives = mutants.iter().filter(|mutant| mutant.of.contains(" of ")).count();
    assert_eq!((of_objectives, mutants.len() - of_objectives), (78, 102));
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !mutant.dies(&located) {
                        survivors.lock().unwrap().push(format!("{}: {}", mutant.of, mutant.what));
                    }
                }
            });
        }
    });
    let mut survivors = survivors.into_inner().unwrap();
    survivors.sort();
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), mutants.len(), survivors.join("\n"));
}
