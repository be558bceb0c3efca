//! What a snapshot is written as.

use std::{fmt, sync::Arc};

use bytes::Bytes;

/// How OpenMetrics ends.
pub(crate) const END: &[u8] = b"# EOF\n";

/// An exposition as bytes, in pieces that are shared with the text the reader keeps, so that no second copy of it is
/// ever made. A clone costs a reference count.
///
/// Drop it once it is sent: while it is held, the reader must leave these pieces alone and writes what changes to new
/// ones.
#[derive(Clone, Default)]
pub struct Body {
    pieces: Arc<[Bytes]>,
    len: usize,
}

impl Body {
    /// `pieces` one behind the other.
    pub fn new(pieces: impl IntoIterator<Item = Bytes>) -> Body {
        let pieces: Arc<[Bytes]> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let len = pieces.iter().map(Bytes::len).sum();
        Body { pieces, len }
    }

    /// The pieces in their order, none of them empty, of at most some 32 KB each unless one series is longer.
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All in one piece: a copy, unless it is one already.
    pub fn to_bytes(&self) -> Bytes {
        match &*self.pieces {
            [] => Bytes::new(),
            [piece] => piece.clone(),
            pieces => pieces.concat().into(),
        }
    }

    /// This and then `other`, both in the same format, as one exposition: OpenMetrics ends once only.
    pub fn followed_by(&self, other: &Body) -> Body {
        let mut pieces = self.pieces.to_vec();
        if let Some(last) = pieces.last_mut()
            && last.ends_with(END)
        {
            last.truncate(last.len() - END.len());
        }
        pieces.extend_from_slice(&other.pieces);
        Body::new(pieces)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body::new([bytes])
    }
}

/// By what it says, however it is cut.
impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |body: &Body| body.pieces.concat();
        self.len == other.len && bytes(self) == bytes(other)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("len", &self.len).field("pieces", &self.pieces.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(pieces: &[&'static str]) -> Body {
        Body::new(pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())))
    }

    #[test]
    fn two_expositions_end_once() {
        let joined = |first: &[&'static str], second| body(first).followed_by(&body(&[second])).to_bytes();
        assert_eq!(joined(&["a 1\n"], "b 2\n"), "a 1\nb 2\n");
        assert_eq!(joined(&["a 1\n# EOF\n"], "b 2\n# EOF\n"), "a 1\nb 2\n# EOF\n");
        assert_eq!(joined(&["a 1\n", "# EOF\n"], "b 2\n# EOF\n"), "a 1\nb 2\n# EOF\n");
        assert_eq!(joined(&["# EOF\n"], "# EOF\n"), "# EOF\n");
        assert_eq!(joined(&[], ""), "");
    }

    #[test]
    fn pieces_are_shared_and_none_is_empty() {
        let body = body(&["ab", "", "c"]);
        assert_eq!((body.pieces().len(), body.len(), body.is_empty()), (2, 3, false));
        assert_eq!(body.clone().pieces()[0].as_ptr(), body.pieces()[0].as_ptr());
        assert_eq!(body, Body::from(body.to_bytes()));
        assert!(Body::default().is_empty() && Body::default().pieces().is_empty());
    }
}
