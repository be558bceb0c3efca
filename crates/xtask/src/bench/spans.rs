//! Measures spans: time in turns, then instructions and allocations.

use super::{
    BenchError, Plan,
    programs::{Programs, Server, number},
    quartiles::Quartiles,
    summary::{Figures, SpanRow, Summary, ThreadRow},
};
use crate::machine::cores;

/// Operations of one round take about so long.
const ROUND_NS: f64 = 30e6;

/// Before the first round, to learn how many that are.
const CALIBRATION: u64 = 20_000;

/// Of a run under callgrind; the other one has twice as many.
const COUNTED: u32 = 10_000;

/// What meets on one series.
const CONTENDED: [&str; 6] = ["floor", "lapwing", "naive", "by-hand", "prometheus", "prometheus-client"];

const THREADS: [u32; 4] = [1, 2, 4, 8];

/// A variant that takes part in the rounds.
struct Runner {
    server: Server,
    iterations: u64,
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Runner {
    fn start(programs: &Programs, arguments: &str) -> Result<Runner, BenchError> {
        let mut server = programs.serve(arguments)?;
        let answer = server.ask(CALIBRATION)?;
        let ns = number(&answer, "wall_ns")?.max(1.0);
        let iterations = (ROUND_NS / ns).clamp(5_000.0, 400_000.0) as u64;
        Ok(Runner { server, iterations, wall: Vec::new(), cpu: Vec::new() })
    }

    fn round(&mut self) -> Result<(), BenchError> {
        let answer = self.server.ask(self.iterations)?;
        self.wall.push(number(&answer, "wall_ns")?);
        self.cpu.push(number(&answer, "cpu_ns")?);
        Ok(())
    }
}

/// All take their turn in each round, forwards in one and backwards in the next.
fn rounds(runners: &mut [Runner], plan: &Plan, what: &str) -> Result<(), BenchError> {
    for round in 0..plan.rounds() {
        println!("  {what}: round {} of {}", round + 1, plan.rounds());
        for at in 0..runners.len() {
            let at = if round % 2 == 0 { at } else { runners.len() - 1 - at };
            runners[at].round()?;
        }
    }
    Ok(())
}

/// Measures and fills the section `span`.
pub(super) fn measure(programs: &Programs, plan: &Plan, summary: &mut Summary) -> Result<(), BenchError> {
    let variants: Vec<_> = programs.variants()?.into_iter().filter(|[kind, ..]| kind == "span").collect();
    let mut runners = Vec::new();
    for [_, name, _] in &variants {
        runners.push(Runner::start(programs, &format!("span --variant {name}"))?);
    }
    rounds(&mut runners, plan, "spans")?;
    let mut rows = Vec::new();
    for (runner, [_, name, description]) in runners.into_iter().zip(&variants) {
        runner.server.finish()?;
        println!("  spans: instructions and allocations of {name}");
        rows.push(SpanRow {
            variant: name.clone(),
            description: description.clone(),
            cpu_ns: Quartiles::of(runner.cpu),
            wall_ns: Quartiles::of(runner.wall),
            instructions: instructions(programs, name)?,
            allocations: allocations(programs, name)?,
        });
    }

    let of = |name: &str| variants.iter().find(|[_, variant, _]| variant == name).map(|[.., text]| text.clone());
    let mut contended = Vec::new();
    let mut runners = Vec::new();
    for name in CONTENDED {
        for threads in THREADS {
            contended.push((name, threads));
            let arguments = format!("span --variant {name} --threads {threads} --series 1");
            runners.push(Runner::start(programs, &arguments)?);
        }
    }
    rounds(&mut runners, plan, "threads")?;
    let mut threaded = Vec::new();
    for (runner, (name, threads)) in runners.into_iter().zip(contended) {
        runner.server.finish()?;
        let share = f64::from(threads).min(cores() as f64) / f64::from(threads);
        threaded.push(ThreadRow {
            variant: name.to_owned(),
            description: of(name).unwrap_or_default(),
            threads,
            ns: Quartiles::of(runner.wall).times(share),
        });
    }
    summary.span = figures(&rows, &threaded);
    summary.tables.spans = rows;
    summary.tables.threads = threaded;
    Ok(())
}

/// Of one operation, as callgrind counts them.
pub(super) fn instructions(programs: &Programs, variant: &str) -> Result<f64, BenchError> {
    programs.instructions_each(&format!("span --variant {variant} --iterations"), COUNTED)
}

/// Of one operation.
pub(super) fn allocations(programs: &Programs, variant: &str) -> Result<f64, BenchError> {
    number(&programs.heap(&format!("allocations --variant {variant}"))?, "allocations")
}

/// What does not depend on the machine's mood, of `floor`, `lapwing`, `by-hand`, `naive` and `export`, in this order.
pub(super) fn counted(instructions: [f64; 5]) -> [(&'static str, f64); 4] {
    let [floor, lapwing, by_hand, naive, export] = instructions;
    [
        ("instructions_over_floor", lapwing - floor),
        ("instructions_vs_handwritten", lapwing / by_hand),
        ("instructions_vs_naive_over_floor", (naive - floor) / (lapwing - floor)),
        ("instructions_vs_export_route", export / lapwing),
    ]
}

/// # Panics
/// Where a variant is not in the list: the figures are made of those that [`measure`] was given.
fn figures(rows: &[SpanRow], threaded: &[ThreadRow]) -> Figures {
    let row = |name: &str| rows.iter().find(|row| row.variant == name).expect("all variants are measured");
    let ns = |name: &str| row(name).cpu_ns.median;
    let on = |name: &str, threads: u32| {
        let found = threaded.iter().find(|row| row.variant == name && row.threads == threads);
        found.expect("all of them are measured").ns.median
    };
    let counted = counted(["floor", "lapwing", "by-hand", "naive", "export"].map(|name| row(name).instructions));
    let timed = [
        ("floor_ns", ns("floor")),
        ("total_ns", ns("lapwing")),
        ("total_vs_handwritten", ns("lapwing") / ns("by-hand")),
        ("allocations", row("lapwing").allocations),
        ("unmatched_ns_over_floor", ns("lapwing-unmatched") - ns("floor")),
        ("vs_naive_over_floor", (ns("naive") - ns("floor")) / (ns("lapwing") - ns("floor"))),
        ("vs_export_route", ns("export") / ns("lapwing")),
        ("contended_2t_vs_histogramvec", on("prometheus", 2) / on("lapwing", 2)),
        ("contended_2t_vs_own_1t", on("lapwing", 2) / on("lapwing", 1)),
        ("exemplars_added_ns", ns("lapwing-exemplars") - ns("lapwing-sampled")),
        ("otel_1pct_added_ns", ns("lapwing-sampled") - ns("lapwing")),
        ("otel_1pct_alone_over_floor_ns", ns("sampled") - ns("floor")),
        ("checked_added_ns", ns("lapwing-checked") - ns("lapwing")),
    ];
    timed.into_iter().chain(counted).map(|(name, figure)| (name.to_owned(), figure)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_compare_what_they_say() {
        let row = |variant: &str, ns: f64, instructions: f64| SpanRow {
            variant: variant.to_owned(),
            cpu_ns: Quartiles { p25: 0.0, median: ns, p75: 0.0 },
            instructions,
            ..SpanRow::default()
        };
        let rows = [
            row("floor", 60.0, 600.0),
            row("lapwing", 140.0, 1200.0),
            row("by-hand", 200.0, 2000.0),
            row("naive", 380.0, 3600.0),
            row("export", 2800.0, 9600.0),
            row("lapwing-unmatched", 65.0, 0.0),
            row("lapwing-checked", 141.0, 0.0),
            row("lapwing-sampled", 900.0, 0.0),
            row("lapwing-exemplars", 930.0, 0.0),
            row("sampled", 800.0, 0.0),
        ];
        let thread = |variant: &str, threads, ns| ThreadRow {
            variant: variant.to_owned(),
            threads,
            ns: Quartiles { p25: 0.0, median: ns, p75: 0.0 },
            ..ThreadRow::default()
        };
        let threaded = [thread("lapwing", 1, 140.0), thread("lapwing", 2, 175.0), thread("prometheus", 2, 525.0)];
        let figures = figures(&rows, &threaded);
        for (name, expected) in [
            ("total_vs_handwritten", 0.7),
            ("instructions_over_floor", 600.0),
            ("instructions_vs_handwritten", 0.6),
            ("instructions_vs_naive_over_floor", 5.0),
            ("instructions_vs_export_route", 8.0),
            ("unmatched_ns_over_floor", 5.0),
            ("vs_naive_over_floor", 4.0),
            ("vs_export_route", 20.0),
            ("contended_2t_vs_histogramvec", 3.0),
            ("contended_2t_vs_own_1t", 1.25),
            ("exemplars_added_ns", 30.0),
            ("otel_1pct_added_ns", 760.0),
            ("otel_1pct_alone_over_floor_ns", 740.0),
        ] {
            assert!((figures[name] - expected).abs() < 1e-9, "{name} {}", figures[name]);
        }
    }
}
