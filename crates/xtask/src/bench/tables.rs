//! The tables of `docs/performance.md`.

use std::fmt::Write as _;

use super::{
    Section,
    summary::{ScrapeRow, StallRow, Summary, ThreadRow},
    targets::shown,
};

/// All of a section.
pub(super) fn of(section: Section, summary: &Summary) -> String {
    let conditions = summary.conditions.get(section.name()).map_or("Not measured yet.", String::as_str);
    let tables = match section {
        Section::Span => format!("{}\n{}", spans(summary), threads(&summary.tables.threads)),
        Section::Scrape => format!("{}\n{}", scrapes(&summary.tables.scrapes), stalls(&summary.tables.stalls)),
        Section::Memory => memory(summary),
        Section::Service => service(summary),
    };
    format!("{conditions}\n\n{tables}")
}

fn spans(summary: &Summary) -> String {
    let rows = &summary.tables.spans;
    let floor = rows.iter().find(|row| row.variant == "floor").map_or(f64::NAN, |row| row.cpu_ns.median);
    let mut table = String::from(
        "| one thread, 16 series | CPU ns | over the floor | ns of its thread | instructions | allocations |\n\
         | --- | --: | --: | --: | --: | --: |\n",
    );
    for row in rows {
        let over = row.cpu_ns.median - floor;
        // Without a span there is no floor below.
        let over = if row.description.contains("no span") || row.variant == "floor" {
            String::new()
        } else {
            format!("{over:.0}")
        };
        let _ = writeln!(
            table,
            "| {} | {} | {over} | {:.0} | {:.0} | {} |",
            row.description,
            row.cpu_ns,
            row.wall_ns.median,
            row.instructions,
            shown((row.allocations * 100.0).round() / 100.0)
        );
    }
    table
}

fn threads(rows: &[ThreadRow]) -> String {
    let counts = distinct(rows.iter().map(|row| row.threads));
    let heads = counts.iter().map(|threads| format!("{threads} thread{} |", if *threads == 1 { "" } else { "s" }));
    let mut table = format!("| all threads on one series, core ns | {}\n| --- |", heads.collect::<Vec<_>>().join(" "));
    table.push_str(&" --: |".repeat(counts.len()));
    table.push('\n');
    for first in rows.iter().filter(|row| row.threads == counts[0]) {
        let _ = write!(table, "| {} |", first.description);
        for threads in &counts {
            let row = rows.iter().find(|row| row.variant == first.variant && row.threads == *threads);
            let _ = write!(table, " {} |", row.map(|row| row.ns.to_string()).unwrap_or_default());
        }
        table.push('\n');
    }
    table
}

fn scrapes(rows: &[ScrapeRow]) -> String {
    let sizes = distinct(rows.iter().map(|row| row.series));
    let heads = sizes.iter().map(|series| format!("{}k series, ms | |", series / 1000));
    let mut table =
        format!("| | changed | {} instructions a series |\n| --- | --: |", heads.collect::<Vec<_>>().join(" "));
    table.push_str(&" --: | --: |".repeat(sizes.len()));
    table.push_str(" --: |\n");
    let find = |variant: &str, touched, series| {
        rows.iter().find(|row| (row.variant.as_str(), row.touched, row.series) == (variant, touched, series))
    };
    for first in rows.iter().filter(|row| Some(&row.series) == sizes.first()) {
        let changed = if first.variant == "copy" { String::new() } else { format!("{} %", first.touched) };
        let _ = write!(table, "| {} | {changed} |", first.description);
        for series in &sizes {
            let Some(row) = find(&first.variant, first.touched, *series) else { continue };
            let stock = find(super::scrapes::STOCK, 100, *series).map_or(f64::NAN, |row| row.ns.median);
            let _ = write!(table, " {:.2} | {:.1}× |", row.ns.times(1e-6), stock / row.ns.median);
        }
        let _ = writeln!(table, " {} |", first.instructions.map(|number| format!("{number:.0}")).unwrap_or_default());
    }
    table
}

fn stalls(rows: &[StallRow]) -> String {
    let mut table = String::from(
        "| recording while 100 000 series are scraped | longest of a round, µs | of all | of all without a scrape | scrape, ms | \
         recorded | of it new series |\n| --- | --: | --: | --: | --: | --: | --: |\n",
    );
    for row in rows {
        let _ = writeln!(
            table,
            "| {} | {} | {:.0} | {:.0} | {} | {:.0} | {:.0} |",
            row.description, row.longest_us, row.max_us, row.idle_max_us, row.scrape_ms, row.measured, row.new_series
        );
    }
    table
}

fn memory(summary: &Summary) -> String {
    let mut table = String::from("| held for a series | bytes |\n| --- | --: |\n");
    for row in &summary.tables.memory {
        let _ = writeln!(table, "| {} | {:.0} |", row.what, row.bytes);
    }
    table
}

fn service(summary: &Summary) -> String {
    let mut table = String::from("| request | telemetry | throughput against off |\n| --- | --- | --: |\n");
    for row in &summary.tables.service {
        let _ = writeln!(table, "| {} | {} | {:.3} |", row.request, row.telemetry, row.throughput);
    }
    for (key, telemetry) in [("throughput_on_off", "on"), ("metrics_throughput_on_off", "metrics")] {
        if let Some(mean) = summary.service.get(key) {
            let _ = writeln!(table, "| all three, geometric mean | {telemetry} | **{mean:.3}** |");
        }
    }
    table
}

fn distinct(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{quartiles::Quartiles, summary::SpanRow};

    fn ns(median: f64) -> Quartiles {
        Quartiles { p25: median - 1.0, median, p75: median + 1.0 }
    }

    #[test]
    fn spans_are_shown_over_the_floor() {
        let mut summary = Summary::default();
        summary.conditions.insert("span".to_owned(), "Measured here.".to_owned());
        let row = |variant: &str, description: &str, cpu| SpanRow {
            variant: variant.to_owned(),
            description: description.to_owned(),
            cpu_ns: ns(cpu),
            wall_ns: ns(cpu),
            instructions: 10.0 * cpu,
            allocations: 0.0001,
        };
        summary.tables.spans =
            vec![row("floor", "nothing", 60.0), row("lapwing", "this", 141.0), row("by-hand", "no span", 155.0)];
        let thread = |threads, median| ThreadRow {
            description: "this".to_owned(),
            threads,
            ns: ns(median),
            ..ThreadRow::default()
        };
        summary.tables.threads = vec![thread(1, 140.0), thread(2, 170.0)];
        let text = of(Section::Span, &summary);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Measured here.");
        assert_eq!(lines[4], "| nothing | 60 (59–61) |  | 60 | 600 | 0 |");
        assert_eq!(lines[5], "| this | 141 (140–142) | 81 | 141 | 1410 | 0 |");
        assert_eq!(lines[6], "| no span | 155 (154–156) |  | 155 | 1550 | 0 |");
        assert_eq!(lines[8], "| all threads on one series, core ns | 1 thread | 2 threads |");
        assert_eq!(lines[10], "| this | 140 (139–141) | 170 (169–171) |");
    }

    #[test]
    fn scrapes_are_shown_against_the_stock_exporter() {
        let row = |variant: &str, series, touched, median: f64| ScrapeRow {
            variant: variant.to_owned(),
            description: variant.to_owned(),
            series,
            touched,
            ns: ns(median),
            bytes: 0.0,
            instructions: (series == 1000).then_some(4000.0),
        };
        let rows = [
            row("lapwing", 1000, 10, 5e5),
            row("opentelemetry-prometheus", 1000, 100, 4e6),
            row("lapwing", 10_000, 10, 5e6),
            row("opentelemetry-prometheus", 10_000, 100, 45e6),
        ];
        let table = scrapes(&rows);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "| | changed | 1k series, ms | | 10k series, ms | | instructions a series |");
        assert_eq!(lines[2], "| lapwing | 10 % | 0.50 (0.50–0.50) | 8.0× | 5.00 (5.00–5.00) | 9.0× | 4000 |");
        assert_eq!(lines[0].matches('|').count(), lines[2].matches('|').count());
        assert_eq!(lines[0].matches('|').count(), lines[1].matches('|').count());
    }
}
