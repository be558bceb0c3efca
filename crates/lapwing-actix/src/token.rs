//! The bearer token, and where it comes from.

use std::{env, fmt, path::PathBuf, time::Duration};

use subtle::{Choice, ConstantTimeEq};

/// A bearer token that scrapers must send. It is shown by nothing: not by `Debug`, not in errors, not in logs.
#[derive(Clone)]
pub struct Token {
    pub(crate) source: Source,
    pub(crate) grace: Duration,
}

#[derive(Clone)]
pub(crate) enum Source {
    Fixed(Secret),
    File(PathBuf),
}

/// Why a token can't be used. Never holds the token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is empty, or blank.
    #[error("the token is empty; set one, or set none to serve without")]
    Empty,
    /// It can't be sent in a header.
    #[error("the token holds blanks, control or non-ASCII characters, which no scraper can send; choose another")]
    Characters,
    /// Longer than anything sensible.
    #[error("the token is longer than {0} bytes; choose a shorter one")]
    TooLong(usize),
    /// The token file can't be read.
    #[error("token file {path:?} can't be read; check that it is there and readable: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The token file holds no usable token.
    #[error("token file {path:?}: {source}", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<TokenError>,
    },
}

impl Token {
    /// The environment variable that [`Token::from_env`] reads.
    pub const VARIABLE: &'static str = "METRICS_TOKEN";

    /// The token in `METRICS_TOKEN`, surrounding blanks removed; `None` if the variable isn't set.
    ///
    /// # Errors
    /// If it is set to nothing or to something that can't be sent: whoever sets it means to have a guard.
    pub fn from_env() -> Result<Option<Token>, TokenError> {
        let Some(value) = env::var_os(Self::VARIABLE) else { return Ok(None) };
        let secret = Secret::new(value.to_str().ok_or(TokenError::Characters)?)?;
        Ok(Some(Token::of(Source::Fixed(secret))))
    }

    /// This token, surrounding blanks removed.
    ///
    /// # Errors
    /// If it is empty or can't be sent in a header.
    pub fn fixed(token: impl AsRef<str>) -> Result<Token, TokenError> {
        Ok(Token::of(Source::Fixed(Secret::new(token.as_ref())?)))
    }

    /// The token in a file, surrounding blanks removed, read again when the file changes (looked at once a second at most, and whenever a token
    /// doesn't match). The file must be usable when the endpoint is built. When it no longer is, the last token stays
    /// in force and `lapwing_endpoint_token_file_ok` is 0.
    pub fn file(path: impl Into<PathBuf>) -> Token {
        Token::of(Source::File(path.into()))
    }

    /// For how long the replaced token is accepted as well after a rotation was noticed (default two minutes), so that
    /// no scrape fails because scraper and service see the new file at different moments. 0 to reject it at once; a year
    /// at most.
    pub fn grace(mut self, grace: Duration) -> Token {
        self.grace = grace.min(Duration::from_secs(365 * 24 * 3600));
        self
    }

    fn of(source: Source) -> Token {
        Token { source, grace: Duration::from_secs(120) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Fixed(secret) => f.debug_tuple("Token").field(secret).finish(),
            Source::File(path) => f.debug_tuple("Token").field(path).finish(),
        }
    }
}

/// A token's bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Box<[u8]>);

impl Secret {
    /// More than this is neither kept nor compared.
    pub(crate) const LIMIT: usize = 4096;

    pub(crate) fn new(text: &str) -> Result<Secret, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if text.len() > Self::LIMIT {
            return Err(TokenError::TooLong(Self::LIMIT));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        Ok(Secret(text.as_bytes().into()))
    }

    /// Takes time by the length of `presented` only, so that it tells neither how much of it is right nor how long
    /// the secret is.
    pub(crate) fn matches(&self, presented: &[u8]) -> Choice {
        let mut same = (self.0.len() as u64).ct_eq(&(presented.len() as u64));
        let mut at = 0;
        for byte in presented {
            same &= byte.ct_eq(&self.0[at]);
            at = if at + 1 == self.0.len() { 0 } else { at + 1 };
        }
        same
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_tokens_are_refused() {
        assert!(matches!(Token::fixed(" \n"), Err(TokenError::Empty)));
        assert!(matches!(Token::fixed("a b"), Err(TokenError::Characters)));
        assert!(matches!(Token::fixed("ä"), Err(TokenError::Characters)));
        assert!(matches!(Token::fixed("a".repeat(4097)), Err(TokenError::TooLong(_))));
    }
}
