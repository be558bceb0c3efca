//! Median and spread of the rounds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the middle half of all rounds lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quartiles {
    pub(crate) p25: f64,
    pub(crate) median: f64,
    pub(crate) p75: f64,
}

impl Quartiles {
    /// # Panics
    /// Where there is no value: what was not measured must not look like a measurement.
    pub(crate) fn of(mut values: Vec<f64>) -> Quartiles {
        assert!(!values.is_empty(), "at least one round is measured");
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            // Between two values in proportion.
            let place = part * (values.len() - 1) as f64;
            let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        Quartiles { p25: at(0.25), median: at(0.5), p75: at(0.75) }
    }

    pub(crate) fn times(self, factor: f64) -> Quartiles {
        Quartiles { p25: self.p25 * factor, median: self.median * factor, p75: self.p75 * factor }
    }
}

/// `141 (138–150)`, with as many decimals as the precision says.
impl fmt::Display for Quartiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        write!(f, "{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.p25, self.p75)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_values() {
        let odd = Quartiles::of(vec![5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!(odd, Quartiles { p25: 2.0, median: 3.0, p75: 4.0 });
        assert_eq!(Quartiles::of(vec![1.0, 2.0]), Quartiles { p25: 1.25, median: 1.5, p75: 1.75 });
        assert_eq!(Quartiles::of(vec![7.0]).to_string(), "7 (7–7)");
        assert_eq!(format!("{:.1}", odd.times(0.1)), "0.3 (0.2–0.4)");
    }
}
