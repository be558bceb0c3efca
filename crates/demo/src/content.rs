//! Contents to seal: made-up prose, near copies of it, and what has nothing to do with it.

use fastrand::Rng;

const SYLLABLES: [&str; 24] = [
    "la", "pwi", "ng", "si", "gil", "ra", "to", "mer", "en", "do", "ka", "lis", "ver", "ta", "or", "un", "fe", "bri",
    "mo", "sta", "qui", "nel", "ho", "zu",
];

/// A text of a few sentences; no two are alike.
pub(crate) fn text(rng: &mut Rng) -> String {
    let length = rng.usize(60..400);
    let mut text = String::with_capacity(length * 8);
    for position in 0..length {
        if position > 0 {
            text.push_str(if position % 17 == 0 { ". " } else { " " });
        }
        word(rng, &mut text);
    }
    text
}

/// The same text with about one word in fifty replaced.
pub(crate) fn near_copy(rng: &mut Rng, original: &str) -> String {
    let mut copy = String::with_capacity(original.len() + 32);
    for (position, kept) in original.split(' ').enumerate() {
        if position > 0 {
            copy.push(' ');
        }
        if rng.usize(0..50) == 0 { word(rng, &mut copy) } else { copy.push_str(kept) }
    }
    copy
}

fn word(rng: &mut Rng, text: &mut String) {
    for _ in 0..rng.usize(1..4) {
        text.push_str(SYLLABLES[rng.usize(0..SYLLABLES.len())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_copy_keeps_most_words() {
        let mut rng = Rng::with_seed(7);
        let original = text(&mut rng);
        let copy = near_copy(&mut rng, &original);
        let (a, b): (Vec<_>, Vec<_>) = (original.split(' ').collect(), copy.split(' ').collect());
        assert_eq!(a.len(), b.len());
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        assert!(same * 10 > a.len() * 9 && same < a.len(), "{same} of {}", a.len());
    }
}
