//! The machine's own apt sources: which Debian mirror it uses, and how that is signed.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// Suites that exist on a mirror of Debian itself; a source of one of these is taken for such a mirror.
const SUITES: [&str; 13] = [
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
    "sid",
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "experimental",
    "rc-buggy",
];

/// Fields that say how a mirror is reached and trusted; they are carried over, all others are not.
const KEPT: [&str; 8] = [
    "signed-by",
    "trusted",
    "check-valid-until",
    "check-date",
    "valid-until-max",
    "allow-insecure",
    "allow-weak",
    "inrelease-path",
];

const KEYRINGS: [&str; 2] =
    ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];

/// A Debian mirror as the machine's sources name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mirror {
    uris: String,
    /// Fields of [`KEPT`]; a multi-line value (an embedded key) keeps its lines.
    fields: BTreeMap<String, String>,
}

impl Mirror {
    /// The first source of Debian's `main` in `etc_apt/sources.list` and `etc_apt/sources.list.d`.
    pub(crate) fn of_machine(etc_apt: &Path) -> Option<Mirror> {
        let mut files = vec![etc_apt.join("sources.list")];
        if let Ok(folder) = fs::read_dir(etc_apt.join("sources.list.d")) {
            let mut more: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
            more.sort();
            files.append(&mut more);
        }
        let mut sources = files.iter().filter_map(|file| {
            let text = fs::read_to_string(file).ok()?;
            match file.extension()?.to_str()? {
                "list" => Some(one_line(&text)),
                "sources" => Some(deb822(&text)),
                _ => None,
            }
        });
        sources.find_map(|found| found.into_iter().find_map(Source::into_mirror))
    }

    /// A deb822 source of `suite`'s `main`.
    pub(crate) fn source(&self, suite: &str) -> String {
        let mut text = format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n", self.uris);
        for (field, value) in &self.fields {
            let _ = writeln!(text, "{field}: {value}");
        }
        if !self.fields.contains_key("signed-by")
            && let Some(keyring) = KEYRINGS.iter().find(|path| Path::new(path).exists())
        {
            let _ = writeln!(text, "signed-by: {keyring}");
        }
        text
    }
}

/// One entry of either format, field names in lower case.
struct Source(BTreeMap<String, String>);

impl Source {
    fn words(&self, field: &str) -> impl Iterator<Item = &str> {
        self.0.get(field).map(String::as_str).unwrap_or_default().split_whitespace()
    }

    fn into_mirror(self) -> Option<Mirror> {
        let enabled = !matches!(self.0.get("enabled").map(|v| v.to_ascii_lowercase()).as_deref(), Some("no" | "false"));
        let usable = enabled
            && self.words("types").any(|word| word == "deb")
            && self.words("components").any(|word| word == "main")
            && self.words("suites").any(|word| SUITES.contains(&word))
            && !self.words("uris").any(|uri| uri.starts_with("cdrom:"));
        usable.then(|| Mirror {
            uris: self.words("uris").collect::<Vec<_>>().join(" "),
            fields: self.0.into_iter().filter(|(field, _)| KEPT.contains(&field.as_str())).collect(),
        })
    }
}

/// `deb [option=value …] URI suite component…`
fn one_line(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some(rest) = line.strip_prefix("deb").filter(|rest| rest.starts_with([' ', '\t'])) else { continue };
        let rest = rest.trim_start();
        let (options, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((options, rest)) => (options, rest),
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let (Some(uri), Some(suite)) = (words.next(), words.next()) else { continue };
        let mut fields: BTreeMap<String, String> = options
            .split_whitespace()
            .filter_map(|option| option.split_once('='))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        fields.insert("types".to_owned(), "deb".to_owned());
        fields.insert("uris".to_owned(), uri.to_owned());
        fields.insert("suites".to_owned(), suite.to_owned());
        fields.insert("components".to_owned(), words.collect::<Vec<_>>().join(" "));
        sources.push(Source(fields));
    }
    sources
}

/// Stanzas of `Field: value`, continued by indented lines, parted by empty ones.
fn deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            if !fields.is_empty() {
                sources.push(Source(std::mem::take(&mut fields)));
            }
        } else if line.starts_with('#') {
            continue;
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = fields.get_mut(&last) {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.trim().to_ascii_lowercase();
            fields.insert(last.clone(), value.trim().to_owned());
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> Option<Mirror> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Mirror::of_machine(folder.path())
    }

    #[test]
    fn deb822_source_of_debian_is_found_among_others() {
        let text = "# comment\nTypes: deb\nURIs: https://vendor.test/apt\nSuites: nodistro\nComponents: main\n\n\
            Types: deb deb-src\n# another\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\n\
            Components: main contrib\nSigned-By: /usr/share/keyrings/k.gpg\nArchitectures: amd64\n";
        let mirror = machine(&[("sources.list.d/a.sources", text)]).unwrap();
        assert_eq!(
            mirror.source("sid"),
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: sid\nComponents: main\nsigned-by: /usr/share/keyrings/k.gpg\n"
        );
    }

    #[test]
    fn one_line_source_keeps_its_options() {
        let text = "# deb http://old.test/debian bookworm main\ndeb-src http://mirror.test/debian bookworm main\n\
            deb [arch=amd64 signed-by=/k.gpg trusted=yes] mirror+file:/etc/apt/mirrors/debian.list trixie main # ours\n";
        let mirror = machine(&[("sources.list", text)]).unwrap();
        assert_eq!(
            mirror.source("bookworm"),
            "Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n\
             signed-by: /k.gpg\ntrusted: yes\n"
        );
    }

    #[test]
    fn embedded_key_keeps_its_lines() {
        let text = "Types: deb\nURIs: http://mirror.test/debian\nSuites: stable\nComponents: main\nSigned-By:\n \
            -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n";
        let source = machine(&[("sources.list.d/debian.sources", text)]).unwrap().source("sid");
        assert!(source.ends_with(
            "signed-by: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n"
        ));
    }

    #[test]
    fn sources_that_are_no_mirror_of_debian_are_passed_over() {
        let disabled = "Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: sid\nComponents: main\n";
        assert_eq!(machine(&[("sources.list.d/a.sources", disabled)]), None);
        assert_eq!(machine(&[("sources.list", "deb http://archive.test/ubuntu noble main universe\n")]), None);
        assert_eq!(
            machine(&[("sources.list", "deb http://mirror.test/debian-security bookworm-security main\n")]),
            None
        );
        assert_eq!(machine(&[("sources.list", "deb cdrom:[Debian]/ bookworm main\n")]), None);
        assert_eq!(machine(&[("sources.list.d/a.list.disabled", "deb http://mirror.test/debian sid main\n")]), None);
        assert_eq!(machine(&[]), None);
    }
}
