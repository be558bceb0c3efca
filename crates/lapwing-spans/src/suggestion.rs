//! Which known word was probably meant.

use strsim::osa_distance;

/// The nearest of `known` within about a third of the word's length, case aside; none if nothing is near.
///
/// ```
/// assert_eq!(lapwing_spans::nearest("boundries", ["boundaries", "name"]), Some("boundaries"));
/// ```
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    // Longer words are no misspellings, and comparing takes the square of their length.
    if length > 128 {
        return None;
    }
    let limit = (length / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|candidate| (osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= limit && distance < candidate.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_does_not() {
        let known = ["boundaries", "record_min_max", "name"];
        assert_eq!(nearest("boundries", known), Some("boundaries"));
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("Name", known), Some("name"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest(&"a".repeat(10_000), known), None);
    }
}
