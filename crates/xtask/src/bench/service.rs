//! Takes the service's throughput from `cargo xtask throughput`'s measurement.

use std::num::NonZeroU32;

use super::{
    BenchError, Plan,
    quartiles::Quartiles,
    summary::{Figures, ServiceRow, Summary},
};
use crate::throughput::{self, Run, Side, Workload};

/// Measures and fills the section `service`.
pub(super) fn measure(plan: &Plan, summary: &mut Summary) -> Result<(), BenchError> {
    let [rounds, seconds] = if plan.quick { [2, 2] } else { [4, 4] };
    let number = |number| NonZeroU32::new(number).expect("neither is zero");
    let shortened = throughput::Plan { rounds: number(rounds), seconds: number(seconds), write: false };
    let (runs, _) = throughput::run(&shortened)?;
    (summary.service, summary.tables.service) = figures(&runs);
    Ok(())
}

/// What is left of the throughput: for each kind of request the median of the rounds, over all kinds their geometric mean.
fn figures(runs: &[Run]) -> (Figures, Vec<ServiceRow>) {
    let mut figures = Figures::new();
    let mut rows = Vec::new();
    for (side, prefix) in [(Side::On, ""), (Side::Metrics, "metrics_"), (Side::Traced, "traced_")] {
        let mut product = 1.0;
        for workload in Workload::ALL {
            let throughput = Quartiles::of(ratios(runs, workload, side));
            product *= throughput.median;
            figures.insert(format!("{prefix}{workload}"), throughput.median);
            let (request, telemetry) = (workload.describe().to_owned(), side.name().to_owned());
            rows.push(ServiceRow { request, telemetry, throughput });
        }
        let mean = product.powf(1.0 / Workload::ALL.len() as f64);
        figures.insert(format!("{prefix}throughput_on_off"), mean);
    }
    (figures, rows)
}

/// Each run against the one of its own round with telemetry off.
fn ratios(runs: &[Run], workload: Workload, side: Side) -> Vec<f64> {
    let of = |side: Side| runs.iter().filter(move |run| run.workload == workload && run.side == side);
    let pairs = of(side).filter_map(|run| Some((run, of(Side::Off).find(|off| off.round == run.round)?)));
    pairs.map(|(run, off)| run.load.rate() / off.load.rate()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_is_over_the_kinds_of_requests() {
        let run = |round, workload, side, requests| Run::example(round, workload, side, requests);
        let runs: Vec<Run> = [(0, 1000), (1, 3000), (2, 9000)]
            .into_iter()
            .flat_map(|(round, off)| {
                Workload::ALL.into_iter().flat_map(move |workload| {
                    let left = if workload == Workload::Fetch { off / 10 * 8 } else { off };
                    Side::ALL.map(|side| run(round, workload, side, if side == Side::Off { off } else { left }))
                })
            })
            .collect();
        let (figures, rows) = figures(&runs);
        assert!((figures["fetch"] - 0.8).abs() < 1e-9 && (figures["metrics_encode"] - 1.0).abs() < 1e-9);
        assert!((figures["throughput_on_off"] - 0.8_f64.cbrt()).abs() < 1e-9);
        assert_eq!(rows.len(), 9);
    }
}
