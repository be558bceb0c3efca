//! Pages of `docs/` that keep the last measurement between two markers.

use std::{fs, io, path::Path};

/// A place on a page, between two lines that are comments of Markdown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

/// Why a page could not be rewritten.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("cannot read or write {path}: {source}")]
    File { path: String, source: io::Error },
    #[error("{path} has no line `{marker}`; put it back, so that what is measured has a place")]
    Marker { path: String, marker: &'static str },
}

/// Puts each text in the place of what was there; nothing else on the page is touched, and nothing at all where a place is missing.
pub(crate) fn write(path: &Path, texts: &[(Place, String)]) -> Result<(), PageError> {
    let failed = |source| PageError::File { path: path.display().to_string(), source };
    let mut page = fs::read_to_string(path).map_err(failed)?;
    for (place, text) in texts {
        let missing = |marker| PageError::Marker { path: path.display().to_string(), marker };
        page = replaced(&page, *place, text).map_err(missing)?;
    }
    fs::write(path, page).map_err(failed)
}

/// Fails with the marker that is missing.
fn replaced(page: &str, place: Place, text: &str) -> Result<String, &'static str> {
    let Place { begin, end } = place;
    let (before, rest) = page.split_once(begin).ok_or(begin)?;
    let (_, after) = rest.split_once(end).ok_or(end)?;
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { begin: "<!-- begin -->", end: "<!-- end -->" };

    #[test]
    fn text_takes_the_place_of_the_last_one() {
        let once = replaced("# Page\n\n<!-- begin -->\nold\n<!-- end -->\n\nafter\n", PLACE, "| new |\n").unwrap();
        assert_eq!(once, "# Page\n\n<!-- begin -->\n\n| new |\n\n<!-- end -->\n\nafter\n");
        assert_eq!(replaced(&once, PLACE, "| new |\n").unwrap(), once);
    }

    #[test]
    fn page_without_a_place_is_left_alone() {
        assert_eq!(replaced("# Page\n", PLACE, "t"), Err(PLACE.begin));
        assert_eq!(replaced("<!-- begin -->\n", PLACE, "t"), Err(PLACE.end));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.md");
        fs::write(&path, "# Page\n").unwrap();
        let error = write(&path, &[(PLACE, "t".to_owned())]).unwrap_err().to_string();
        assert!(error.contains("has no line `<!-- begin"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Page\n");
    }
}
