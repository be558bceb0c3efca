//! The three types of number that instruments take.

use crate::Reason;

use super::ledger::{Claim, Ledger};

/// A number that an instrument records.
pub(super) trait Measurement: Copy + PartialOrd + Send + Sync + 'static {
    /// As it is named in messages.
    const TYPE: &'static str;
    const ZERO: Self;
    /// Smallest finite value.
    const LOWEST: Self;
    /// Largest finite value.
    const HIGHEST: Self;
    /// Largest absolute value that is added without the ledger.
    const SMALL: Self;
    /// Negative of [`Measurement::SMALL`], zero where there are no negative values.
    const SMALL_NEGATIVE: Self;

    /// Why it is no number at all.
    fn flaw(self) -> Option<Reason>;

    /// How much of it fits in the ledger; `ZERO` for nothing.
    fn claim(self, ledger: &Ledger, claim: Claim) -> Self;
}

impl Measurement for u64 {
    const TYPE: &'static str = "u64";
    const ZERO: u64 = 0;
    const LOWEST: u64 = 0;
    const HIGHEST: u64 = u64::MAX;
    const SMALL: u64 = 4095;
    const SMALL_NEGATIVE: u64 = 0;

    fn flaw(self) -> Option<Reason> {
        None
    }

    fn claim(self, ledger: &Ledger, claim: Claim) -> u64 {
        ledger.claim_unsigned(self, claim)
    }
}

impl Measurement for i64 {
    const TYPE: &'static str = "i64";
    const ZERO: i64 = 0;
    const LOWEST: i64 = i64::MIN;
    const HIGHEST: i64 = i64::MAX;
    const SMALL: i64 = 4095;
    const SMALL_NEGATIVE: i64 = -4095;

    fn flaw(self) -> Option<Reason> {
        None
    }

    /// All or nothing: a part of a difference is never right.
    fn claim(self, ledger: &Ledger, _: Claim) -> i64 {
        if ledger.claim_signed(self) { self } else { 0 }
    }
}

impl Measurement for f64 {
    const TYPE: &'static str = "f64";
    const ZERO: f64 = 0.0;
    const LOWEST: f64 = f64::MIN;
    const HIGHEST: f64 = f64::MAX;
    const SMALL: f64 = 1e290;
    const SMALL_NEGATIVE: f64 = -1e290;

    fn flaw(self) -> Option<Reason> {
        if self.is_nan() {
            Some(Reason::Nan)
        } else if self.is_infinite() {
            Some(Reason::Infinite)
        } else {
            None
        }
    }

    fn claim(self, ledger: &Ledger, claim: Claim) -> f64 {
        ledger.claim_float(self, claim)
    }
}
