//! The text of a table, kept from scrape to scrape.

use std::{mem, ops::Range, sync::Arc};

use bytes::Bytes;

use crate::{Kind, announced::Announced, encode::Encoder};

use super::{NEW, Table, template::Template};

/// How much text makes a chunk: large enough to be sent in one go, small enough to stay in a processor's cache while it
/// is written anew.
const CHUNK: usize = if cfg!(test) { 400 } else { 8 * 1024 };

/// A table whose text is shorter is copied to what is written around it: pieces of a few bytes are no gain.
const SMALL: usize = CHUNK / 8;

/// What a table is written as in one format. The series stand in the order of their labels.
///
/// Only what has changed since it was last brought up to date is written: a chunk none of whose series has changed is
/// left as it is, and of the others the series that have. A chunk that a [`Body`](crate::Body) still holds is replaced,
/// any other one is written in place.
#[derive(Debug)]
pub(super) struct Text {
    manner: Manner,
    template: Template,
    chunks: Vec<Chunk>,
    /// The gather whose values it shows.
    shown: u64,
}

/// What else the text depends on.
#[derive(Debug, PartialEq)]
struct Manner {
    announced: Kind,
    created: bool,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Arc<Vec<u8>>,
    /// Where the text of each series ends; a series without text has not been written yet.
    ends: Vec<u32>,
}

/// A chunk's bytes as a part of a body.
struct Piece(Arc<Vec<u8>>);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Text {
    /// Nothing is written yet.
    pub(super) fn new(table: &Table, encoder: &mut Encoder, announced: Announced<'_>) -> Text {
        let chunk = Chunk { bytes: Arc::default(), ends: vec![0; table.len()] };
        Text {
            manner: Manner { announced: announced.kind, created: encoder.writes_created() },
            template: Template::of(encoder, &table.family, &table.bounds),
            chunks: vec![chunk],
            shown: 0,
        }
    }

    /// Whether it can be brought up to date for this encoder.
    pub(super) fn suits(&self, encoder: &Encoder, announced: Announced<'_>) -> bool {
        self.manner == Manner { announced: announced.kind, created: encoder.writes_created() }
    }

    /// Follows a change of the series: `moved` has for each one its place before.
    pub(super) fn rearrange(&mut self, moved: &[u32]) {
        let mut rest = moved;
        let mut first = 0;
        let chunks = mem::take(&mut self.chunks);
        let count = chunks.len();
        for (at, chunk) in chunks.into_iter().enumerate() {
            let end = first + chunk.ends.len() as u32;
            let is_in = |place: &&u32| at + 1 == count || **place == NEW || **place < end;
            let (mine, others) = rest.split_at(rest.iter().take_while(is_in).count());
            rest = others;
            if mine.iter().copied().eq(first..end) {
                self.chunks.push(chunk);
            } else if !mine.is_empty() {
                self.chunks.push(chunk.rearranged(first, mine));
            }
            first = end;
        }
        if !rest.is_empty() {
            self.chunks.push(Chunk { bytes: Arc::default(), ends: vec![0; rest.len()] });
        }
    }

    /// Writes what has changed in `table`. What `encoder` has written stays.
    pub(super) fn bring_up(&mut self, table: &Table, encoder: &mut Encoder, announced: Announced<'_>) {
        if self.shown == table.gather {
            return;
        }
        let outer = mem::take(&mut encoder.out);
        let mut order = &table.order[..];
        for chunk in mem::take(&mut self.chunks) {
            let (rows, others) = order.split_at(chunk.ends.len());
            order = others;
            if rows.iter().any(|row| table.changed[*row as usize] > self.shown) {
                self.write_chunk(chunk, rows, table, encoder, announced);
            } else {
                self.chunks.push(chunk);
            }
        }
        self.shown = table.gather;
        encoder.out = outer;
    }

    /// Writes the series of `rows` that have changed, and copies the others from `chunk`; parts it where it has grown.
    fn write_chunk(
        &mut self,
        chunk: Chunk,
        rows: &[u32],
        table: &Table,
        encoder: &mut Encoder,
        announced: Announced<'_>,
    ) {
        let Chunk { mut bytes, mut ends } = chunk;
        encoder.out.clear();
        let room = bytes.len() + bytes.len() / 16;
        if encoder.out.capacity() < room {
            // Not reserved: that would copy what has been cleared.
            encoder.out = Vec::with_capacity(room);
        }
        // Where the first series begins that isn't in `encoder.out` yet, and the place of the first one that is.
        let (mut copied, mut first) = (0, 0);
        let mut start = 0;
        for (at, row) in rows.iter().enumerate() {
            let old = start..ends[at] as usize;
            start = old.end;
            if table.changed[*row as usize] > self.shown {
                encoder.out.extend_from_slice(&bytes[copied..old.start]);
                copied = old.end;
                table.write_row(*row as usize, &bytes[old], &self.template, encoder, announced);
            }
            let end = encoder.out.len() + (start - copied);
            ends[at] = end as u32;
            let (done, left) = (at + 1 - first, rows.len() - at - 1);
            if end >= CHUNK && end / done * left >= CHUNK / 2 {
                encoder.out.extend_from_slice(&bytes[copied..start]);
                copied = start;
                self.chunks.push(Chunk { bytes: Arc::new(encoder.out.clone()), ends: ends[first..=at].to_vec() });
                first = at + 1;
                encoder.out.clear();
            }
        }
        encoder.out.extend_from_slice(&bytes[copied..]);
        ends.drain(..first);
        if encoder.out.capacity() > encoder.out.len() + encoder.out.len() / 4 {
            encoder.out.shrink_to_fit();
        }
        match Arc::get_mut(&mut bytes) {
            // The next chunk is written to the buffer of this one.
            Some(own) => mem::swap(own, &mut encoder.out),
            // Somebody reads it still.
            None => bytes = Arc::new(mem::take(&mut encoder.out)),
        }
        self.chunks.push(Chunk { bytes, ends });
    }

    /// Adds the text to `pieces`; a short one to what `encoder` has written.
    pub(super) fn add_to(&self, pieces: &mut Vec<Bytes>, encoder: &mut Encoder) {
        let len: usize = self.chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        if len < SMALL {
            for chunk in &self.chunks {
                encoder.out.extend_from_slice(&chunk.bytes);
            }
            return;
        }
        pieces.push(mem::take(&mut encoder.out).into());
        pieces.extend(self.chunks.iter().map(|chunk| Bytes::from_owner(Piece(Arc::clone(&chunk.bytes)))));
    }
}

impl Chunk {
    /// The series that were at `places`, this chunk's first one being at `first`; those at [`NEW`] are without text.
    fn rearranged(&self, first: u32, places: &[u32]) -> Chunk {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let ends = places.iter().map(|place| {
            if *place != NEW {
                bytes.extend_from_slice(&self.bytes[self.range((place - first) as usize)]);
            }
            bytes.len() as u32
        });
        let ends = ends.collect();
        Chunk { bytes: Arc::new(bytes), ends }
    }

    fn range(&self, at: usize) -> Range<usize> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[at] as usize
    }
}
