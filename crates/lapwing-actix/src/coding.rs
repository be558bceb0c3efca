//! Content codings: which one a scraper prefers.

use std::fmt;

/// A content coding that a scrape may travel in. Brotli is left out on purpose: it costs more than the scrape itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Zstd,
}

impl Coding {
    /// All codings, in the order of the self metrics.
    pub(crate) const ALL: [Coding; 3] = [Coding::Identity, Coding::Gzip, Coding::Zstd];

    /// The coding with the highest q-value; between equals zstd before gzip before identity.
    ///
    /// Without the header, or when nothing in it can be served, the answer is identity, even against `identity;q=0`:
    /// a body that the scraper would rather not have is better than a scrape that fails for its encoding.
    pub(crate) fn negotiate(accept_encoding: Option<&str>) -> Coding {
        let Some(header) = accept_encoding else { return Coding::Identity };
        let mut named = [None; 3];
        let mut any = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let Some(q) = quality(parts) else { continue };
            let slot = if name.eq_ignore_ascii_case("identity") {
                &mut named[Coding::Identity as usize]
            } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                &mut named[Coding::Gzip as usize]
            } else if name.eq_ignore_ascii_case("zstd") {
                &mut named[Coding::Zstd as usize]
            } else if name == "*" {
                &mut any
            } else {
                continue;
            };
            *slot = Some(slot.map_or(q, |before: u16| before.max(q)));
        }
        let weight = |coding: Coding| match (named[coding as usize], any, coding) {
            (Some(q), _, _) => q,
            // identity that is not mentioned is acceptable, but everything asked for comes before it
            (None, Some(0) | None, Coding::Identity) => 0,
            (None, Some(q), _) => q,
            (None, None, _) => 0,
        };
        [Coding::Zstd, Coding::Gzip]
            .into_iter()
            .map(|coding| (weight(coding), coding))
            .filter(|(q, _)| *q > 0 && *q >= weight(Coding::Identity))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map_or(Coding::Identity, |(_, coding)| coding)
    }

    /// The value of `Content-Encoding`; `None` for identity, which that header must not name.
    pub(crate) fn header(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            Coding::Zstd => Some("zstd"),
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.header().unwrap_or("identity"))
    }
}

/// The q-value in thousandths; 1000 without one, `None` if it can't be read (the item is then ignored).
fn quality<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    for parameter in parameters {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("q") {
            let q: f32 = value.trim().parse().ok()?;
            return (0.0..=1.0).contains(&q).then_some((q * 1000.0).round() as u16);
        }
    }
    Some(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_values_decide_and_brotli_is_never_chosen() {
        for (header, expected) in [
            (None, Coding::Identity),
            (Some(""), Coding::Identity),
            (Some("gzip"), Coding::Gzip),
            (Some("GZIP"), Coding::Gzip),
            (Some("x-gzip"), Coding::Gzip),
            (Some("zstd"), Coding::Zstd),
            (Some("gzip, zstd"), Coding::Zstd),
            (Some("gzip;q=1.0, zstd;q=0.9"), Coding::Gzip),
            (Some("gzip, deflate, br, zstd"), Coding::Zstd),
            (Some("br"), Coding::Identity),
            (Some("br, gzip;q=0.1"), Coding::Gzip),
            (Some("gzip;q=0"), Coding::Identity),
            (Some("gzip;q=0.5"), Coding::Gzip),
            (Some("identity, gzip;q=0.5"), Coding::Identity),
            (Some("identity;q=0.5, gzip;q=0.5"), Coding::Gzip),
            (Some("*"), Coding::Zstd),
            (Some("*, zstd;q=0"), Coding::Gzip),
            (Some("*;q=0"), Coding::Identity),
            (Some("identity;q=0"), Coding::Identity),
            (Some("identity;q=0, *"), Coding::Zstd),
            (Some("gzip;q=nonsense"), Coding::Identity),
            (Some("gzip;q=7"), Coding::Identity),
            (Some("gzip ; q=0.3 , identity;q=0.2"), Coding::Gzip),
        ] {
            assert_eq!(Coding::negotiate(header), expected, "{header:?}");
        }
    }
}
