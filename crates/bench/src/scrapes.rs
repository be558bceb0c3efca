//! What one scrape costs.

mod opentelemetry;
mod peers;
mod variant;

pub use variant::Variant;

use std::time::{Duration, Instant};

/// Why what was measured is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// A scrape doesn't have what it should have.
    #[error("{variant} wrote {lines} lines for {series} series of 13 lines each; its time says nothing")]
    Lines {
        /// Which variant.
        variant: &'static str,
        /// Lines that are no comment.
        lines: usize,
        /// Series there are.
        series: usize,
    },
}

/// Something with a histogram of many series that can be scraped.
trait Target {
    /// Records one value on series number `at`.
    fn record(&mut self, at: usize, value: f64);

    /// Collects and encodes; the text may be kept for the next time. Gives its length.
    fn scrape(&mut self) -> usize;

    /// The text of a scrape.
    fn text(&mut self) -> String;
}

/// What one scrape took.
#[derive(Clone, Copy, Debug)]
pub struct Scraped {
    /// On the wall.
    pub took: Duration,
    /// Of the text.
    pub bytes: usize,
}

/// A variant with its series.
pub struct Subject {
    variant: Variant,
    target: Box<dyn Target>,
    series: usize,
    /// Values recorded so far, so that none is like the one before.
    recorded: usize,
}

impl Subject {
    fn new(variant: Variant, series: usize, target: Box<dyn Target>) -> Subject {
        let mut subject = Subject { variant, target, series, recorded: 0 };
        subject.touch(100);
        subject
    }

    /// Records one value on so many percent of the series, spread evenly.
    pub fn touch(&mut self, percent: usize) {
        for at in 0..self.series {
            // One more of a hundred each time the product passes a hundred.
            if (at + 1) * percent / 100 > at * percent / 100 {
                self.recorded += 1;
                self.target.record(at, crate::series::value(self.recorded));
            }
        }
    }

    /// Scrapes, from the question to the whole text in memory.
    pub fn timed_scrape(&mut self) -> Scraped {
        let begin = Instant::now();
        let bytes = self.target.scrape();
        Scraped { took: begin.elapsed(), bytes }
    }

    /// Looks whether a scrape has all series.
    ///
    /// # Errors
    /// Where it has fewer lines, or more.
    pub fn check(&mut self) -> Result<(), ScrapeError> {
        let text = self.target.text();
        let lines = text.lines().filter(|line| line.starts_with(crate::series::PROMETHEUS_HISTOGRAM)).count();
        let (variant, series) = (self.variant.name(), self.series);
        match lines == series * (crate::series::BOUNDS.len() + 3) {
            true => Ok(()),
            false => Err(ScrapeError::Lines { variant, lines, series }),
        }
    }
}
