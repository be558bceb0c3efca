//! Writing a series again with its text from before as the template: everything but the values is copied.

use crate::{
    Family, Kind,
    announced::Announced,
    encode::Encoder,
    number::{DIGITS, replace_unsigned, write_number, write_unsigned},
};

use super::Reading;

/// Where the values stand in the lines of the series of one table.
#[derive(Debug)]
pub(super) struct Template {
    /// One for each bucket.
    buckets: Buckets,
    /// The sum and the count of a histogram that has them, or the one value.
    values: Vec<Prefix>,
}

/// How long everything before the value of each bucket is; see [`Prefix`].
#[derive(Debug)]
struct Buckets {
    bare: Vec<usize>,
    labelled: Vec<usize>,
    /// The shortest of `bare`.
    shortest: usize,
}

impl Buckets {
    /// In a series whose labels take so many bytes, those not counted.
    fn lengths(&self, labels: usize) -> &[usize] {
        if labels == 0 { &self.bare } else { &self.labelled }
    }
}

/// How long everything before the value is.
#[derive(Clone, Copy, Debug)]
struct Prefix {
    /// In a series without labels.
    bare: usize,
    /// In a series with labels, those not counted.
    labelled: usize,
}

impl Prefix {
    fn length(self, labels: usize) -> usize {
        if labels == 0 { self.bare } else { self.labelled + labels }
    }
}

impl Template {
    pub(super) fn of(encoder: &mut Encoder, family: &Family, bounds: &[f64]) -> Template {
        let name = family.name.as_str();
        let mut prefix = |suffix: &str, le: Option<f64>| Prefix {
            bare: encoder.measure(name, suffix, le, b""),
            labelled: encoder.measure(name, suffix, le, b"x") - 1,
        };
        let buckets: Vec<Prefix> = bounds.iter().map(|le| prefix("_bucket", Some(*le))).collect();
        let buckets = Buckets {
            shortest: buckets.iter().map(|prefix| prefix.bare).min().unwrap_or(0),
            bare: buckets.iter().map(|prefix| prefix.bare).collect(),
            labelled: buckets.iter().map(|prefix| prefix.labelled).collect(),
        };
        let values = match family.kind {
            Kind::Histogram => vec![prefix("_sum", None), prefix("_count", None)],
            _ => vec![prefix("", None)],
        };
        Template { buckets, values }
    }

    /// Writes the series of `old` with the values of `reading`, whose labels take `labels` bytes. `old` must have the
    /// same lines; `sums` tells whether a sum and a count are among them.
    pub(super) fn write(
        &self,
        encoder: &mut Encoder,
        announced: Announced<'_>,
        old: &[u8],
        labels: usize,
        sums: bool,
        reading: &Reading<'_>,
    ) {
        let mut lines = Lines { rest: old, labels };
        if reading.counts.is_empty() {
            encoder.out.extend_from_slice(lines.next(self.values[0].length(labels)));
            write_number(&mut encoder.out, reading.number);
            let exemplar = reading.exemplars.first().filter(|_| announced.kind == Kind::Counter);
            encoder.end_line(exemplar.map(|(_, exemplar)| exemplar));
        } else {
            let total = self.write_buckets(encoder, &mut lines, reading);
            if sums {
                encoder.out.extend_from_slice(lines.next(self.values[0].length(labels)));
                write_number(&mut encoder.out, reading.number);
                encoder.out.push(b'\n');
                encoder.out.extend_from_slice(lines.next(self.values[1].length(labels)));
                write_unsigned(&mut encoder.out, total);
                encoder.out.push(b'\n');
            }
        }
        // When it was created never changes.
        encoder.out.extend_from_slice(lines.rest);
    }

    /// Gives the count of all, which stands still at the end.
    fn write_buckets(&self, encoder: &mut Encoder, lines: &mut Lines<'_>, reading: &Reading<'_>) -> u64 {
        let lengths = self.buckets.lengths(lines.labels);
        let (done, mut total) = patch_buckets(&self.buckets, &mut encoder.out, lines, reading);
        let mut exemplars = reading.exemplars.iter().peekable();
        for (at, (length, count)) in lengths.iter().zip(reading.counts).enumerate().skip(done) {
            total = total.saturating_add(*count);
            encoder.out.extend_from_slice(lines.next(length + lines.labels));
            write_unsigned(&mut encoder.out, total);
            encoder.end_line(exemplars.next_if(|(bucket, _)| *bucket == at).map(|(_, exemplar)| exemplar));
        }
        total
    }
}

/// The quick way, for counts that have as many digits as before, and no exemplars: all lines are copied at once and the
/// digits replaced. Tells how many lines were written so, and the count of the last one.
fn patch_buckets(buckets: &Buckets, out: &mut Vec<u8>, lines: &mut Lines<'_>, reading: &Reading<'_>) -> (usize, u64) {
    // Were a line shorter than a number, the end of the next one could be taken for its own.
    if !reading.exemplars.is_empty() || buckets.shortest <= DIGITS {
        return (0, 0);
    }
    let start = out.len();
    out.extend_from_slice(lines.rest);
    let mut text = &mut out[start..];
    let (mut done, mut total, mut left) = (0, 0_u64, text.len());
    for (length, count) in buckets.lengths(lines.labels).iter().zip(reading.counts) {
        let with_this = total.saturating_add(*count);
        let line = text.split_at_mut_checked(length + lines.labels);
        let Some(rest) = line.and_then(|(_, value)| replace_unsigned(value, with_this)) else { break };
        (done, total, left) = (done + 1, with_this, rest.len());
        text = rest;
    }
    lines.rest = &lines.rest[lines.rest.len() - left..];
    out.truncate(out.len() - left);
    (done, total)
}

/// The lines of a series, from the first to the last.
struct Lines<'a> {
    rest: &'a [u8],
    labels: usize,
}

impl<'a> Lines<'a> {
    /// Everything before the value of the next line, which is so long.
    #[inline]
    fn next(&mut self, length: usize) -> &'a [u8] {
        let (before, value) = self.rest.split_at(length);
        let end = value.iter().position(|byte| *byte == b'\n').map_or(value.len(), |end| end + 1);
        self.rest = &value[end..];
        before
    }
}
