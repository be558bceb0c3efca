//! What is aimed at.

use super::summary::Summary;

/// On which side of the limit a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// Strictly.
    Below(f64),
}

/// A figure that has to be good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Target {
    /// `section.name` in the summary.
    pub(super) key: &'static str,
    pub(super) bound: Bound,
    /// What it is, for a table.
    pub(super) what: &'static str,
}

const fn at_most(key: &'static str, limit: f64, what: &'static str) -> Target {
    Target { key, bound: Bound::AtMost(limit), what }
}

const fn at_least(key: &'static str, limit: f64, what: &'static str) -> Target {
    Target { key, bound: Bound::AtLeast(limit), what }
}

pub(super) const TARGETS: [Target; 20] = [
    at_most("span.total_vs_handwritten", 0.95, "a span with 2 labels and outcome ÷ by hand with 3 attributes"),
    at_most("span.instructions_over_floor", 700.0, "instructions above a layer that does nothing"),
    at_most("span.allocations", 0.0, "allocations of a span of a known series"),
    at_most("span.unmatched_ns_over_floor", 10.0, "ns that a span without a rule takes above the floor"),
    at_least("span.vs_naive_over_floor", 3.5, "naive layer ÷ this one, both above the floor"),
    at_least("span.vs_export_route", 14.0, "exporting every span ÷ measuring it"),
    at_least("span.contended_2t_vs_histogramvec", 2.5, "`HistogramVec` ÷ this layer, 2 threads on one series"),
    at_most("span.contended_2t_vs_own_1t", 1.5, "2 threads on one series ÷ 1 thread"),
    at_least("scrape.speedup_1k", 7.0, "opentelemetry-prometheus ÷ this, 1 000 series, all changed"),
    at_least("scrape.speedup_10k", 4.5, "the same, 10 000 series"),
    at_least("scrape.speedup_100k", 4.0, "the same, 100 000 series"),
    at_least("scrape.instruction_ratio", 12.0, "the same in instructions, 1 000 series"),
    at_least("scrape.speedup_10pct_touched_10k", 8.0, "the same, 10 000 series, 10 % of them changed"),
    Target {
        key: "scrape.record_stall_max_us",
        bound: Bound::Below(1000.0),
        what: "µs of the longest span while 100 000 series are scraped and new ones arrive",
    },
    at_most("scrape.peak_heap_10k_bytes", 1e6, "bytes that a scrape of 10 000 series takes above what is kept"),
    at_most("memory.bytes_per_series", 700.0, "bytes a series: SDK, handle and the layer's entry"),
    at_least("service.throughput_on_off", 0.98, "what is left of sigil's throughput, all kinds of requests"),
    at_least("service.fetch", 0.98, "of it: reads"),
    at_least("service.verify", 0.98, "of it: verifications"),
    at_least("service.encode", 0.98, "of it: durable writes"),
];

impl Bound {
    pub(super) fn is_met(self, figure: f64) -> bool {
        match self {
            Bound::AtMost(limit) => figure <= limit,
            Bound::AtLeast(limit) => figure >= limit,
            Bound::Below(limit) => figure < limit,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bound::AtMost(limit) => write!(f, "≤ {limit}"),
            Bound::AtLeast(limit) => write!(f, "≥ {limit}"),
            Bound::Below(limit) => write!(f, "< {limit}"),
        }
    }
}

/// As many digits as say something.
pub(super) fn shown(figure: f64) -> String {
    match figure.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1000.0 => format!("{figure:.0}"),
        size if size >= 100.0 => format!("{figure:.1}"),
        size if size >= 10.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// The targets of all sections that were measured.
pub(super) fn table(summary: &Summary) -> String {
    let mut table = String::from("| figure | what it is | target | measured | |\n| --- | --- | --: | --: | --- |\n");
    for Target { key, bound, what } in TARGETS {
        let Some(figure) = summary.figure(key) else { continue };
        let verdict = if bound.is_met(figure) { "met" } else { "**missed**" };
        table.push_str(&format!("| `{key}` | {what} | {bound} | {} | {verdict} |\n", shown(figure)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_says_what_was_met_and_what_was_missed() {
        let mut summary = Summary::default();
        summary.span.insert("total_vs_handwritten".to_owned(), 0.949);
        summary.span.insert("instructions_over_floor".to_owned(), 1234.5);
        summary.scrape.insert("record_stall_max_us".to_owned(), 1000.0);
        let table = table(&summary);
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(lines.len(), 3, "{table}");
        assert!(lines[0].ends_with("| ≤ 0.95 | 0.949 | met |"), "{}", lines[0]);
        assert!(lines[1].ends_with("| ≤ 700 | 1234 | **missed** |"), "{}", lines[1]);
        assert!(lines[2].ends_with("| < 1000 | 1000 | **missed** |"), "{}", lines[2]);
    }

    #[test]
    fn limits_themselves_are_met() {
        assert!(Bound::AtMost(0.0).is_met(0.0) && Bound::AtLeast(7.0).is_met(7.0) && !Bound::Below(7.0).is_met(7.0));
        assert!(!Bound::AtLeast(7.0).is_met(f64::NAN) && !Bound::AtMost(7.0).is_met(f64::NAN));
    }
}
