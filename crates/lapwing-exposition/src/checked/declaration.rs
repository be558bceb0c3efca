//! Who declares which instrument.

use std::{borrow::Cow, fmt, sync::Arc};

use opentelemetry::InstrumentationScope;

use crate::InstrumentKind;

/// The kinds of instrument that OpenTelemetry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Declared {
    Counter,
    ObservableCounter,
    UpDownCounter,
    ObservableUpDownCounter,
    Gauge,
    ObservableGauge,
    Histogram,
}

impl Declared {
    pub(super) fn prometheus(self) -> InstrumentKind {
        match self {
            Declared::Counter | Declared::ObservableCounter => InstrumentKind::Counter,
            Declared::UpDownCounter | Declared::ObservableUpDownCounter => InstrumentKind::UpDownCounter,
            Declared::Gauge | Declared::ObservableGauge => InstrumentKind::Gauge,
            Declared::Histogram => InstrumentKind::Histogram,
        }
    }

    pub(super) fn observable(self) -> bool {
        matches!(self, Declared::ObservableCounter | Declared::ObservableUpDownCounter | Declared::ObservableGauge)
    }

    fn as_str(self) -> &'static str {
        match self {
            Declared::Counter => "counter",
            Declared::ObservableCounter => "observable counter",
            Declared::UpDownCounter => "up/down counter",
            Declared::ObservableUpDownCounter => "observable up/down counter",
            Declared::Gauge => "gauge",
            Declared::ObservableGauge => "observable gauge",
            Declared::Histogram => "histogram",
        }
    }
}

/// One instrument as the SDK tells it from others, descriptions apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) scope: Arc<InstrumentationScope>,
    pub(super) name: Cow<'static, str>,
    pub(super) unit: Cow<'static, str>,
    pub(super) kind: Declared,
    /// Type of its numbers.
    pub(super) number: &'static str,
}

/// As in ``histogram `y` (f64, unit `s`, scope `a` 1.0)``.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` ({}, ", self.kind.as_str(), self.name, self.number)?;
        if self.unit.is_empty() {
            f.write_str("no unit")?;
        } else {
            write!(f, "unit `{}`", self.unit)?;
        }
        write!(f, ", scope `{}`", self.scope.name())?;
        if let Some(version) = self.scope.version() {
            write!(f, " {version}")?;
        }
        f.write_str(")")
    }
}

impl Place {
    /// What OpenTelemetry's syntax forbids in the name, the unit or the boundaries.
    pub(super) fn flaw(&self, boundaries: Option<&[f64]>) -> Option<&'static str> {
        let name = self.name.as_bytes();
        if !name.first().is_some_and(u8::is_ascii_alphabetic) {
            Some("its name must begin with an ASCII letter")
        } else if name.len() > 255 {
            Some("its name must have at most 255 characters")
        } else if !name.iter().all(|b| b.is_ascii_alphanumeric() || b"_.-/".contains(b)) {
            Some("its name may hold ASCII letters, digits, `_`, `.`, `-` and `/` only")
        } else if self.unit.len() > 63 || !self.unit.is_ascii() {
            Some("its unit must be ASCII of at most 63 characters")
        } else if boundaries.is_some_and(|b| !b.iter().all(|x| x.is_finite())) {
            Some("its boundaries must be finite")
        } else if boundaries.is_some_and(|b| !b.is_sorted_by(|x, y| x < y)) {
            Some("its boundaries must ascend without duplicates")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, unit: &str) -> Place {
        Place {
            scope: Arc::new(InstrumentationScope::builder("a").with_version("1.0").build()),
            name: Cow::Owned(name.to_owned()),
            unit: Cow::Owned(unit.to_owned()),
            kind: Declared::Histogram,
            number: "f64",
        }
    }

    #[test]
    fn a_place_says_where_it_is() {
        assert_eq!(place("y", "s").to_string(), "histogram `y` (f64, unit `s`, scope `a` 1.0)");
        assert_eq!(place("y", "").to_string(), "histogram `y` (f64, no unit, scope `a` 1.0)");
    }

    #[test]
    fn syntax_of_names_units_and_boundaries() {
        for name in ["a", "A9_.-/", &"a".repeat(255)] {
            assert_eq!(place(name, "s").flaw(Some(&[-1.0, 0.0, 2.0])), None, "{name}");
        }
        for name in ["", "1a", "_a", "a b", "ä", "a:b", &"a".repeat(256)] {
            assert!(place(name, "s").flaw(None).is_some(), "{name}");
        }
        assert!(place("a", "µs").flaw(None).is_some());
        assert!(place("a", &"s".repeat(64)).flaw(None).is_some());
        assert!(place("a", "").flaw(Some(&[1.0, 1.0])).is_some());
        assert!(place("a", "").flaw(Some(&[2.0, 1.0])).is_some());
        assert!(place("a", "").flaw(Some(&[f64::NAN])).is_some());
        assert_eq!(place("a", "").flaw(Some(&[])), None);
    }
}
