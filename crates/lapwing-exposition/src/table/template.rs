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
    buckets: Vec<Prefix>,
    /// The shortest of these, in a series without labels.
    shortest: usize,
    /// The sum and the count of a histogram that has them, or the one value.
    values: Vec<Prefix>,
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
        let shortest = buckets.iter().map(|prefix| prefix.bare).min().unwrap_or(0);
        let values = match family.kind {
            Kind::Histogram => vec![prefix("_sum", None), prefix("_count", None)],
            _ => vec![prefix("", None)],
        };
        Template { buckets, shortest, values }
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
            encoder.out.extend_from_slice(lines.next(self.values[0]));
            write_number(&mut encoder.out, reading.number);
            let exemplar = reading.exemplars.first().filter(|_| announced.kind == Kind::Counter);
            encoder.end_line(exemplar.map(|(_, exemplar)| exemplar));
        } else {
            self.write_buckets(encoder, &mut lines, reading);
            if sums {
                encoder.out.extend_from_slice(lines.next(self.values[0]));
                write_number(&mut encoder.out, reading.number);
                encoder.out.push(b'\n');
                encoder.out.extend_from_slice(lines.next(self.values[1]));
                write_unsigned(&mut encoder.out, total(reading.counts));
                encoder.out.push(b'\n');
            }
        }
        // When it was created never changes.
        encoder.out.extend_from_slice(lines.rest);
    }

    fn write_buckets(&self, encoder: &mut Encoder, lines: &mut Lines<'_>, reading: &Reading<'_>) {
        let (done, mut total) = self.patch_buckets(&mut encoder.out, lines, reading);
        let mut exemplars = reading.exemplars.iter().peekable();
        for (at, (prefix, count)) in self.buckets.iter().zip(reading.counts).enumerate().skip(done) {
            total = total.saturating_add(*count);
            encoder.out.extend_from_slice(lines.next(*prefix));
            write_unsigned(&mut encoder.out, total);
            encoder.end_line(exemplars.next_if(|(bucket, _)| *bucket == at).map(|(_, exemplar)| exemplar));
        }
    }

    /// The quick way, for counts that have as many digits as before, and no exemplars: all lines are copied at once and
    /// the digits replaced. Tells how many lines were written so, and the count of the last one.
    fn patch_buckets(&self, out: &mut Vec<u8>, lines: &mut Lines<'_>, reading: &Reading<'_>) -> (usize, u64) {
        // Were a line shorter than a number, the end of the next one could be taken for its own.
        if !reading.exemplars.is_empty() || self.shortest <= DIGITS {
            return (0, 0);
        }
        let start = out.len();
        out.extend_from_slice(lines.rest);
        let text = &mut out[start..];
        let (mut done, mut end, mut total) = (0, 0, 0_u64);
        for (prefix, count) in self.buckets.iter().zip(reading.counts) {
            let with_this = total.saturating_add(*count);
            let value = end + prefix.length(lines.labels);
            let Some(digits) = text.get_mut(value..).and_then(|line| replace_unsigned(line, with_this)) else { break };
            (done, end, total) = (done + 1, value + digits + 1, with_this);
        }
        out.truncate(start + end);
        lines.rest = &lines.rest[end..];
        (done, total)
    }
}

/// The sum of counts, which stands still at the end.
fn total(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |total, count| total.saturating_add(*count))
}

/// The lines of a series, from the first to the last.
struct Lines<'a> {
    rest: &'a [u8],
    labels: usize,
}

impl<'a> Lines<'a> {
    /// Everything before the value of the next line.
    #[inline]
    fn next(&mut self, prefix: Prefix) -> &'a [u8] {
        let (before, value) = self.rest.split_at(prefix.length(self.labels));
        let end = value.iter().position(|byte| *byte == b'\n').map_or(value.len(), |end| end + 1);
        self.rest = &value[end..];
        before
    }
}
