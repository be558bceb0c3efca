//! How files are made.

/// How files are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// All windows and waits are divided by this, for drills; 1 for use.
    pub compress: u32,
    /// Also objects for the Prometheus operator.
    pub kubernetes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { compress: 1, kubernetes: false }
    }
}
