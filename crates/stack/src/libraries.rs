//! Shared libraries that a fetched program needs and the machine doesn't have.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// Debian 12's package of each library PostgreSQL 15 and wrk are linked to, directly or through another.
const PACKAGES: [(&str, &str); 45] = [
    ("libaudit.so.1", "libaudit1"),
    ("libcap-ng.so.0", "libcap-ng0"),
    ("libcap.so.2", "libcap2"),
    ("libcom_err.so.2", "libcom-err2"),
    ("libcrypto.so.3", "libssl3"),
    ("libdb-5.3.so", "libdb5.3"),
    ("libedit.so.2", "libedit2"),
    ("libffi.so.8", "libffi8"),
    ("libgcc_s.so.1", "libgcc-s1"),
    ("libgcrypt.so.20", "libgcrypt20"),
    ("libgmp.so.10", "libgmp10"),
    ("libgnutls.so.30", "libgnutls30"),
    ("libgpg-error.so.0", "libgpg-error0"),
    ("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
    ("libhogweed.so.6", "libhogweed6"),
    ("libicudata.so.72", "libicu72"),
    ("libicui18n.so.72", "libicu72"),
    ("libicuuc.so.72", "libicu72"),
    ("libidn2.so.0", "libidn2-0"),
    ("libk5crypto.so.3", "libk5crypto3"),
    ("libkeyutils.so.1", "libkeyutils1"),
    ("libkrb5.so.3", "libkrb5-3"),
    ("libkrb5support.so.0", "libkrb5support0"),
    ("liblber-2.5.so.0", "libldap-2.5-0"),
    ("libldap-2.5.so.0", "libldap-2.5-0"),
    ("libluajit-5.1.so.2", "libluajit-5.1-2"),
    ("liblz4.so.1", "liblz4-1"),
    ("liblzma.so.5", "liblzma5"),
    ("libnettle.so.8", "libnettle8"),
    ("libp11-kit.so.0", "libp11-kit0"),
    ("libpam.so.0", "libpam0g"),
    ("libpq.so.5", "libpq5"),
    ("libreadline.so.8", "libreadline8"),
    ("libsasl2.so.2", "libsasl2-2"),
    ("libselinux.so.1", "libselinux1"),
    ("libssl.so.3", "libssl3"),
    ("libstdc++.so.6", "libstdc++6"),
    ("libsystemd.so.0", "libsystemd0"),
    ("libtasn1.so.6", "libtasn1-6"),
    ("libtinfo.so.6", "libtinfo6"),
    ("libunistring.so.2", "libunistring2"),
    ("libxml2.so.2", "libxml2"),
    ("libxslt.so.1", "libxslt1.1"),
    ("libz.so.1", "zlib1g"),
    ("libzstd.so.1", "libzstd1"),
];

/// Names of libraries that `program` can't find, with `folders` searched besides the system's.
pub(crate) fn missing(program: &Path, folders: &[PathBuf]) -> BTreeSet<String> {
    let mut command = Command::new("ldd");
    command.arg(program);
    if let Ok(path) = std::env::join_paths(folders)
        && !path.is_empty()
    {
        command.env("LD_LIBRARY_PATH", path);
    }
    // Where there is no ldd the program itself will say what it lacks when it is asked for its version.
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    output.lines().filter_map(|line| Some(line.split_once(" => not found")?.0.trim().to_owned())).collect()
}

/// Debian 12's package of a library.
pub(crate) fn package_of(library: &str) -> Option<&'static str> {
    let at = PACKAGES.binary_search_by_key(&library, |(name, _)| name).ok()?;
    Some(PACKAGES[at].1)
}

/// Folders of libraries inside unpacked packages.
pub(crate) fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["usr/lib", "lib"]
        .iter()
        .flat_map(|base| {
            let base = root.join(base);
            let inner = std::fs::read_dir(&base).into_iter().flatten();
            inner.filter_map(|entry| Some(entry.ok()?.path())).chain([base])
        })
        .filter(|folder| {
            let entries = std::fs::read_dir(folder).into_iter().flatten();
            entries.filter_map(Result::ok).any(|entry| entry.file_name().to_string_lossy().contains(".so."))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_sorted_so_that_they_are_found() {
        assert!(PACKAGES.is_sorted());
        assert_eq!(package_of("libpq.so.5"), Some("libpq5"));
        assert_eq!(package_of("libnone.so.1"), None);
    }
}
