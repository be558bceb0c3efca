//! `lapwing generate`: files made from declarations.

mod declarations;
mod difference;
mod made;
mod work;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use lapwing_monitor::{Options, Root};

use crate::{arguments::GenerateOptions, output::Output};

use work::{Planned, Work};

/// So many files that can't be written are named.
const MOST: usize = 5;

/// Makes the files and writes those that changed, or says which would. Nothing is written if any of them can't be.
pub(crate) fn run(options: &GenerateOptions) -> Result<Output, String> {
    let wrong = |wrong: String| Ok(Output { out: String::new(), aside: format!("{wrong}\n"), found: true });
    let declared = match declarations::read(&options.folder)? {
        Ok(declared) => declared,
        Err(said) => return wrong(said),
    };
    let made = match declared.generate(options_of(options)) {
        Ok(made) => made,
        Err(said) => return wrong(said),
    };
    let beside = |name: &str| parent(&options.folder).join(name);
    let roots = [
        (Root::Config, options.folder.clone()),
        (Root::Grafana, options.grafana.clone().unwrap_or_else(|| beside("grafana"))),
        (Root::Docs, options.docs.clone().unwrap_or_else(|| beside("docs"))),
    ];
    let folder = |root: Root| roots.iter().find(|(other, _)| *other == root).map(|(_, folder)| folder.as_path());
    let (mut planned, mut lost) = (Vec::new(), Vec::new());
    for file in &made {
        match Planned::new(file.root, folder(file.root).unwrap_or(Path::new("")), &file.path, &file.text) {
            Ok(file) => planned.push(file),
            Err(error) => lost.push(error),
        }
    }
    if !lost.is_empty() {
        let more = lost.len().saturating_sub(MOST);
        lost.truncate(MOST);
        if more > 0 {
            lost.push(format!("and so {more} more files"));
        }
        return Err(lost.join("\nlapwing: "));
    }
    if let Some(file) = planned.iter().find(|file| !options.check && file.divides_declared()) {
        return Err(format!(
            "`{}` has its windows as declared, and would be overwritten by what is for a drill: copy the folders of the services to another, \
             and generate there",
            file.path().display()
        ));
    }
    let origins = made.iter().filter_map(|file| made::origins(&file.path, &file.text)).flatten().collect();
    let earlier =
        made::earlier(&roots, &origins).map_err(|error| format!("cannot list what was made before: {error}"))?;
    let mut work = Work::new(options.check);
    let mut kept = BTreeSet::new();
    for file in &planned {
        work.file(file)?;
        // The same file has several names where folders lie within each other. With --check it may not be there, and then isn't listed either.
        kept.extend(fs::canonicalize(file.path()));
    }
    for file in &earlier {
        let path = fs::canonicalize(file).map_err(|error| failed("find", file, &error))?;
        if !kept.contains(&path) {
            work.stale(file)?;
        }
    }
    Ok(work.done())
}

fn options_of(options: &GenerateOptions) -> Options {
    Options { compress: options.compress, kubernetes: options.kubernetes }
}

/// The folder that a folder is in.
fn parent(folder: &Path) -> PathBuf {
    match folder.parent() {
        Some(parent) if folder.file_name().is_some() => parent.to_owned(),
        _ => folder.join(".."),
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} `{}`: {error}", path.display())
}
