//! Bodies in the content codings.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::{Compression, Crc, write::DeflateEncoder};
use lapwing_exposition::Body;
use zstd::stream::{
    raw::{Encoder, Operation},
    zio,
};

use crate::coding::Coding;

/// What a gzip file begins with: deflate, no name, no time, the fastest level, an unknown system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// Compresses bodies, piece after piece, at the cheapest level: metrics compress well, and the level above costs three
/// times as much. What the codings work with is kept for the next body: some 300 KB for gzip and 1 MB for zstd, once
/// somebody has asked for it.
#[derive(Default)]
pub(crate) struct Compressor {
    gzip: Option<DeflateEncoder<Vec<u8>>>,
    zstd: Option<Encoder<'static>>,
}

impl Compressor {
    /// `plain` in that coding. After an error the next call begins anew.
    pub(crate) fn encode(&mut self, coding: Coding, plain: &Body) -> io::Result<Body> {
        let encoded = match coding {
            Coding::Identity => return Ok(plain.clone()),
            Coding::Gzip => self.gzip(plain)?,
            Coding::Zstd => self.zstd(plain)?,
        };
        Ok(Bytes::from(encoded).into())
    }

    fn gzip(&mut self, plain: &Body) -> io::Result<Vec<u8>> {
        let mut deflate = self.gzip.take().unwrap_or_else(|| DeflateEncoder::new(Vec::new(), Compression::fast()));
        let mut room = Vec::with_capacity(plain.len() / 16 + 64);
        room.extend_from_slice(&GZIP_HEADER);
        deflate.reset(room)?;
        let mut checksum = Crc::new();
        for piece in plain.pieces() {
            checksum.update(piece);
            deflate.write_all(piece)?;
        }
        let mut encoded = deflate.reset(Vec::new())?;
        encoded.extend_from_slice(&checksum.sum().to_le_bytes());
        encoded.extend_from_slice(&checksum.amount().to_le_bytes());
        self.gzip = Some(deflate);
        Ok(encoded)
    }

    fn zstd(&mut self, plain: &Body) -> io::Result<Vec<u8>> {
        let mut encoder = match self.zstd.take() {
            Some(encoder) => encoder,
            None => Encoder::new(1)?,
        };
        encoder.reinit()?;
        encoder.set_pledged_src_size(Some(plain.len() as u64))?;
        let mut writer = zio::Writer::new(Vec::with_capacity(plain.len() / 16 + 64), encoder);
        for piece in plain.pieces() {
            writer.write_all(piece)?;
        }
        writer.finish()?;
        let (encoded, encoder) = writer.into_inner();
        self.zstd = Some(encoder);
        Ok(encoded)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn gunzipped(body: &Body) -> Vec<u8> {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&body.to_bytes()[..]).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn each_coding_gives_back_what_went_in_time_after_time() {
        let mut compressor = Compressor::default();
        for n in [1000, 1, 0, 30_000] {
            let text = |x: usize| format!("a_total{{x=\"{x}\"}} {n}\n").repeat(n);
            let plain = Body::new((0..3).map(|x| Bytes::from(text(x))));
            let bytes = plain.to_bytes();
            assert_eq!(compressor.encode(Coding::Identity, &plain).unwrap().pieces().len(), plain.pieces().len());
            let gzip = compressor.encode(Coding::Gzip, &plain).unwrap();
            assert_eq!(gunzipped(&gzip), bytes);
            let zstd = compressor.encode(Coding::Zstd, &plain).unwrap();
            assert_eq!(zstd::bulk::decompress(&zstd.to_bytes(), bytes.len()).unwrap(), bytes);
            if n >= 1000 {
                assert!(gzip.len() < plain.len() / 10 && zstd.len() < plain.len() / 10);
            }
        }
    }

    #[test]
    fn what_the_codings_work_with_is_kept() {
        let mut compressor = Compressor::default();
        assert!(compressor.gzip.is_none() && compressor.zstd.is_none());
        let plain = Body::from(Bytes::from_static(b"a 1\n"));
        for coding in Coding::ALL {
            compressor.encode(coding, &plain).unwrap();
        }
        assert!(compressor.gzip.is_some() && compressor.zstd.is_some());
    }
}
