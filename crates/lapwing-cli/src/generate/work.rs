//! What is written and removed, or would be.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use lapwing_monitor::{Root, made_for_drill};

use super::{difference, failed, made};
use crate::output::Output;

/// A file that is made: where, and what stands there now.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    path: PathBuf,
    before: Option<String>,
    text: &'a str,
}

impl<'a> Planned<'a> {
    /// A file below `folder`.
    ///
    /// # Errors
    /// What is there can't be read, leads elsewhere, wasn't made, or was made of other declarations: nothing is lost that isn't made again.
    pub(super) fn new(root: Root, folder: &Path, path: &Path, text: &'a str) -> Result<Planned<'a>, String> {
        let full = folder.join(path);
        // The folder itself may be a link: that is how its owner wants it.
        let below = full.ancestors().take_while(|ancestor| *ancestor != folder);
        if let Some(link) = below.filter(|part| part.is_symlink()).last() {
            return Err(format!(
                "`{}` is a symbolic link, and nothing is written through it: remove it",
                link.display()
            ));
        }
        let before = match fs::read(&full) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", &full, &error)),
        };
        // An empty file is what a full disk leaves.
        if let Some(before) = before.as_deref().filter(|before| !before.is_empty()) {
            let shown = full.display();
            let Some(origins) = made::origins(&full, before) else {
                return Err(format!(
                    "`{shown}` was not made by `lapwing generate`, and would be overwritten: move or remove it"
                ));
            };
            // What lies beside the declarations is theirs, whatever they were called when it was made.
            let own = made::origins(path, text).unwrap_or_default();
            if root != Root::Config && !origins.is_subset(&own) {
                let others: Vec<String> = origins.difference(&own).map(|origin| format!("`{origin}`")).collect();
                return Err(format!(
                    "`{shown}` was made from {}, and would be overwritten: {}, or remove it if {} is gone",
                    others.join(" and "),
                    match root {
                        Root::Grafana => "give these declarations a folder of their own by --grafana",
                        _ => "give these declarations a folder of their own by --docs",
                    },
                    others.join(" and "),
                ));
            }
        }
        Ok(Planned { path: full, before, text })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether windows as they are declared would be overwritten by divided ones.
    pub(super) fn divides_declared(&self) -> bool {
        let declared = self.before.as_deref().is_some_and(|before| !before.is_empty() && !made_for_drill(before));
        made_for_drill(self.text) && declared
    }
}

/// What is done, or would be.
#[derive(Debug, Default)]
pub(super) struct Work {
    check: bool,
    out: String,
    written: usize,
    removed: usize,
    unchanged: usize,
}

impl Work {
    /// With `check` nothing is changed.
    pub(super) fn new(check: bool) -> Work {
        Work { check, ..Work::default() }
    }

    pub(super) fn file(&mut self, file: &Planned<'_>) -> Result<(), String> {
        if file.before.as_deref() == Some(file.text) {
            self.unchanged += 1;
            return Ok(());
        }
        self.written += 1;
        let (path, shown) = (&file.path, file.path.display());
        if self.check {
            self.out += &match &file.before {
                Some(before) => {
                    format!("{shown} differs from what is declared:\n{}", difference::lines(before, file.text))
                }
                None => format!("{shown} is missing\n"),
            };
            return Ok(());
        }
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, file.text)
        };
        write().map_err(|error| failed("write", path, &error))?;
        self.out += &format!("wrote {shown}\n");
        Ok(())
    }

    pub(super) fn stale(&mut self, path: &Path) -> Result<(), String> {
        self.removed += 1;
        if self.check {
            self.out += &format!("{} is no longer made of anything declared\n", path.display());
            return Ok(());
        }
        fs::remove_file(path).map_err(|error| failed("remove", path, &error))?;
        self.out += &format!("removed {}\n", path.display());
        Ok(())
    }

    pub(super) fn done(mut self) -> Output {
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
