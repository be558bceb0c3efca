//! Programs built to find their data in one absolute folder, made to find them where they were unpacked.

use std::{fs, io, path::Path};

/// Debian's Alertmanager reads its templates and pages from here; upstream's has them inside. Of the same length, the other is taken
/// from the working directory, which [`Located::command`](crate::Located::command) sets to `usr` of the unpacked package.
const ALERTMANAGER: (&str, &str) = ("/usr/share/prometheus/alertmanager", ".////share/prometheus/alertmanager");

/// Lets Debian's Alertmanager at `program` find its data beside itself.
pub(crate) fn alertmanager(program: &Path) -> io::Result<()> {
    let mut bytes = fs::read(program)?;
    if replace(&mut bytes, ALERTMANAGER.0.as_bytes(), ALERTMANAGER.1.as_bytes()) > 0 {
        fs::write(program, bytes)?;
    }
    Ok(())
}

/// Replaces every occurrence; both are of the same length. Returns how many there were.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) -> usize {
    let (mut at, mut replaced) = (0, 0);
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == from[0]) {
        at += next;
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
            replaced += 1;
        }
        at += 1;
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_keeps_its_length_and_everything_else() {
        assert_eq!(ALERTMANAGER.0.len(), ALERTMANAGER.1.len());
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"\0//usr/share/prometheus/alertmanagerfailed\xff/usr/share/prometheus").unwrap();
        alertmanager(file.path()).unwrap();
        let expected = b"\0/.////share/prometheus/alertmanagerfailed\xff/usr/share/prometheus";
        assert_eq!(fs::read(file.path()).unwrap(), expected);
    }
}
