//! From runs to a table.

use std::fmt::Write as _;

use super::{Plan, scraper::Scrapes, side::Side, workload::Workload, wrk::Load};

/// One workload on one side in one round.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) round: u32,
    pub(crate) workload: Workload,
    pub(crate) side: Side,
    pub(crate) load: Load,
    /// Seconds of CPU that the service used.
    pub(crate) cpu: f64,
    /// Share of the machine that others used.
    pub(crate) foreign: f64,
    pub(crate) scrapes: Scrapes,
}

impl Run {
    /// In microseconds.
    pub(crate) fn cpu_per_request(&self) -> f64 {
        self.cpu * 1e6 / self.load.requests as f64
    }
}

/// What came out, as it stands on the page.
pub(crate) struct Report {
    pub(crate) table: String,
}

impl Report {
    /// `conditions` are machine, date and versions.
    pub(crate) fn of(runs: &[Run], plan: &Plan, conditions: &str) -> Self {
        let mut scrapes = Scrapes::default();
        runs.iter().for_each(|run| scrapes += run.scrapes);
        let foreign = runs.iter().map(|run| run.foreign).fold(0.0, f64::max);
        let mut table = String::new();
        let _ = writeln!(
            table,
            "{conditions}; {} rounds of {} s by turns; {} scrapes of {:.1} kB compressed; other processes used at most {:.1} % of the machine \
             during a run.\n",
            plan.rounds,
            plan.seconds,
            scrapes.number,
            scrapes.bytes as f64 / 1000.0 / scrapes.number.max(1) as f64,
            foreign * 100.0
        );
        table.push_str(
            "| request | telemetry | requests/s | against off | CPU a request | against off | more CPU a span |\n\
             | --- | --- | --: | --: | --: | --: | --: |\n",
        );
        for workload in Workload::ALL {
            for side in Side::ALL {
                table.push_str(&row(runs, workload, side));
            }
        }
        Report { table }
    }
}

fn row(runs: &[Run], workload: Workload, side: Side) -> String {
    let of = |side: Side| runs.iter().filter(move |run| run.workload == workload && run.side == side);
    let of_side = |value: fn(&Run) -> f64| median(of(side).map(value).collect());
    // Each run against the one of its own round: what changed between rounds struck both.
    let pairs = || of(side).filter_map(|run| Some((run, of(Side::Off).find(|off| off.round == run.round)?)));
    let rate = Spread::of(pairs().map(|(run, off)| run.load.rate() / off.load.rate()).collect());
    let cpu = Spread::of(pairs().map(|(run, off)| run.cpu_per_request() / off.cpu_per_request()).collect());
    let more = median(pairs().map(|(run, off)| run.cpu_per_request() - off.cpu_per_request()).collect());
    let [rate, cpu, more] = match side {
        Side::Off => Default::default(),
        _ => [rate.to_string(), cpu.to_string(), format!("{:+.2} µs", more / f64::from(workload.spans()))],
    };
    let request = match side {
        Side::Off => format!("{}, {} span{}", workload.describe(), workload.spans(), plural(workload.spans())),
        _ => String::new(),
    };
    format!(
        "| {request} | {side} | {:.0} | {rate} | {:.1} µs | {cpu} | {more} |\n",
        of_side(|run| run.load.rate()),
        of_side(Run::cpu_per_request),
    )
}

fn plural(number: u32) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// Median, and how far the rounds were from one another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(values: Vec<f64>) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Spread { median: median(values), least, most }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "**{:.3}** ({:.2}–{:.2})", self.median, self.least, self.most)
    }
}

/// Of an even number, the mean of the two in the middle; of none, not a number.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

#[cfg(test)]
impl Run {
    /// One of five seconds.
    pub(crate) fn example(round: u32, workload: Workload, side: Side, requests: u64) -> Run {
        let load = Load { requests, seconds: 5.0 };
        let scrapes = if side.measures() { Scrapes { number: 5, bytes: 10_000 } } else { Scrapes::default() };
        Run { round, workload, side, load, cpu: 5.0, foreign: 0.01, scrapes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(vec![7.0]), 7.0);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn table_compares_each_round_with_itself() {
        // The machine became three times as fast between the rounds; the sides differ by 2 % and 4 %.
        let runs: Vec<Run> = [(0, 100_000, 98_000), (1, 300_000, 288_000)]
            .into_iter()
            .flat_map(|(round, off, on)| {
                Workload::ALL.into_iter().flat_map(move |workload| {
                    Side::ALL.map(|side| Run::example(round, workload, side, if side == Side::Off { off } else { on }))
                })
            })
            .collect();
        let table = Report::of(&runs, &Plan::default(), "Measured on a machine").table;
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[0],
            "Measured on a machine; 6 rounds of 5 s by turns; 90 scrapes of 2.0 kB compressed; other processes used at most 1.0 % of the machine \
             during a run."
        );
        assert_eq!(lines.len(), 4 + 12);
        assert_eq!(lines[4], "| `GET /api/sigils/{id}`: read, 1 span | off | 40000 |  | 33.3 µs |  |  |");
        assert_eq!(lines[14], "|  | on | 38600 | **0.970** (0.96–0.98) | 34.2 µs | **1.031** (1.02–1.04) | +0.29 µs |");
    }
}
