//! `cargo xtask bench`: what a span and a scrape cost, here and with the alternatives.
//!
//! Each variant is a process of the program `bench`, so that none disturbs another; all take turns, round by round, so that what
//! changes slowly on the machine strikes all alike. Instructions and allocations are counted apart from that.

mod chart;
mod gate;
mod memory;
mod pictures;
mod programs;
mod quartiles;
mod scrapes;
mod service;
mod spans;
mod summary;
mod tables;
mod targets;

pub(crate) use gate::check;

use std::{fs, io, num::NonZeroU32, path::Path};

use stack::{Part, Parts, PartsError};

use crate::{
    machine,
    page::{self, PageError, Place},
    step::StepError,
    throughput::ThroughputError,
    workspace,
};
use programs::Programs;
use summary::Summary;

/// In the workspace.
const SUMMARY: &str = "target/bench/summary.json";
const PAGE: &str = "docs/performance.md";
const THREADS_PICTURE: &str = "docs/performance-threads.svg";
const SCRAPES_PICTURE: &str = "docs/performance-scrapes.svg";

const TARGETS: Place =
    Place { begin: "<!-- targets: begin, written by `cargo xtask bench --write` -->", end: "<!-- targets: end -->" };

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Span,
    Scrape,
    Memory,
    Service,
}

impl Section {
    pub(crate) const ALL: [Section; 4] = [Section::Span, Section::Scrape, Section::Memory, Section::Service];

    /// On the command line, and in the summary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Section::Span => "span",
            Section::Scrape => "scrape",
            Section::Memory => "memory",
            Section::Service => "service",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Section> {
        Section::ALL.into_iter().find(|section| section.name() == name)
    }

    fn place(self) -> Place {
        match self {
            Section::Span => Place {
                begin: "<!-- span: begin, written by `cargo xtask bench --write` -->",
                end: "<!-- span: end -->",
            },
            Section::Scrape => Place {
                begin: "<!-- scrape: begin, written by `cargo xtask bench --write` -->",
                end: "<!-- scrape: end -->",
            },
            Section::Memory => Place {
                begin: "<!-- memory: begin, written by `cargo xtask bench --write` -->",
                end: "<!-- memory: end -->",
            },
            Section::Service => Place {
                begin: "<!-- service: begin, written by `cargo xtask bench --write` -->",
                end: "<!-- service: end -->",
            },
        }
    }
}

/// What is measured how often.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) quick: bool,
    pub(crate) rounds: Option<NonZeroU32>,
    /// All where it is empty.
    pub(crate) only: Vec<Section>,
    /// Whether the page and its pictures are rewritten.
    pub(crate) write: bool,
}

impl Plan {
    fn rounds(&self) -> u32 {
        self.rounds.map_or(if self.quick { 7 } else { 25 }, NonZeroU32::get)
    }
}

/// Why it could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    Step(#[from] StepError),
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Throughput(#[from] Box<ThroughputError>),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("cannot run `{command}`: {source}")]
    Run { command: String, source: io::Error },
    #[error("`{command}` gave no answer that can be used:\n{answer}")]
    Answer { command: String, answer: String },
    #[error("`{command}` found its measurement to be of no use ({status}); it says above why")]
    Refused { command: String, status: String },
    #[error("cannot read or write {path}: {source}")]
    File { path: String, source: io::Error },
    #[error("{path} is no summary of this version ({source}); delete it and measure again")]
    Summary { path: String, source: serde_json::Error },
}

impl From<ThroughputError> for BenchError {
    fn from(error: ThroughputError) -> Self {
        BenchError::Throughput(Box::new(error))
    }
}

/// Measures, prints the tables, keeps the figures, and writes the page where that is asked for.
pub(crate) fn measure(plan: &Plan) -> Result<(), BenchError> {
    let path = workspace::root().join(SUMMARY);
    let mut summary = Summary::read(&path)?;
    let sections = if plan.only.is_empty() { &Section::ALL[..] } else { &plan.only[..] };
    let valgrind = Parts::from_env().get_or_fetch(Part::Valgrind, &mut |line| println!("{line}"))?;
    let programs = Programs::build(valgrind)?;
    (summary.machine, summary.date, summary.rounds) = (machine::machine()?, machine::date()?, plan.rounds());
    let conditions = format!("Measured {} on {}; {}", summary.date, summary.machine, machine::compiler()?);
    for section in sections {
        let rounds = match section {
            Section::Span => format!("; medians of {} rounds, in brackets the middle half of them", plan.rounds()),
            Section::Scrape => {
                format!(
                    "; medians of {} rounds (a third of that for 100k), in brackets the middle half of them",
                    plan.rounds()
                )
            }
            Section::Memory => String::new(),
            Section::Service => "; in brackets the middle half of the rounds".to_owned(),
        };
        summary.conditions.insert(section.name().to_owned(), format!("{conditions}{rounds}."));
        match section {
            Section::Span => spans::measure(&programs, plan, &mut summary)?,
            Section::Scrape => scrapes::measure(&programs, plan, &mut summary)?,
            Section::Memory => memory::measure(&programs, &mut summary)?,
            Section::Service => service::measure(plan, &mut summary)?,
        }
        // What was measured is kept, whatever comes after it.
        summary.write(&path)?;
        println!("\n{}", tables::of(*section, &summary));
    }
    println!("{}\nkept in {}", targets::table(&summary), path.display());
    if plan.write {
        publish(&workspace::root(), &summary)?;
        println!("written to {PAGE}, {THREADS_PICTURE} and {SCRAPES_PICTURE}");
    }
    Ok(())
}

/// Writes all sections that were ever measured into the page, and the pictures of those that have one.
fn publish(workspace: &Path, summary: &Summary) -> Result<(), BenchError> {
    let mut texts = vec![(TARGETS, targets::table(summary))];
    texts.extend(Section::ALL.map(|section| (section.place(), tables::of(section, summary))));
    page::write(&workspace.join(PAGE), &texts)?;
    let pictures = [
        (THREADS_PICTURE, summary.tables.threads.is_empty(), pictures::threads(summary)),
        (SCRAPES_PICTURE, summary.tables.scrapes.is_empty(), pictures::scrapes(summary)),
    ];
    for (path, empty, picture) in pictures {
        if !empty {
            let failed = |source| BenchError::File { path: path.to_owned(), source };
            fs::write(workspace.join(path), picture).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_page_has_a_place_for_each_section() {
        let page = include_str!("../../../docs/performance.md");
        for place in Section::ALL.map(Section::place).into_iter().chain([TARGETS]) {
            let begin = page.find(place.begin).unwrap_or_else(|| panic!("{}", place.begin));
            assert!(page[begin..].contains(place.end), "{}", place.end);
        }
        for picture in [THREADS_PICTURE, SCRAPES_PICTURE] {
            assert!(page.contains(picture.trim_start_matches("docs/")), "{picture}");
        }
    }

    #[test]
    fn sections_are_found_by_their_names() {
        assert!(Section::ALL.iter().all(|section| Section::named(section.name()) == Some(*section)));
        assert_eq!(Section::named("spans"), None);
    }
}
