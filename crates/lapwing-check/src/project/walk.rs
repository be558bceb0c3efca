//! Which files there are.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::ProjectError;

/// The files of all paths, each once, those of a folder by name.
pub(super) fn files(paths: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>, ProjectError> {
    let mut found = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let Ok(metadata) = fs::metadata(path) else { return Err(ProjectError::NoSuchPath(path.to_owned())) };
        if metadata.is_dir() {
            folder(path, &mut found).map_err(|source| ProjectError::Folder { path: path.to_owned(), source })?;
        } else {
            found.push(path.to_owned());
        }
    }
    let mut seen = HashSet::new();
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(found)
}

fn folder(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        // A link to a folder is not followed: it could lead back here.
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                folder(&path, found)?;
            }
        } else if is_read(&name) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn is_read(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    !name.starts_with('.') && matches!(ending.as_deref(), Some("yaml" | "yml" | "json"))
}
