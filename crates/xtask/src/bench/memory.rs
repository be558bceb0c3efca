//! Measures what is held for a series.

use super::{
    BenchError,
    programs::{Programs, number},
    summary::{Figures, MemoryRow, Summary},
};

/// So many that what is made once for all of them doesn't count.
const SERIES: u32 = 50_000;

/// Key of the answer, and in words.
const HOLDERS: [(&str, &str); 5] = [
    ("sdk", "the SDK: labels, ten buckets, its place in the SDK's map"),
    ("handle", "the bound handle"),
    ("layer", "the span layer's entry"),
    ("exposition", "what the exposition keeps from one scrape to the next, its text included"),
    ("text", "the text of a series, 13 lines"),
];

/// Measures and fills the section `memory`.
pub(super) fn measure(programs: &Programs, summary: &mut Summary) -> Result<(), BenchError> {
    println!("  memory: {SERIES} series");
    let bytes = per_series(programs)?;
    summary.memory = figures(bytes);
    let rows = HOLDERS.into_iter().zip(bytes);
    summary.tables.memory = rows.map(|((_, what), bytes)| MemoryRow { what: what.to_owned(), bytes }).collect();
    Ok(())
}

/// Bytes, as [`HOLDERS`] has them.
pub(super) fn per_series(programs: &Programs) -> Result<[f64; 5], BenchError> {
    let answer = programs.heap(&format!("memory --series {SERIES}"))?;
    let mut bytes = [0.0; 5];
    for (bytes, (key, _)) in bytes.iter_mut().zip(HOLDERS) {
        *bytes = number(&answer, key)?;
    }
    Ok(bytes)
}

/// The sum is without the text, as text can be written anew.
pub(super) fn figures(bytes: [f64; 5]) -> Figures {
    let [sdk, handle, layer, exposition, text] = bytes;
    let figures = [
        ("bytes_per_series", sdk + handle + layer),
        ("sdk_bytes", sdk),
        ("handle_bytes", handle),
        ("layer_bytes", layer),
        ("exposition_bytes", exposition),
        ("text_bytes", text),
    ];
    figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_is_without_the_text() {
        let figures = figures([400.0, 184.0, 100.0, 1900.0, 1700.0]);
        assert_eq!((figures["bytes_per_series"], figures["text_bytes"]), (684.0, 1700.0));
    }
}
