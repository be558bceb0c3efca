//! Rules that lost a part, or have a word misspelt: each fails its tests.

use std::{
    fs,
    io::{Read, Seek},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use lapwing_monitor::{Options, generate};
use lapwing_promql::{
    BinaryOp, Dialect, Expr, ExprKind, Matcher, Name, Presence, SelectorUse, VectorSelector, Visit, parse,
};
use serde_yaml_ng::{Mapping, Value};
use stack::{Located, Part, need};

use crate::{
    declarations::declared_sigil,
    rule_tests::{RULES, SLOW, TESTS, asks},
};

/// A rule that isn't as it was made.
struct Mutant {
    /// The rule's name.
    of: String,
    /// What is different.
    what: String,
    /// The rules that its tests need, it among them.
    rules: Vec<Value>,
    /// Its tests, those first that most mutants fail.
    tests: Arc<[String]>,
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
                if binary.op.is_set() {
                    let lost = &text[binary.op_span.start..visit.expr.span.end];
                    let rest = &text[binary.lhs.span.clone()];
                    changes.push((format!("no {lost}"), replaced(text, &visit.expr.span, rest)));
                }
                if binary.op == BinaryOp::And && !is_and(&binary.lhs) {
                    let lost = &text[visit.expr.span.start..binary.op_span.end];
                    let rest = &text[binary.rhs.span.clone()];
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

fn is_and(expr: &Expr) -> bool {
    matches!(&expr.unwrapped().kind, ExprKind::Binary(binary) if binary.op == BinaryOp::And)
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

/// Some of a file's tests as a file, if there are such.
fn only(file: &Value, keeps: impl Fn(&&Value) -> bool) -> Option<String> {
    let tests: Vec<&Value> = file["tests"].as_sequence().unwrap().iter().filter(keeps).collect();
    let interval = file["evaluation_interval"].as_str().unwrap();
    let tests = serde_yaml_ng::to_string(&tests).unwrap();
    let head = format!("rule_files: [rules.yml]\nevaluation_interval: {interval}\ntests:\n");
    (tests != "[]\n").then(|| head + &tests)
}

/// Most mutants fail a test of the first rank, most others one of the second: the rest is tried only then.
fn rank(test: &Value) -> usize {
    let name = test["name"].as_str().unwrap();
    let parts: [&[&str]; 2] = [&["resolves", "burns 14.54 times"], &["few events alert nobody", "bad for a "]];
    parts.iter().position(|parts| parts.iter().any(|part| name.contains(part))).unwrap_or(parts.len())
}

/// All changes of all rules that these objectives and alerts have.
fn mutants() -> Vec<Mutant> {
    let made = generate(&[declared_sigil()], &Options::default()).unwrap();
    let parsed = |path: &str| -> Value {
        let file = made.iter().find(|file| file.path == Path::new(path)).unwrap();
        serde_yaml_ng::from_str(&file.text).unwrap()
    };
    let rules = parsed(RULES)["groups"][0]["rules"].as_sequence().unwrap().clone();
    let files = [TESTS, SLOW].map(parsed);
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
        let ranked = (0..3).flat_map(|rank| files.iter().map(move |file| (rank, file)));
        let tests = ranked.filter_map(|(wanted, file)| only(file, |test| asks(test) && rank(test) == wanted));
        let tests: Arc<[String]> = tests.collect();
        let of = format!("{name}{}", objective.map(|objective| format!(" of {objective}")).unwrap_or_default());
        for (what, mutant) in changed(rule.as_mapping().unwrap()) {
            let needed = (0..rules.len()).filter(|other| belongs(*other));
            let rules = needed.map(|at| if at == index { mutant.clone().into() } else { rules[at].clone() }).collect();
            all.push(Mutant { of: of.clone(), what, rules, tests: Arc::clone(&tests) });
        }
    }
    all
}

impl Mutant {
    /// Writes its rules and those of its tests that come at this place, if there are so many.
    fn write(&self, folder: &Path, place: usize) -> Option<PathBuf> {
        let tests = self.tests.get(place)?;
        fs::create_dir(folder).unwrap();
        let mut group: Value = serde_yaml_ng::from_str("groups: [{name: sigil, rules: []}]").unwrap();
        group["groups"][0]["rules"] = self.rules.clone().into();
        fs::write(folder.join("rules.yml"), serde_yaml_ng::to_string(&group).unwrap()).unwrap();
        let path = folder.join("tests.yml");
        fs::write(&path, tests).unwrap();
        Some(path)
    }
}

/// Those of these mutants that the tests at this place don't find. One promtool runs them all, as its start takes longer than a test.
fn survivors<'m>(located: &Located, mutants: &[&'m Mutant], place: usize) -> Vec<&'m Mutant> {
    let folder = tempfile::tempdir().unwrap();
    let files =
        mutants.iter().enumerate().map(|(index, mutant)| mutant.write(&folder.path().join(index.to_string()), place));
    let files: Vec<Option<PathBuf>> = files.collect();
    // Success is told to the one stream, failure to the other: in one file they stand in order.
    let mut said = tempfile::tempfile().unwrap();
    let mut command = located.command("promtool");
    command.args(["test", "rules"]).args(files.iter().flatten());
    command.stdout(said.try_clone().unwrap()).stderr(said.try_clone().unwrap());
    if files.iter().any(Option::is_some) {
        command.status().unwrap();
    }
    let mut text = String::new();
    said.rewind().unwrap();
    said.read_to_string(&mut text).unwrap();
    let mut verdicts = text.lines().filter(|line| ["  SUCCESS", "  FAILED:"].contains(line));
    let survives = |file: &Option<PathBuf>| file.is_none() || verdicts.next().expect(&text) == "  SUCCESS";
    let survive: Vec<bool> = files.iter().map(survives).collect();
    assert_eq!(verdicts.next(), None, "{text}");
    mutants.iter().zip(survive).filter(|(_, survives)| *survives).map(|(mutant, _)| *mutant).collect()
}

#[test]
fn a_rule_that_lost_a_part_fails_its_tests() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let mutants = mutants();
    let of_objectives = mutants.iter().filter(|mutant| mutant.of.contains(" of ")).count();
    assert_eq!((of_objectives, mutants.len() - of_objectives), (90, 102));
    let most = mutants.iter().map(|mutant| mutant.tests.len()).max().unwrap();
    let alive = (0..most).fold(mutants.iter().collect::<Vec<_>>(), |alive, place| {
        let (one, other) = alive.split_at(alive.len() / 2);
        thread::scope(|scope| {
            let one = scope.spawn(|| survivors(&located, one, place));
            let other = survivors(&located, other, place);
            [one.join().unwrap(), other].concat()
        })
    });
    let alive: Vec<String> = alive.iter().map(|mutant| format!("{}: {}", mutant.of, mutant.what)).collect();
    assert!(alive.is_empty(), "{} of {}:\n{}", alive.len(), mutants.len(), alive.join("\n"));
}
