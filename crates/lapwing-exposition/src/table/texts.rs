//! For how long the text of a table is kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::{announced::Announced, encode::Encoder};

use super::{Table, text::Text};

/// A format that nobody has asked for in so many gathers is no longer kept as text.
const GATHERS: u64 = 16;

/// The text of a table in one format, kept while somebody asks for it.
#[derive(Debug, Default)]
pub(super) struct Texts {
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    text: Text,
    /// The last gather that was asked for.
    asked: u64,
}

impl Texts {
    /// Writes all series of `table`, which this must be the text of.
    pub(super) fn write(
        &self,
        table: &Table,
        encoder: &mut Encoder,
        announced: Announced<'_>,
        pieces: &mut Vec<Bytes>,
    ) {
        let mut kept = self.lock();
        // Taken out: should writing panic, what is half written is gone.
        let known = kept.take().map(|kept| kept.text).filter(|text| text.suits(encoder, announced));
        let mut text = known.unwrap_or_else(|| Text::new(table, encoder, announced));
        text.bring_up(table, encoder, announced);
        text.add_to(pieces, encoder);
        *kept = Some(Kept { text, asked: table.gather });
    }

    pub(super) fn forget_unasked(&mut self, gather: u64) {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| gather - kept.asked > GATHERS) {
            *kept = None;
        }
    }

    /// See [`Text::rearrange`].
    pub(super) fn rearrange(&mut self, moved: &[u32]) {
        if let Some(kept) = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner) {
            kept.text.rearrange(moved);
        }
    }

    /// Takes the text over from a table that is out of date.
    pub(super) fn succeeded(&self) -> Texts {
        Texts { kept: Mutex::new(self.lock().take()) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
