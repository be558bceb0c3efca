//! Reading a token file, and noticing that it changed.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    time::SystemTime,
};

use crate::token::{Secret, TokenError};

/// What changes when a file is written or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Stamp {
    /// Of the file that `path` leads to, through symbolic links (Kubernetes swaps one); `None` if there is none.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Stamp { modified: metadata.modified().ok(), length: metadata.len(), inode })
    }
}

/// The token in the file.
pub(crate) fn read(path: &Path) -> Result<Secret, TokenError> {
    let text = content(path).map_err(|source| TokenError::File { path: path.to_owned(), source })?;
    Secret::new(&text).map_err(|source| TokenError::Content { path: path.to_owned(), source: Box::new(source) })
}

fn content(path: &Path) -> io::Result<String> {
    // opening a pipe would wait for its writer, in the middle of a request
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(2 * Secret::LIMIT as u64).read_to_string(&mut text)?;
    Ok(text)
}
