//! Measures scrapes: time in turns at each size, instructions at the smallest, what is stopped at the largest.

use super::{
    BenchError, Plan,
    programs::{Programs, Server, number},
    quartiles::Quartiles,
    summary::{Figures, ScrapeRow, StallRow, Summary},
};

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];

/// Percent of the series that change between two scrapes; only what keeps text cares.
const TOUCHED: [u32; 4] = [100, 10, 1, 0];

/// Scrapes of a run under callgrind; the other one has twice as many.
const COUNTED: u32 = 3;

/// Series of the one that a scrape's heap is measured with.
const HEAP_SERIES: u32 = 10_000;

struct Runner {
    server: Server,
    /// A row for each percentage, and the times of all rounds.
    rows: Vec<(ScrapeRow, Vec<f64>)>,
}

/// Measures and fills the section `scrape`.
pub(super) fn measure(programs: &Programs, plan: &Plan, summary: &mut Summary) -> Result<(), BenchError> {
    let variants = programs.variants()?;
    let mut rows = Vec::new();
    for series in SIZES {
        let mut runners = Vec::new();
        for [_, name, description] in variants.iter().filter(|[kind, ..]| kind == "scrape") {
            let server = programs.serve(&format!("scrape --variant {name} --series {series}"))?;
            let touched = if keeps_text(name) { &TOUCHED[..] } else { &TOUCHED[..1] };
            let row = |touched: &u32| {
                let (variant, description) = (name.clone(), description.clone());
                (ScrapeRow { variant, description, series, touched: *touched, ..ScrapeRow::default() }, Vec::new())
            };
            runners.push(Runner { server, rows: touched.iter().map(row).collect() });
        }
        rounds(&mut runners, plan, series)?;
        for runner in runners {
            runner.server.finish()?;
            rows.extend(runner.rows.into_iter().map(|(row, ns)| ScrapeRow { ns: Quartiles::of(ns), ..row }));
        }
    }
    let counted = |row: &&mut ScrapeRow| row.series == SIZES[0] && (row.variant == "lapwing" || row.touched == 100);
    for row in rows.iter_mut().filter(counted) {
        println!("  scrapes: instructions of {}, {} % touched", row.variant, row.touched);
        row.instructions = Some(instructions(programs, &row.variant, row.touched)?);
    }
    let mut stalls = Vec::new();
    for [_, name, description] in variants.iter().filter(|[kind, ..]| kind == "stall") {
        stalls.push(stall(programs, plan, name, description)?);
    }
    summary.scrape = figures(&rows, &stalls);
    summary.scrape.insert("peak_heap_10k_bytes".to_owned(), peak(programs, "lapwing")?);
    summary.scrape.insert("peak_heap_10k_bytes_stock".to_owned(), peak(programs, STOCK)?);
    summary.tables.scrapes = rows;
    summary.tables.stalls = stalls;
    Ok(())
}

/// What is compared with.
pub(super) const STOCK: &str = "opentelemetry-prometheus";

fn keeps_text(variant: &str) -> bool {
    variant.starts_with("lapwing")
}

fn rounds(runners: &mut [Runner], plan: &Plan, series: u32) -> Result<(), BenchError> {
    // Large scrapes are long and their times so much steadier.
    let rounds = if series > 10_000 { plan.rounds().div_ceil(3).max(3) } else { plan.rounds() };
    for round in 0..rounds {
        println!("  scrapes of {series} series: round {} of {rounds}", round + 1);
        for at in 0..runners.len() {
            let at = if round % 2 == 0 { at } else { runners.len() - 1 - at };
            let Runner { server, rows } = &mut runners[at];
            for (row, ns) in rows {
                let answer = server.ask(row.touched.into())?;
                ns.push(number(&answer, "ns")?);
                row.bytes = number(&answer, "bytes")?;
            }
        }
    }
    Ok(())
}

/// Of a scrape, for one series, without those of the values that are recorded between scrapes.
pub(super) fn instructions(programs: &Programs, variant: &str, touched: u32) -> Result<f64, BenchError> {
    let series = SIZES[0];
    let arguments = format!("scrape --variant {variant} --series {series} --touched {touched}");
    let all = programs.instructions_each(&format!("{arguments} --scrapes"), COUNTED)?;
    let touching = programs.instructions_each(&format!("{arguments} --only-touch --scrapes"), COUNTED)?;
    Ok((all - touching) / f64::from(series))
}

/// Bytes that one scrape holds at most above what is held between scrapes.
pub(super) fn peak(programs: &Programs, variant: &str) -> Result<f64, BenchError> {
    println!("  scrapes: heap of {variant}");
    number(&programs.heap(&format!("peak --variant {variant} --series {HEAP_SERIES}"))?, "peak_bytes")
}

fn stall(programs: &Programs, plan: &Plan, name: &str, description: &str) -> Result<StallRow, BenchError> {
    let series = SIZES[2];
    let rounds = plan.rounds().div_ceil(3).clamp(3, 8);
    let mut server = programs.serve(&format!("stall --variant {name} --series {series}"))?;
    let mut answers = Vec::new();
    for round in 0..rounds {
        println!("  scrapes: what {name} stops, round {} of {rounds}", round + 1);
        answers.push(server.ask(0)?);
    }
    server.finish()?;
    let all = |key| answers.iter().map(|answer| number(answer, key)).collect::<Result<Vec<f64>, _>>();
    let most = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
    Ok(StallRow {
        variant: name.to_owned(),
        description: description.to_owned(),
        series,
        longest_us: Quartiles::of(all("max_us")?),
        max_us: most(all("max_us")?),
        idle_max_us: most(all("idle_max_us")?),
        scrape_ms: Quartiles::of(all("scrape_ms")?),
        measured: all("measured")?.iter().sum(),
        new_series: all("new_series")?.iter().sum(),
    })
}

/// # Panics
/// Where a row is not there: the figures are made of those that [`measure`] was given.
fn figures(rows: &[ScrapeRow], stalls: &[StallRow]) -> Figures {
    let row = |variant: &str, series: u32, touched: u32| {
        let found = rows.iter().find(|r| (r.variant.as_str(), r.series, r.touched) == (variant, series, touched));
        found.expect("all of them are measured")
    };
    let speedup = |series, touched| row(STOCK, series, 100).ns.median / row("lapwing", series, touched).ns.median;
    let mut figures = Figures::new();
    for (series, size) in SIZES.into_iter().zip(["1k", "10k", "100k"]) {
        figures.insert(format!("speedup_{size}"), speedup(series, 100));
        figures.insert(format!("speedup_10pct_touched_{size}"), speedup(series, 10));
        figures.insert(format!("speedup_1pct_touched_{size}"), speedup(series, 1));
        figures.insert(format!("speedup_unchanged_{size}"), speedup(series, 0));
    }
    let counted = |variant| row(variant, SIZES[0], 100).instructions.unwrap_or(f64::NAN);
    figures.insert("instruction_ratio".to_owned(), counted(STOCK) / counted("lapwing"));
    for stall in stalls {
        let name = if stall.variant == "lapwing" { "record_stall_max_us" } else { "record_stall_max_us_stock" };
        figures.insert(name.to_owned(), stall.max_us);
        figures.insert(name.replace("max", "idle_max"), stall.idle_max_us);
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_compare_with_the_stock_exporter() {
        let row = |variant: &str, series, touched, ns: f64| ScrapeRow {
            variant: variant.to_owned(),
            series,
            touched,
            ns: Quartiles { p25: 0.0, median: ns, p75: 0.0 },
            instructions: (series == 1000).then_some(ns * 3.0),
            ..ScrapeRow::default()
        };
        let mut rows = Vec::new();
        for series in SIZES {
            rows.push(row(STOCK, series, 100, 4000.0));
            rows.extend(TOUCHED.map(|touched| row("lapwing", series, touched, f64::from(touched + 100))));
        }
        let stall = |variant: &str, max_us| StallRow { variant: variant.to_owned(), max_us, ..StallRow::default() };
        let figures = figures(&rows, &[stall("lapwing", 80.0), stall(STOCK, 60_000.0)]);
        assert_eq!((figures["speedup_1k"], figures["speedup_unchanged_100k"]), (20.0, 40.0));
        assert_eq!(figures["instruction_ratio"], 20.0);
        assert_eq!((figures["record_stall_max_us"], figures["record_stall_max_us_stock"]), (80.0, 60_000.0));
    }
}
