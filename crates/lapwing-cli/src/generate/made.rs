//! Files that were made before.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use lapwing_monitor::{Root, made_from};

/// The folders of declarations that a file with this text was made from, if it was made.
pub(super) fn origins(path: &Path, text: &str) -> Option<BTreeSet<String>> {
    let sources = made_from(path, text)?;
    let folder = |source: &String| {
        let (folder, _) = source.strip_suffix("/monitoring.yaml")?.rsplit_once('/')?;
        Some(folder.to_owned())
    };
    Some(sources.iter().filter_map(folder).collect())
}

/// The files that were made before of the declarations in a folder of this name. Those of others can lie in the same folder of dashboards
/// or runbooks; what lies beside the declarations is theirs, whatever they were called then.
pub(super) fn earlier(roots: &[(Root, PathBuf)], origins: &BTreeSet<String>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for (root, folder) in roots {
        let is_own = |path: &Path, text: &str| {
            self::origins(path, text).is_some_and(|from| *root == Root::Config || from.is_subset(origins))
        };
        for part in parts(*root) {
            collect(&folder.join(part), &is_own, &mut found)?;
        }
    }
    found.sort();
    Ok(found)
}

/// Where in a folder files are made: what lies elsewhere isn't looked at, another folder of declarations for one.
fn parts(root: Root) -> &'static [&'static str] {
    match root {
        Root::Config => &["alertmanager", "kubernetes", "prometheus/rules", "prometheus/tests"],
        Root::Grafana => &["dashboards"],
        Root::Docs => &["metrics", "runbooks"],
    }
}

fn collect(folder: &Path, is_own: &dyn Fn(&Path, &str) -> bool, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            collect(&path, is_own, found)?;
        } else if kind.is_file() && text(&path).is_some_and(|text| is_own(&path, &text)) {
            found.push(path);
        }
    }
    Ok(())
}

fn text(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?;
    if !["yaml", "yml", "json", "md"].contains(&ending) {
        return None;
    }
    fs::read_to_string(path).ok()
}
