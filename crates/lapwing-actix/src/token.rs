//! The bearer token: where it comes from and how it is compared.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use subtle::{Choice, ConstantTimeEq};

use crate::token_file::{Stamp, read};

/// How often a token file is looked at while tokens match.
const LOOK: Duration = Duration::from_secs(1);

/// A bearer token that scrapers must send. It is shown by nothing: not by `Debug`, not in errors, not in logs.
#[derive(Clone)]
pub struct Token {
    source: Source,
    grace: Duration,
}

#[derive(Clone)]
enum Source {
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
    fn matches(&self, presented: &[u8]) -> Choice {
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

/// Compares what scrapers send with the token in force.
pub(crate) struct Verifier {
    file: Option<PathBuf>,
    grace: Duration,
    state: Mutex<State>,
}

struct State {
    current: Secret,
    previous: Option<(Secret, Instant)>,
    stamp: Option<Stamp>,
    looked: Instant,
    usable: bool,
}

impl Verifier {
    pub(crate) fn open(token: Token, now: Instant) -> Result<Verifier, TokenError> {
        let (file, current, stamp) = match token.source {
            Source::Fixed(secret) => (None, secret, None),
            Source::File(path) => {
                let (stamp, secret) = (Stamp::of(&path), read(&path)?);
                (Some(path), secret, stamp)
            }
        };
        let state = State { current, previous: None, stamp, looked: now, usable: true };
        Ok(Verifier { file, grace: token.grace, state: Mutex::new(state) })
    }

    /// Whether `presented` is the token, or the one before within its grace.
    pub(crate) fn verify(&self, presented: &[u8], now: Instant) -> bool {
        let mut state = self.state();
        if let Some(path) = &self.file
            && now.saturating_duration_since(state.looked) >= LOOK
        {
            state.look(path, self.grace, now, false);
        }
        if state.matches(presented, now) {
            return true;
        }
        // the scraper may have seen the new file before the look was due
        let Some(path) = &self.file else { return false };
        state.look(path, self.grace, now, true);
        state.matches(presented, now)
    }

    /// Whether the token file was usable when last looked at; `None` if there is no file.
    pub(crate) fn file_usable(&self, now: Instant) -> Option<bool> {
        let path = self.file.as_ref()?;
        let mut state = self.state();
        if now.saturating_duration_since(state.looked) >= LOOK {
            state.look(path, self.grace, now, false);
        }
        Some(state.usable)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn matches(&self, presented: &[u8], now: Instant) -> bool {
        if presented.len() > Secret::LIMIT {
            return false;
        }
        let mut matches = self.current.matches(presented);
        if let Some((previous, until)) = &self.previous
            && now < *until
        {
            matches |= previous.matches(presented);
        }
        matches.into()
    }

    /// Reads the file if it changed since the last look, or if `anyway`.
    fn look(&mut self, path: &Path, grace: Duration, now: Instant, anyway: bool) {
        self.looked = now;
        let stamp = Stamp::of(path);
        if !anyway && self.usable && stamp.is_some() && stamp == self.stamp {
            return;
        }
        match read(path) {
            Ok(secret) => {
                if !self.usable {
                    tracing::info!(target: "lapwing", path = %path.display(), "the token file is usable again");
                }
                self.usable = true;
                self.stamp = stamp;
                if secret != self.current {
                    let before = std::mem::replace(&mut self.current, secret);
                    self.previous = now.checked_add(grace).map(|until| (before, until));
                    tracing::info!(target: "lapwing", path = %path.display(), "the token was replaced by the one now in its file");
                }
            }
            Err(error) => {
                if self.usable {
                    tracing::warn!(target: "lapwing", %error, "the token file is not usable; the last token stays in force");
                }
                self.usable = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_the_whole_token_matches() {
        let verifier = Verifier::open(Token::fixed(" secret\n").unwrap(), Instant::now()).unwrap();
        assert!(verifier.verify(b"secret", Instant::now()));
        for wrong in ["", "s", "secre", "secrets", "secretsecret", "Secret", "tercse", " secret"] {
            assert!(!verifier.verify(wrong.as_bytes(), Instant::now()), "{wrong:?}");
        }
        assert!(!verifier.verify("secret".repeat(1000).as_bytes(), Instant::now()));
    }

    #[test]
    fn unusable_tokens_are_refused() {
        assert!(matches!(Token::fixed(" \n"), Err(TokenError::Empty)));
        assert!(matches!(Token::fixed("a b"), Err(TokenError::Characters)));
        assert!(matches!(Token::fixed("ä"), Err(TokenError::Characters)));
        assert!(matches!(Token::fixed("a".repeat(4097)), Err(TokenError::TooLong(_))));
    }

    #[test]
    fn a_rotated_file_is_noticed_and_the_old_token_has_its_grace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "one\n").unwrap();
        let start = Instant::now();
        let verifier = Verifier::open(Token::file(&path).grace(Duration::from_secs(60)), start).unwrap();
        assert!(verifier.verify(b"one", start));
        fs::write(folder.path().join("next"), "two\n").unwrap();
        fs::rename(folder.path().join("next"), &path).unwrap();
        // no look is due yet: the mismatch itself causes it
        assert!(verifier.verify(b"two", start));
        assert!(verifier.verify(b"one", start + Duration::from_secs(59)));
        assert!(!verifier.verify(b"one", start + Duration::from_secs(60)));
        assert!(verifier.verify(b"two", start + Duration::from_secs(61)));
        assert_eq!(verifier.file_usable(start), Some(true));
    }

    #[test]
    fn a_bad_file_keeps_the_token_and_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        assert!(matches!(Verifier::open(Token::file(&path), Instant::now()), Err(TokenError::File { .. })));
        fs::write(&path, " ").unwrap();
        assert!(matches!(Verifier::open(Token::file(&path), Instant::now()), Err(TokenError::Content { .. })));
        fs::write(&path, "one").unwrap();
        let mut now = Instant::now();
        let verifier = Verifier::open(Token::file(&path), now).unwrap();
        for spoil in [|path: &Path| fs::write(path, "").unwrap(), |path: &Path| fs::remove_file(path).unwrap()] {
            spoil(&path);
            now += LOOK;
            assert!(verifier.verify(b"one", now));
            assert_eq!(verifier.file_usable(now), Some(false));
        }
        fs::write(&path, "one").unwrap();
        now += LOOK;
        assert!(verifier.verify(b"one", now));
        assert_eq!(verifier.file_usable(now), Some(true));
    }
}
