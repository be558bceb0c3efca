//! Which features of a content count for its fingerprint.
//!
//! Text is brought to Unicode NFKC, lower case and single spaces, so that layout, case and compatibility forms do not
//! count. Its features are the runs of [`WORDS`] words and of [`CHARS`] characters: a changed word breaks a few of
//! either, while two unrelated texts of one language share hardly any (with shorter runs they would share most, because
//! every long text holds every common syllable). Content that is not UTF-8 is taken as it is, in runs of [`CHARS`]
//! bytes.

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Words in a word shingle.
pub(crate) const WORDS: usize = 3;
/// Characters (or bytes) in a character shingle.
pub(crate) const CHARS: usize = 8;

/// Keeps equal byte runs of different kinds apart.
#[derive(Clone, Copy)]
enum Kind {
    Words = 1,
    Chars = 2,
    Bytes = 3,
    Whole = 4,
}

/// Calls `feature` with the hash of each shingle of `content`; the same shingle may come several times.
/// At least one is produced, also for empty content.
pub(crate) fn each(content: &[u8], mut feature: impl FnMut(u64)) {
    match std::str::from_utf8(content) {
        Ok(text) => text_shingles(&normalise(text), &mut feature),
        Err(_) => windows(content, &mut feature),
    }
}

/// Text as it is compared: NFKC, lower case, words separated by one space.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(c);
    }
    out
}

fn text_shingles(text: &str, feature: &mut impl FnMut(u64)) {
    // Byte offsets of characters and of words, each with the end as a last entry, make every run a plain slice.
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    starts.push(text.len());
    if starts.len() <= CHARS {
        feature(hash(Kind::Whole, text.as_bytes()));
    }
    for run in starts.windows(CHARS + 1) {
        feature(hash(Kind::Chars, &text.as_bytes()[run[0]..run[CHARS]]));
    }
    let words: Vec<(usize, usize)> = text
        .split(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, start + word.len()))
        })
        .collect();
    for run in words.windows(WORDS) {
        feature(hash(Kind::Words, &text.as_bytes()[run[0].0..run[WORDS - 1].1]));
    }
}

fn windows(content: &[u8], feature: &mut impl FnMut(u64)) {
    if content.len() < CHARS {
        feature(hash(Kind::Whole, content));
    }
    for run in content.windows(CHARS) {
        feature(hash(Kind::Bytes, run));
    }
}

fn hash(kind: Kind, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, kind as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(content: &[u8]) -> Vec<u64> {
        let mut all = Vec::new();
        each(content, |f| all.push(f));
        all
    }

    #[test]
    fn layout_case_and_compatibility_forms_do_not_count() {
        assert_eq!(normalise("  The\tﬁrst\r\n\n  LINE "), "the first line");
        assert_eq!(features("The  First\nLine".as_bytes()), features(b"the first line"));
    }

    #[test]
    fn every_run_is_a_feature() {
        // 14 characters: 7 runs of 8; 3 words: 1 run of 3.
        assert_eq!(features(b"the first line").len(), 7 + 1);
        // Not UTF-8: 10 bytes, 3 runs.
        assert_eq!(features(&[0xff; 10]).len(), 3);
    }

    #[test]
    fn short_and_empty_content_has_a_feature() {
        for content in [&b""[..], b"a", b"sealed", "für".as_bytes(), &[0xff, 0xfe]] {
            assert_eq!(features(content).len(), 1, "{content:?}");
        }
        assert_ne!(features(b"a"), features(b"b"));
    }
}
