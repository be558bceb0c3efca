//! How much was added in large pieces, so that a sum never wraps.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Room kept free for additions that are not in the ledger.
const SMALL_ROOM: u64 = 1 << 60;

/// Sums of the large measurements of one Prometheus name; one field for each type of number, since the SDK keeps them apart.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    unsigned: AtomicU64,
    signed: AtomicI64,
    /// Bits of an `f64`.
    float: AtomicU64,
}

/// How much is claimed if the ledger can't hold it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// As much as there is room for.
    Part,
    /// Nothing.
    Whole,
}

impl Ledger {
    pub(super) const UNSIGNED_LIMIT: u64 = u64::MAX - SMALL_ROOM;
    pub(super) const SIGNED_LIMIT: i64 = i64::MAX - SMALL_ROOM as i64;
    pub(super) const FLOAT_LIMIT: f64 = f64::MAX / 2.0;

    /// Adds `value`; returns how much of it may be recorded.
    pub(super) fn claim_unsigned(&self, value: u64, claim: Claim) -> u64 {
        let mut granted = 0;
        let _ = self.unsigned.fetch_update(Relaxed, Relaxed, |used| {
            let room = Self::UNSIGNED_LIMIT - used;
            granted = match claim {
                Claim::Part => value.min(room),
                Claim::Whole if value <= room => value,
                Claim::Whole => 0,
            };
            (granted > 0).then(|| used + granted)
        });
        granted
    }

    /// Adds `value` if the net sum stays within the limit; returns whether it does.
    pub(super) fn claim_signed(&self, value: i64) -> bool {
        let limit = -Self::SIGNED_LIMIT..=Self::SIGNED_LIMIT;
        self.signed
            .fetch_update(Relaxed, Relaxed, |net| net.checked_add(value).filter(|sum| limit.contains(sum)))
            .is_ok()
    }

    /// Adds the absolute value of the finite `value`; returns how much of it may be recorded, with its sign.
    pub(super) fn claim_float(&self, value: f64, claim: Claim) -> f64 {
        let wanted = value.abs();
        let mut granted = 0.0;
        let _ = self.float.fetch_update(Relaxed, Relaxed, |bits| {
            let used = f64::from_bits(bits);
            let room = Self::FLOAT_LIMIT - used;
            granted = match claim {
                Claim::Part => wanted.min(room),
                Claim::Whole if wanted <= room => wanted,
                Claim::Whole => 0.0,
            };
            (granted > 0.0).then(|| (used + granted).to_bits())
        });
        granted.copysign(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_sum_stops_at_the_limit() {
        let ledger = Ledger::default();
        assert_eq!(ledger.claim_unsigned(Ledger::UNSIGNED_LIMIT - 5, Claim::Part), Ledger::UNSIGNED_LIMIT - 5);
        assert_eq!(ledger.claim_unsigned(6, Claim::Whole), 0);
        assert_eq!(ledger.claim_unsigned(9, Claim::Part), 5);
        assert_eq!(ledger.claim_unsigned(9, Claim::Part), 0);
        assert_eq!(ledger.claim_unsigned(u64::MAX, Claim::Part), 0);
        assert!(Ledger::UNSIGNED_LIMIT.checked_add(4095 << 48).is_some(), "2^48 small additions fit above the limit");
    }

    #[test]
    fn net_sum_stays_within_both_limits() {
        let ledger = Ledger::default();
        assert!(!ledger.claim_signed(i64::MIN));
        assert!(!ledger.claim_signed(i64::MAX));
        assert!(ledger.claim_signed(Ledger::SIGNED_LIMIT));
        assert!(!ledger.claim_signed(1));
        assert!(ledger.claim_signed(-Ledger::SIGNED_LIMIT));
        assert!(ledger.claim_signed(-Ledger::SIGNED_LIMIT));
        assert!(!ledger.claim_signed(-1));
    }

    #[test]
    fn float_sum_counts_absolute_values_and_stays_finite() {
        let ledger = Ledger::default();
        assert_eq!(ledger.claim_float(-1e307, Claim::Whole), -1e307);
        assert_eq!(ledger.claim_float(f64::MAX, Claim::Whole), 0.0);
        let rest = ledger.claim_float(f64::MAX, Claim::Part);
        assert_eq!(rest, Ledger::FLOAT_LIMIT - 1e307);
        assert_eq!(ledger.claim_float(1e300, Claim::Part), 0.0);
    }

    #[test]
    fn concurrent_claims_never_pass_the_limit() {
        let ledger = Ledger::default();
        let piece = Ledger::UNSIGNED_LIMIT / 1000;
        let granted: u128 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope
                        .spawn(|| (0..100).map(|_| u128::from(ledger.claim_unsigned(piece, Claim::Part))).sum::<u128>())
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!(granted, u128::from(Ledger::UNSIGNED_LIMIT));
    }
}
