//! The signing key: made on first start, kept in the data directory, never shown.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;

/// File in the data directory that holds the 32 secret bytes.
const FILE: &str = "signing.key";

/// The key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Reading or writing the file failed.
    #[error("can't read or create the signing key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file can be read by others.
    #[error("signing key {} is open to others (mode {mode:o}): make it private with chmod 600", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file has another length than a key.
    #[error("signing key {} is not a key of 32 bytes: restore it from a backup, or move it away to have a new one made", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the key of `data`, or makes one with mode 0600.
///
/// # Errors
///
/// The file is unreadable, open to others, or no key.
pub(crate) fn load_or_create(data: &Path) -> Result<SigningKey, KeyError> {
    let path = data.join(FILE);
    let failed = |source| KeyError::Io { path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return create(data, &path).map_err(failed),
        Err(e) => return Err(failed(e)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path, mode });
    }
    let mut secret = Vec::with_capacity(33);
    // One more than a key: a longer file must not pass for one.
    file.take(33).read_to_end(&mut secret).map_err(failed)?;
    match <[u8; 32]>::try_from(secret.as_slice()) {
        Ok(secret) => Ok(SigningKey::from_bytes(&secret)),
        Err(_) => Err(KeyError::Malformed { path }),
    }
}

/// Written beside its place and renamed into it, durable before the first use: a crash leaves either no key or a whole
/// one.
fn create(data: &Path, path: &Path) -> io::Result<SigningKey> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let new = data.join(format!("{FILE}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(&secret)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(data)?.sync_all()?;
    Ok(SigningKey::from_bytes(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_private() {
        let data = tempfile::tempdir().unwrap();
        let made = load_or_create(data.path()).unwrap();
        let mode = data.path().join(FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(load_or_create(data.path()).unwrap().to_bytes(), made.to_bytes());
    }

    #[test]
    fn key_open_to_others_is_refused() {
        let data = tempfile::tempdir().unwrap();
        load_or_create(data.path()).unwrap();
        std::fs::set_permissions(data.path().join(FILE), std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = load_or_create(data.path()).unwrap_err();
        assert!(matches!(refused, KeyError::Exposed { mode: 0o640, .. }), "{refused}");
    }

    #[test]
    fn truncated_key_is_refused() {
        let data = tempfile::tempdir().unwrap();
        load_or_create(data.path()).unwrap();
        for content in [&[1_u8; 31][..], &[1; 33], &[]] {
            std::fs::write(data.path().join(FILE), content).unwrap();
            assert!(matches!(load_or_create(data.path()), Err(KeyError::Malformed { .. })));
        }
    }
}
