//! What a command prints, and how it exits.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// What a command prints, and how it exits.
#[derive(Debug)]
pub(crate) struct Output {
    /// What was asked for.
    pub(crate) out: String,
    /// What is said beside it.
    pub(crate) aside: String,
    /// Whether something was found.
    pub(crate) found: bool,
}

impl Output {
    pub(crate) fn clean(out: String) -> Output {
        Output { out, aside: String::new(), found: false }
    }

    /// Prints it. A reader that stops reading (`lapwing explain | head`) is no failure.
    pub(crate) fn print(&self) -> ExitCode {
        let written = io::stdout().lock().write_all(self.out.as_bytes());
        let said = io::stderr().lock().write_all(self.aside.as_bytes());
        match written.and(said) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                // Where even this can't be said there is nobody to say it to.
                let _ = writeln!(io::stderr(), "lapwing: can't write: {error}");
                ExitCode::from(crate::FAILED)
            }
            _ => ExitCode::from(u8::from(self.found)),
        }
    }
}
