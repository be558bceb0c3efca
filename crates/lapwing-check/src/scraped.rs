//! Which jobs are scraped, as far as configurations of Prometheus among the files say.

use std::{ffi::OsStr, fs, io, path::Path, sync::Arc};

use lapwing_document::{Document, Node, Options};

use crate::{File, FileId, Frame, Project, PrometheusConfig, ScrapeJob, Text};

impl Project {
    /// The values that `job` has in series of targets; none if a configuration leaves that open.
    pub(crate) fn scraped_jobs(&self) -> Option<Vec<Text>> {
        let mut jobs = Vec::new();
        for config in self.prometheus() {
            let items = config.node.get("scrape_configs").map(Node::items).unwrap_or_default();
            let read = !self.unreadable.iter().any(|remark| remark.spot.file == config.frame.file_id());
            // An item can take its name from elsewhere, by an anchor.
            if !read || config.jobs.len() < items.len() || config.node.get("scrape_config_files").is_some() {
                return None;
            }
            for job in &config.jobs {
                // What is filled in when it is deployed is not there.
                if job.name.contains(['$', '{']) || is_given_by_others(&job.node) {
                    return None;
                }
                jobs.push(job.name.clone());
                jobs.extend(job.node.get("static_configs").into_iter().flat_map(|groups| given(&config.frame, groups)));
                jobs.extend(self.given_by_files(config, job)?);
            }
        }
        Some(jobs)
    }

    /// The values that files of targets give to `job`; none if they are not among those that are checked.
    fn given_by_files(&self, config: &PrometheusConfig, job: &ScrapeJob) -> Option<Vec<Text>> {
        let mut jobs = Vec::new();
        for sources in items(&job.node, "file_sd_configs") {
            for pattern in items(sources, "files") {
                let files = self.targets(config, pattern.as_str()?).ok().filter(|files| !files.is_empty())?;
                for (id, file) in files {
                    let document = Document::parse(&file.name, file.source.text(), &Options::LENIENT);
                    let root = document.root().filter(|_| document.is_complete())?;
                    jobs.extend(given(&Frame::file(id), root));
                }
            }
        }
        Some(jobs)
    }

    /// The files of this name, in which `*` stands for any part of the last component.
    fn targets(&self, config: &PrometheusConfig, pattern: &str) -> io::Result<Vec<(FileId, &File)>> {
        if !config.frame.is_file() {
            return Ok(Vec::new());
        }
        let folder = |path: &Path| {
            fs::canonicalize(path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        };
        let configuration = self.file(config.frame.file_id());
        let pattern = folder(&configuration.path)?.join(pattern);
        let (of_pattern, name) = (folder(&pattern)?, pattern.file_name().and_then(OsStr::to_str).unwrap_or_default());
        let is_meant = |file: &File| {
            let own = file.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            lapwing_config::glob_matches(name, own) && folder(&file.path).is_ok_and(|folder| folder == of_pattern)
        };
        let files = self.files().iter().enumerate().filter(|(_, file)| is_meant(file));
        Ok(files.map(|(index, file)| (FileId(index), file)).collect())
    }
}

/// Whether `job` of what is scraped may be any: relabelled, as what is scraped says itself, or from a service that lists targets.
fn is_given_by_others(job: &Node) -> bool {
    let mut found = job.get("http_sd_configs").is_some();
    job.walk(&mut |path, node| {
        found |= match path.key() {
            Some("target_label") => node.as_str() == Some("job"),
            Some("action") => node.as_str().is_some_and(|action| action.eq_ignore_ascii_case("labelmap")),
            Some("honor_labels") => node.as_text() != Some("false"),
            _ => false,
        };
    });
    found
}

/// The values of `job` in groups of targets.
fn given(frame: &Arc<Frame>, groups: &Node) -> Vec<Text> {
    groups.items().iter().filter_map(|group| frame.text(group.at(&["labels", "job"])?)).collect()
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}
