//! Writing a series again with its text from before as the template: everything but the values is copied.

use crate::{
    Family, Kind,
    announced::Announced,
    encode::Encoder,
    number::{write_number, write_unsigned},
};

use super::Reading;

/// Where the values stand in the lines of the series of one table.
#[derive(Debug)]
pub(super) struct Template {
    /// One for each bucket.
    buckets: Vec<Prefix>,
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

impl Template {
    pub(super) fn of(encoder: &mut Encoder, family: &Family, bounds: &[f64]) -> Template {
        let name = family.name.as_str();
        let mut prefix = |suffix: &str, le: Option<f64>| Prefix {
            bare: encoder.measure(name, suffix, le, b""),
            labelled: encoder.measure(name, suffix, le, b"x") - 1,
        };
        let buckets = bounds.iter().map(|le| prefix("_bucket", Some(*le))).collect();
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
            encoder.out.extend_from_slice(lines.next(self.values[0]));
            write_number(&mut encoder.out, reading.number);
            let exemplar = reading.exemplars.first().filter(|_| announced.kind == Kind::Counter);
            encoder.end_line(exemplar.map(|(_, exemplar)| exemplar));
        } else {
            let mut exemplars = reading.exemplars.iter().peekable();
            let mut total = 0_u64;
            for (at, (prefix, count)) in self.buckets.iter().zip(reading.counts).enumerate() {
                total = total.saturating_add(*count);
                encoder.out.extend_from_slice(lines.next(*prefix));
                write_unsigned(&mut encoder.out, total);
                encoder.end_line(exemplars.next_if(|(bucket, _)| *bucket == at).map(|(_, exemplar)| exemplar));
            }
            if sums {
                encoder.out.extend_from_slice(lines.next(self.values[0]));
                write_number(&mut encoder.out, reading.number);
                encoder.out.push(b'\n');
                encoder.out.extend_from_slice(lines.next(self.values[1]));
                write_unsigned(&mut encoder.out, total);
                encoder.out.push(b'\n');
            }
        }
        // When it was created never changes.
        encoder.out.extend_from_slice(lines.rest);
    }
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
        let length = if self.labels == 0 { prefix.bare } else { prefix.labelled + self.labels };
        let (before, value) = self.rest.split_at(length);
        let end = value.iter().position(|byte| *byte == b'\n').map_or(value.len(), |end| end + 1);
        self.rest = &value[end..];
        before
    }
}
