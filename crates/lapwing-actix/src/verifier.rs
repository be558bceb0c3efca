//! How what scrapers send is compared with the token in force.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    token::{Secret, Source, Token, TokenError},
    token_file::{Stamp, read},
};

/// How often a token file is looked at while tokens match.
const LOOK: Duration = Duration::from_secs(1);

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
