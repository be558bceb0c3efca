//! A number that a field may be.

/// A number, if the field is one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Number {
    #[default]
    Missing,
    Value(f64),
    /// There is a value, but it is no number that can be measured.
    Refused,
}

impl Number {
    /// Two of the many bit patterns that are no number stand for what is no value.
    const MISSING: u64 = 0x7FF8_0000_0000_0001;
    const REFUSED: u64 = 0x7FF8_0000_0000_0002;

    pub(crate) fn to_bits(self) -> u64 {
        match self {
            Number::Missing => Self::MISSING,
            Number::Value(value) if !value.is_nan() => value.to_bits(),
            Number::Value(_) | Number::Refused => Self::REFUSED,
        }
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        match bits {
            Self::MISSING => Number::Missing,
            Self::REFUSED => Number::Refused,
            value => Number::Value(f64::from_bits(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_itself_or_refused() {
        for value in [0.0, -0.0, 1.5, f64::INFINITY, f64::MIN] {
            assert_eq!(Number::from_bits(Number::Value(value).to_bits()), Number::Value(value));
        }
        for none in [Number::Missing, Number::Refused] {
            assert_eq!(Number::from_bits(none.to_bits()), none);
        }
        for nan in [f64::NAN, f64::from_bits(Number::MISSING)] {
            assert_eq!(Number::from_bits(Number::Value(nan).to_bits()), Number::Refused);
        }
    }
}
