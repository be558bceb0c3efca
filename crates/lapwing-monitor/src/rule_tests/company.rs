//! Who stands beside the series at fault: another instance of the same job, and another job.

use lapwing_promql::{Aggregator, BinaryOp, ExprKind, MatchOp};

use super::{
    Sample, Scene,
    alerts::{condition, kept},
    case::Case,
    labels::{INSTANCES, Series},
};
use crate::AlertRule;

/// What stands beside the series of a case, as far as the condition of its rule can tell it apart.
pub(super) struct Company<'a> {
    case: &'a Case,
    second: Second,
    /// Whether another job is none of its business.
    asks_for_job: bool,
}

/// What a second instance does.
enum Second {
    /// It is well all the time, and must not fire, or must not hide the first.
    Healthy,
    /// Half: their sum is asked for.
    Half,
    /// The same.
    Same,
    /// There is none.
    Missing,
}

impl<'a> Company<'a> {
    pub(super) fn of(rule: &AlertRule, case: &'a Case) -> Company<'a> {
        let expr = condition(rule);
        let selectors = expr.as_ref().map(|expr| expr.selectors()).unwrap_or_default();
        let asks_for = |label: &'static str| selectors.iter().map(move |used| used.selector.matchers_of(label));
        let one_instance = asks_for("instance").any(|mut matchers| matchers.next().is_some());
        let asks_for_job = asks_for("job").all(|mut matchers| matchers.any(|matcher| matcher.op == MatchOp::Equal));
        let second = if one_instance { Second::Missing } else { second(rule, case) };
        Company { case, second, asks_for_job }
    }

    /// The scene when nothing must fire: another job is at fault.
    pub(super) fn quiet(&self, scene: &Scene) -> Scene {
        self.around(scene, &self.case.far.1)
    }

    /// The scene when it must fire: another job is well.
    pub(super) fn firing(&self, scene: &Scene) -> Scene {
        self.around(scene, &self.case.far.0)
    }

    fn around(&self, scene: &Scene, other_job: &Scene) -> Scene {
        let beside = |(series, sample): &(Series, Sample)| (series.on(INSTANCES[1]), *sample);
        let halved = |(series, sample): &(Series, Sample)| (series.clone(), sample.half());
        let mut all = scene.series.clone();
        match self.second {
            Second::Healthy => all.extend(self.case.far.0.series.iter().map(beside)),
            Second::Same => all.extend(scene.series.iter().map(beside)),
            Second::Half => {
                all = all.iter().map(halved).collect();
                all.extend(all.clone().iter().map(beside));
            }
            Second::Missing => {}
        }
        if self.asks_for_job {
            all.extend(other_job.series.iter().map(|(series, sample)| (series.of_another_job(), *sample)));
        }
        Scene { series: all, value: scene.value }
    }
}

fn second(rule: &AlertRule, case: &Case) -> Second {
    let Some(expr) = condition(rule) else { return Second::Missing };
    if kept(rule, &case.labels()).get("instance").is_some() {
        return Second::Healthy;
    }
    let visits = expr.walk();
    let above = visits.iter().find_map(|visit| match &visit.expr.kind {
        ExprKind::Binary(binary) if binary.op.is_comparison() => {
            Some(matches!(binary.op, BinaryOp::Greater | BinaryOp::GreaterEqual))
        }
        _ => None,
    });
    let operators = visits.iter().filter_map(|visit| match &visit.expr.kind {
        ExprKind::Aggregation(aggregation) => aggregation.op,
        _ => None,
    });
    let operators: Vec<Aggregator> = operators.collect();
    let all = |operator| operators.iter().all(|known| *known == operator);
    match above {
        _ if operators.is_empty() => Second::Same,
        // What is aggregated are alerts already.
        Some(_) if matches!(expr.unwrapped().kind, ExprKind::Aggregation(_)) => Second::Missing,
        _ if all(Aggregator::Sum) => Second::Half,
        Some(true) if all(Aggregator::Max) => Second::Healthy,
        Some(false) if all(Aggregator::Min) => Second::Healthy,
        _ if [Aggregator::Max, Aggregator::Min, Aggregator::Avg].into_iter().any(all) => Second::Same,
        _ => Second::Missing,
    }
}
