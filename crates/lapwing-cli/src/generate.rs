//! `lapwing generate`: files made from declarations.

mod declarations;
mod difference;
mod made;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use lapwing_monitor::{Options, Root};

use crate::{arguments::GenerateOptions, output::Output};

/// Makes the files and writes those that changed, or says which would.
pub(crate) fn run(options: &GenerateOptions) -> Result<Output, String> {
    let declared = declarations::read(&options.folder)?;
    let made = match declared.and_then(|declared| declared.generate(options_of(options))) {
        Ok(made) => made,
        Err(wrong) => return Ok(Output { out: String::new(), aside: format!("{wrong}\n"), found: true }),
    };
    let beside = |name: &str| parent(&options.folder).join(name);
    let roots = [
        (Root::Config, options.folder.clone()),
        (Root::Grafana, options.grafana.clone().unwrap_or_else(|| beside("grafana"))),
        (Root::Docs, options.docs.clone().unwrap_or_else(|| beside("docs"))),
    ];
    let folder = |root: Root| roots.iter().find(|(other, _)| *other == root).map(|(_, folder)| folder.as_path());
    let mut work = Work { check: options.check, ..Work::default() };
    let mut kept = BTreeSet::new();
    for file in &made {
        let path = folder(file.root).unwrap_or(Path::new("")).join(&file.path);
        work.file(&path, &file.text)?;
        kept.insert(path);
    }
    for (_, folder) in &roots {
        for path in made::earlier(folder).map_err(|error| failed("list", folder, &error))? {
            if !kept.contains(&path) {
                work.stale(&path)?;
            }
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

/// What is done, or would be.
#[derive(Debug, Default)]
struct Work {
    check: bool,
    out: String,
    written: usize,
    removed: usize,
    unchanged: usize,
}

impl Work {
    fn file(&mut self, path: &Path, text: &str) -> Result<(), String> {
        let before = match fs::read(path) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", path, &error)),
        };
        if before.as_deref() == Some(text) {
            self.unchanged += 1;
            return Ok(());
        }
        self.written += 1;
        let shown = path.display();
        if self.check {
            self.out += &match before {
                Some(before) => format!("{shown} differs from what is declared:\n{}", difference::lines(&before, text)),
                None => format!("{shown} is missing\n"),
            };
            return Ok(());
        }
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, text)
        };
        write().map_err(|error| failed("write", path, &error))?;
        self.out += &format!("wrote {shown}\n");
        Ok(())
    }

    fn stale(&mut self, path: &Path) -> Result<(), String> {
        self.removed += 1;
        if self.check {
            self.out += &format!("{} is no longer made of anything declared\n", path.display());
            return Ok(());
        }
        fs::remove_file(path).map_err(|error| failed("remove", path, &error))?;
        self.out += &format!("removed {}\n", path.display());
        Ok(())
    }

    fn done(mut self) -> Output {
        let found = self.check && self.written + self.removed > 0;
        self.out += &match (self.check, found) {
            (true, true) => "run `lapwing generate` and commit what it writes\n".to_owned(),
            (true, false) => format!("all {} files are as declared\n", self.unchanged),
            (false, _) => {
                format!("{} written, {} removed, {} unchanged\n", self.written, self.removed, self.unchanged)
            }
        };
        Output { out: self.out, aside: String::new(), found }
    }
}
