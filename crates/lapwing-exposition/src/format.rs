//! The formats a snapshot is written in.

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
    /// Every format there is.
    pub const ALL: [Format; 5] = [
        Format::Text0,
        Format::Text1 { utf8_names: false },
        Format::Text1 { utf8_names: true },
        Format::OpenMetrics1 { utf8_names: false },
        Format::OpenMetrics1 { utf8_names: true },
    ];

    /// The `Content-Type` of this format.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text0 => "text/plain; version=0.0.4; charset=utf-8",
            Format::Text1 { utf8_names: false } => "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
            Format::Text1 { utf8_names: true } => "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            Format::OpenMetrics1 { utf8_names: false } => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            Format::OpenMetrics1 { utf8_names: true } => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
        }
    }

    /// Whether names may be any UTF-8, quoted where they have to be; else what isn't allowed becomes `_`.
    pub fn utf8_names(self) -> bool {
        match self {
            Format::Text0 => false,
            Format::Text1 { utf8_names } | Format::OpenMetrics1 { utf8_names } => utf8_names,
        }
    }

    /// Whether this is OpenMetrics rather than text.
    pub fn is_openmetrics(self) -> bool {
        matches!(self, Format::OpenMetrics1 { .. })
    }
}
