//! How loud alerts are.

/// How loud an alert is, the value of its label `severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nobody has to do anything; it is there to be seen missing (Watchdog).
    None,
    /// Worth knowing.
    Info,
    /// Somebody looks at it in working hours (a ticket).
    Warning,
    /// Somebody is woken (a page).
    Critical,
}

impl Severity {
    /// As written in files and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::None => "none",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}
