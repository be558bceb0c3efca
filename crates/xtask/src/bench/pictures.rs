//! The pictures of `docs/performance.md`.

use super::{
    chart::{Chart, Line},
    summary::Summary,
};

/// What a measurement costs when threads meet on one series.
pub(super) fn threads(summary: &Summary) -> String {
    let rows = &summary.tables.threads;
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let point = (f64::from(row.threads), row.ns.median);
        let name = thread_name(&row.variant);
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { strong: row.variant == "lapwing", name, points: vec![point] }),
        }
    }
    let title = "What one measurement costs when threads meet on one series";
    Chart { title, x_label: "threads", y_label: "core time of one measurement, ns", lines }.svg()
}

fn thread_name(variant: &str) -> String {
    let name = match variant {
        "floor" => "a layer that does nothing (span and all)",
        "lapwing" => "lapwing (span and all)",
        "naive" => "naive layer (span and all)",
        "by-hand" => "by hand, unbound record",
        "prometheus" => "prometheus HistogramVec",
        "prometheus-client" => "prometheus-client Family",
        other => other,
    };
    name.to_owned()
}

/// How long a scrape takes.
pub(super) fn scrapes(summary: &Summary) -> String {
    let mut lines: Vec<Line> = Vec::new();
    for row in &summary.tables.scrapes {
        let name = match (row.variant.as_str(), row.touched) {
            ("lapwing", 100) => "lapwing, all changed".to_owned(),
            ("lapwing", 10) => "lapwing, 10 % changed".to_owned(),
            ("lapwing", 0) => "lapwing, nothing changed".to_owned(),
            ("lapwing-openmetrics" | "lapwing", _) => continue,
            ("copy", _) => "copying the bytes".to_owned(),
            (other, _) => other.to_owned(),
        };
        let point = (f64::from(row.series), row.ns.median / 1e6);
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { strong: row.variant == "lapwing", name, points: vec![point] }),
        }
    }
    let title = "How long a scrape takes";
    Chart { title, x_label: "series (13 lines each)", y_label: "collect and encode, ms", lines }.svg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{
        quartiles::Quartiles,
        summary::{ScrapeRow, ThreadRow},
    };

    #[test]
    fn pictures_show_what_was_measured() {
        let ns = Quartiles { p25: 1e6, median: 2e6, p75: 3e6 };
        let mut summary = Summary::default();
        for (threads, series) in [(1, 1000), (2, 10_000)] {
            let variant = "lapwing".to_owned();
            summary.tables.threads.push(ThreadRow { variant: variant.clone(), threads, ns, ..ThreadRow::default() });
            for touched in [100, 10, 1, 0] {
                let variant = variant.clone();
                summary.tables.scrapes.push(ScrapeRow { variant, series, touched, ns, ..ScrapeRow::default() });
            }
        }
        assert!(threads(&summary).contains(">lapwing (span and all)</text>"));
        let scrapes = scrapes(&summary);
        assert_eq!(scrapes.matches("<path class=\"line strong").count(), 3, "{scrapes}");
        assert!(scrapes.contains(">lapwing, nothing changed</text>"));
    }
}
