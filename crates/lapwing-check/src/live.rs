//! What an endpoint really serves.

mod against;
mod endpoint;
mod exposition;
mod family;
mod line;
mod scrape;

use lapwing_document::Place;

pub(crate) use against::Against;
pub use endpoint::{Endpoint, ScrapeError};
pub(crate) use exposition::Exposition;
pub(crate) use family::{Family, Sample, Type};

use crate::{FileId, Frame, Spot};

/// The marker of a series into which further ones are folded.
pub(crate) const OVERFLOW: &str = "otel_metric_overflow";

/// One scrape of an endpoint.
#[derive(Debug)]
pub struct Live {
    file: FileId,
    /// What was served; else why nothing was.
    pub(crate) served: Result<Exposition, Unreachable>,
    /// The service it is, by its place among the project's.
    service: Option<usize>,
    /// The name it gives itself, and the line with it.
    pub(crate) named: Option<(String, usize)>,
}

/// Why an endpoint serves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// So that findings of a scrape can name the file they are in.
impl Live {
    /// Which file of the project stands for it; its name is the URL.
    pub fn file_id(&self) -> FileId {
        self.file
    }

    pub(crate) fn spot(&self, place: Place) -> Spot {
        Spot { file: self.file, place }
    }

    /// All of it, for what has no line.
    pub(crate) fn whole(&self) -> Spot {
        Frame::file(self.file).spot(Place { line: 1, column: 1, width: 1 })
    }
}
