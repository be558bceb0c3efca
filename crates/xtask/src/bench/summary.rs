//! What was measured, as `target/bench/summary.json` keeps it.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{BenchError, Section, quartiles::Quartiles};

/// Figures by their name: what [`crate::bench::targets`] looks at. `span.x` is `x` in the object `span`.
pub(crate) type Figures = BTreeMap<String, f64>;

/// The last measurement of each section.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    /// Of the last run; each section has its own in `conditions`.
    pub(crate) machine: String,
    pub(crate) date: String,
    pub(crate) rounds: u32,
    pub(crate) span: Figures,
    pub(crate) scrape: Figures,
    pub(crate) memory: Figures,
    pub(crate) service: Figures,
    /// Date, machine and rounds of each section.
    pub(crate) conditions: BTreeMap<String, String>,
    /// All that the figures were computed from.
    pub(crate) tables: Tables,
}

/// Raw data, a row for each thing that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tables {
    pub(crate) spans: Vec<SpanRow>,
    pub(crate) threads: Vec<ThreadRow>,
    pub(crate) scrapes: Vec<ScrapeRow>,
    pub(crate) stalls: Vec<StallRow>,
    pub(crate) memory: Vec<MemoryRow>,
    pub(crate) service: Vec<ServiceRow>,
}

/// One way to measure an operation, on one thread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SpanRow {
    pub(crate) variant: String,
    pub(crate) description: String,
    /// CPU time of all threads, in nanoseconds an operation.
    pub(crate) cpu_ns: Quartiles,
    /// Time on the wall of the thread that measures.
    pub(crate) wall_ns: Quartiles,
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
}

/// The same on several threads and one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThreadRow {
    pub(crate) variant: String,
    pub(crate) description: String,
    pub(crate) threads: u32,
    /// Core time an operation: on the wall, times the cores that the threads can have, divided by the threads.
    pub(crate) ns: Quartiles,
}

/// One way to scrape so many series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScrapeRow {
    pub(crate) variant: String,
    pub(crate) description: String,
    pub(crate) series: u32,
    /// Percent of them that changed since the scrape before.
    pub(crate) touched: u32,
    pub(crate) ns: Quartiles,
    pub(crate) bytes: f64,
    /// For one series; counted for the fewest series only.
    pub(crate) instructions: Option<f64>,
}

/// What a scrape did to those who measured meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct StallRow {
    pub(crate) variant: String,
    pub(crate) description: String,
    pub(crate) series: u32,
    /// The longest measurement of each round.
    pub(crate) longest_us: Quartiles,
    /// Of all rounds.
    pub(crate) max_us: f64,
    /// The longest of all rounds without a scrape.
    pub(crate) idle_max_us: f64,
    pub(crate) scrape_ms: Quartiles,
    /// Measurements in all rounds.
    pub(crate) measured: f64,
    pub(crate) new_series: f64,
}

/// Who holds how many bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MemoryRow {
    pub(crate) what: String,
    pub(crate) bytes: f64,
}

/// The service with one kind of request and one kind of telemetry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceRow {
    pub(crate) request: String,
    pub(crate) telemetry: String,
    /// Against telemetry off, each round with itself.
    pub(crate) throughput: Quartiles,
}

impl Summary {
    /// The last one; empty where there is none yet.
    pub(super) fn read(path: &Path) -> Result<Summary, BenchError> {
        match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|source| BenchError::Summary { path: path.display().to_string(), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Summary::default()),
            Err(source) => Err(BenchError::File { path: path.display().to_string(), source }),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), BenchError> {
        let failed = |source| BenchError::File { path: path.display().to_string(), source };
        fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
        let text = serde_json::to_string_pretty(self).expect("numbers and names can be written");
        fs::write(path, text + "\n").map_err(failed)
    }

    /// The figures of a section.
    pub(super) fn figures(&self, section: Section) -> &Figures {
        match section {
            Section::Span => &self.span,
            Section::Scrape => &self.scrape,
            Section::Memory => &self.memory,
            Section::Service => &self.service,
        }
    }

    /// `span.allocations` and so on.
    pub(super) fn figure(&self, key: &str) -> Option<f64> {
        let (section, name) = key.split_once('.')?;
        self.figures(Section::named(section)?).get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench/summary.json");
        assert_eq!(Summary::read(&path).unwrap(), Summary::default());
        let mut summary = Summary { machine: "m".to_owned(), rounds: 3, ..Summary::default() };
        summary.span.insert("allocations".to_owned(), 0.5);
        summary.tables.memory.push(MemoryRow { what: "the SDK".to_owned(), bytes: 400.0 });
        summary.write(&path).unwrap();
        assert_eq!(Summary::read(&path).unwrap(), summary);
        assert_eq!(summary.figure("span.allocations"), Some(0.5));
        assert_eq!((summary.figure("scrape.allocations"), summary.figure("spin.x")), (None, None));
        fs::write(&path, "{").unwrap();
        assert!(Summary::read(&path).unwrap_err().to_string().contains("summary.json"));
    }
}
