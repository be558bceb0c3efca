//! The tables of a reader.

use std::{collections::HashMap, sync::Arc};

use opentelemetry::InstrumentationScope;

use crate::table::Table;

/// The tables of a reader, by scope and stream. One that is not put back at a gather is dropped, with its text.
#[derive(Default)]
pub(crate) struct Tables {
    scopes: HashMap<InstrumentationScope, HashMap<String, Kept>>,
    /// Nothing is kept.
    #[cfg(test)]
    pub(crate) refuses: bool,
}

struct Kept {
    /// The gather it was last asked for.
    gather: u64,
    table: Option<Arc<Table>>,
}

/// What is known of a stream.
pub(crate) enum Known {
    Table(Arc<Table>),
    /// Nothing.
    New,
    /// It was taken at this gather already: two instruments have one name.
    Twice,
}

impl Tables {
    /// Takes out the table of a stream.
    pub(crate) fn take(&mut self, scope: &InstrumentationScope, stream: &str, gather: u64) -> Known {
        #[cfg(test)]
        if self.refuses {
            return Known::Twice;
        }
        if !self.scopes.contains_key(scope) {
            self.scopes.insert(scope.clone(), HashMap::new());
        }
        let streams = self.scopes.get_mut(scope);
        match streams.and_then(|streams| streams.get_mut(stream)) {
            None => Known::New,
            Some(kept) if kept.gather == gather => Known::Twice,
            Some(kept) => {
                kept.gather = gather;
                kept.table.take().map_or(Known::New, Known::Table)
            }
        }
    }

    /// Puts a table back, or says with `None` that the stream has none.
    pub(crate) fn put(&mut self, scope: &InstrumentationScope, stream: &str, gather: u64, table: Option<Arc<Table>>) {
        let Some(streams) = self.scopes.get_mut(scope) else { return };
        match streams.get_mut(stream) {
            Some(kept) => *kept = Kept { gather, table },
            None => {
                streams.insert(stream.to_owned(), Kept { gather, table });
            }
        }
    }

    /// Drops what was not there at this gather.
    pub(crate) fn drop_others(&mut self, gather: u64) {
        self.scopes.retain(|_, streams| {
            streams.retain(|_, kept| kept.gather == gather);
            !streams.is_empty()
        });
    }
}
