//! The fingerprint of a content, and the resonance of two.

use crate::shingle;

/// Bins of a sketch.
const BINS: usize = 256;
/// Bits kept of each bin.
const BITS: u32 = 4;

/// A sketch of a content: locality-sensitive, 256 bins of 4 bits.
///
/// A fingerprint is a b-bit MinHash sketch made by one-permutation hashing: each shingle (a run of 3 words or 8
/// characters of the text in NFKC, lower case and single spaces; of 8 bytes where it is no text) is hashed once, its
/// hash names one of k = 256 bins, and a bin keeps the smallest hash that fell into it. A bin nothing fell into borrows
/// from another, chosen by hashing the bin's number and the attempt, so that equal sets borrow alike (optimal
/// densification). Of each bin b = 4 bits are kept: 1024 bits, 128 bytes.
///
/// Two sketches agree in a bin with probability J + (1 − J) · 2⁻ᵇ, where J is the Jaccard similarity of the two shingle
/// sets (shared shingles over all shingles). Solved for J, with m of k bins in agreement, clamped to 0..1:
///
/// > resonance = (m / k − 2⁻ᵇ) / (1 − 2⁻ᵇ)
///
/// It is unbiased but for the clamp, with a standard deviation of at most 0.034 (k = 256, b = 4, at J = 0.5); identical
/// content gives exactly 1. A text of 200 words with one word changed has J ≈ 0.97; unrelated texts of that length stay
/// below 0.15. The fewer shingles there are, the more the estimate varies; unrelated texts of three words still stay
/// below 0.3.
///
/// Sources: A. Broder, "On the resemblance and containment of documents" (1997); P. Li, A. König, "b-Bit Minwise
/// Hashing" (2010); P. Li, A. Owen, C. Zhang, "One Permutation Hashing" (2012); A. Shrivastava, "Optimal Densification
/// for Fast and Accurate Minwise Hashing" (2017).
///
/// The hash is not keyed: who wants to can craft unrelated content that resonates. What proves integrity is the
/// signature over the digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; Fingerprint::LEN]);

impl Fingerprint {
    /// Length in bytes.
    pub const LEN: usize = BINS * BITS as usize / 8;

    /// The fingerprint of `content`. Cost: linear in its length, one 64-bit hash per character and per word.
    pub fn of(content: &[u8]) -> Self {
        let mut bins = [u64::MAX; BINS];
        shingle::each(content, |hash| {
            // `MAX` means empty; without the cap, crafted content whose only shingle hashes to it would leave `donor`
            // searching for ever.
            let hash = hash.min(u64::MAX - 1);
            let bin = &mut bins[(hash >> 56) as usize];
            *bin = (*bin).min(hash);
        });
        let mut packed = [0; Self::LEN];
        for bin in 0..BINS {
            // The bin's number goes into the mix, so that a value borrowed by several bins agrees by chance in each of
            // them on its own.
            let nibble = (mix(bins[donor(&bins, bin)] ^ mix(bin as u64)) & 0xf) as u8;
            packed[bin / 2] |= nibble << (4 * (bin % 2));
        }
        Fingerprint(packed)
    }

    /// How alike the contents of two fingerprints are: 0 (unrelated) to 1 (the same), see [`Fingerprint`].
    pub fn resonance(&self, other: &Fingerprint) -> f64 {
        let agreeing: u32 = self
            .0
            .iter()
            .zip(&other.0)
            .map(|(a, b)| {
                let differing = a ^ b;
                u32::from(differing & 0x0f == 0) + u32::from(differing & 0xf0 == 0)
            })
            .sum();
        let chance = 1.0 / f64::from(1_u32 << BITS);
        ((f64::from(agreeing) / BINS as f64 - chance) / (1.0 - chance)).clamp(0.0, 1.0)
    }

    /// The packed bins.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// A fingerprint from its packed bins.
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Fingerprint(bytes)
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fingerprint({:02x}{:02x}{:02x}{:02x}…)", self.0[0], self.0[1], self.0[2], self.0[3])
    }
}

/// The bin that `bin` takes its value from: itself, or a filled one. Ends because at least one bin is filled.
fn donor(bins: &[u64; BINS], bin: usize) -> usize {
    let mut candidate = bin;
    let mut attempt = 0_u64;
    while bins[candidate] == u64::MAX {
        attempt += 1;
        candidate = (mix(((bin as u64) << 32) | attempt) >> 56) as usize;
    }
    candidate
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text of `words` words, drawn with a bias to the common ones as real text has it, the same for the same seed.
    fn text(seed: u64, words: usize) -> Vec<String> {
        const COMMON: [&str; 24] = [
            "the", "of", "and", "to", "in", "a", "is", "that", "it", "was", "for", "on", "are", "as", "with", "they",
            "be", "at", "this", "have", "from", "or", "had", "by",
        ];
        const SYLLABLES: [&str; 32] = [
            "ba", "con", "der", "es", "for", "gra", "hin", "in", "ju", "ker", "lan", "men", "no", "or", "pre", "qui",
            "re", "sta", "ti", "un", "ver", "wil", "xe", "yon", "za", "tion", "ment", "ing", "ly", "ness", "er", "al",
        ];
        let mut random = fastrand::Rng::with_seed(seed);
        (0..words)
            .map(|_| {
                if random.u8(..) < 110 {
                    COMMON[random.usize(..COMMON.len())].to_owned()
                } else {
                    (0..random.usize(2..5)).map(|_| SYLLABLES[random.usize(..SYLLABLES.len())]).collect()
                }
            })
            .collect()
    }

    fn fingerprint(words: &[String]) -> Fingerprint {
        Fingerprint::of(words.join(" ").as_bytes())
    }

    /// `changed` of the words replaced, at positions and with words drawn from `seed`.
    fn altered(words: &[String], changed: usize, seed: u64) -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut places: Vec<usize> = (0..words.len()).collect();
        random.shuffle(&mut places);
        let mut copy = words.to_vec();
        for place in &places[..changed] {
            copy[*place] = format!("replaced{}", random.u16(..));
        }
        copy
    }

    #[test]
    fn a_changed_word_in_two_hundred_keeps_resonating() {
        for seed in 0..40 {
            let original = text(seed, 200);
            let resonance = fingerprint(&original).resonance(&fingerprint(&altered(&original, 1, seed)));
            assert!((0.85..1.0).contains(&resonance), "seed {seed}: {resonance}");
        }
    }

    #[test]
    fn unrelated_texts_hardly_resonate() {
        for (words, bound) in [(3, 0.3), (20, 0.3), (200, 0.15), (5000, 0.15)] {
            for seed in 0..10 {
                let resonance = fingerprint(&text(seed, words)).resonance(&fingerprint(&text(seed + 1000, words)));
                assert!(resonance < bound, "{words} words, seed {seed}: {resonance}");
            }
        }
    }

    #[test]
    fn resonance_falls_as_more_words_change() {
        let steps = [0, 2, 8, 20, 50, 100, 200];
        let mean = |changed: usize| {
            (0..12)
                .map(|seed| {
                    let original = text(seed, 200);
                    fingerprint(&original).resonance(&fingerprint(&altered(&original, changed, seed + 7)))
                })
                .sum::<f64>()
                / 12.0
        };
        let means: Vec<f64> = steps.iter().map(|&changed| mean(changed)).collect();
        assert_eq!(means[0], 1.0);
        assert!(means.is_sorted_by(|a, b| a > b), "{means:?}");
        assert!(means[steps.len() - 1] < 0.05, "{means:?}");
    }

    #[test]
    fn resonance_estimates_the_jaccard_similarity() {
        for (changed, seed) in [(5, 1), (20, 2), (60, 3), (120, 4)] {
            let (a, b) = (text(seed, 300), text(seed, 300));
            let b = altered(&b, changed, seed);
            let set = |words: &[String]| {
                let mut all = std::collections::HashSet::new();
                shingle::each(words.join(" ").as_bytes(), |f| {
                    all.insert(f);
                });
                all
            };
            let (x, y) = (set(&a), set(&b));
            let jaccard = x.intersection(&y).count() as f64 / x.union(&y).count() as f64;
            let resonance = fingerprint(&a).resonance(&fingerprint(&b));
            // Four standard deviations.
            assert!((resonance - jaccard).abs() < 0.136, "{changed} changed: {resonance} for {jaccard}");
        }
    }

    #[test]
    fn binary_content_resonates_with_a_near_copy() {
        let mut random = fastrand::Rng::with_seed(5);
        let original: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4096).collect();
        let mut copy = original.clone();
        copy[2000] ^= 0xff;
        let other: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4096).collect();
        let sealed = Fingerprint::of(&original);
        assert!(sealed.resonance(&Fingerprint::of(&copy)) > 0.95);
        assert!(sealed.resonance(&Fingerprint::of(&other)) < 0.1);
    }

    proptest! {
        #[test]
        fn resonance_is_symmetric_bounded_and_one_with_itself(a in ".{0,200}", b in prop::collection::vec(any::<u8>(), 0..200)) {
            let (x, y) = (Fingerprint::of(a.as_bytes()), Fingerprint::of(&b));
            let resonance = x.resonance(&y);
            prop_assert!((0.0..=1.0).contains(&resonance));
            prop_assert_eq!(resonance, y.resonance(&x));
            prop_assert_eq!(x.resonance(&x), 1.0);
            prop_assert_eq!(x, Fingerprint::of(a.as_bytes()));
            prop_assert_eq!(Fingerprint::from_bytes(*x.as_bytes()), x);
        }
    }
}
