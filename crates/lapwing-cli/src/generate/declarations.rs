//! The declarations of services in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lapwing_config::{ConfigError, monitoring};
use lapwing_document::{Picture, Place, Source};
use lapwing_monitor::{GenerateError, GeneratedFile, Options, Service, Signals, generate};

/// Services and where they are declared.
#[derive(Debug)]
pub(super) struct Declared {
    services: Vec<Service>,
    /// `monitoring.yaml` of each.
    files: Vec<PathBuf>,
}

/// Reads `<service>/monitoring.yaml` and the `telemetry.yaml` it names, of all services in a folder. The inner error is what is
/// wrong with the declarations, drawn.
pub(super) fn read(folder: &Path) -> Result<Result<Declared, String>, String> {
    let listed = fs::read_dir(folder).map_err(|error| super::failed("list", folder, &error))?;
    let mut files: Vec<PathBuf> = listed
        .filter_map(|entry| Some(entry.ok()?.path().join("monitoring.yaml")))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("no folder in `{}` has a monitoring.yaml", folder.display()));
    }
    let mut wrong = Vec::new();
    let mut services = Vec::new();
    for file in &files {
        match service(file) {
            Ok(service) => services.push(service),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    Ok(if wrong.is_empty() { Ok(Declared { services, files }) } else { Err(wrong.join("\n\n")) })
}

fn service(file: &Path) -> Result<Service, ConfigError> {
    let monitoring = monitoring::load(file)?;
    let telemetry = file.with_file_name(&monitoring.telemetry);
    let text =
        fs::read_to_string(&telemetry).map_err(|source| ConfigError::Read { path: telemetry.clone(), source })?;
    // What is made may not depend on the environment of who makes it.
    let configuration = lapwing_config::parse(&text, &telemetry.display().to_string(), &|_| None)?;
    Ok(Service { monitoring, signals: Signals::new(&configuration) })
}

impl Declared {
    /// The files; the error is what nothing can be made of, drawn.
    pub(super) fn generate(&self, options: Options) -> Result<Vec<GeneratedFile>, String> {
        generate(&self.services, &options).map_err(|error| self.drawn(&error))
    }

    fn drawn(&self, error: &GenerateError) -> String {
        let named = |service: &Service| service.monitoring.service.value == error.service;
        let file = self.services.iter().position(named).map(|index| &self.files[index]);
        let text = file.and_then(|file| fs::read_to_string(file).ok());
        let (Some(file), Some(text)) = (file, text) else { return format!("error: {error}") };
        let source = Source::new(file.display().to_string(), &text);
        let (line, column) = (error.position.line, error.position.column);
        let excerpt = source.excerpt(Place { line, column, width: error.width });
        let notes: Vec<(&str, &str)> = error.help.iter().map(|help| ("help", help.as_str())).collect();
        format!("error: {}\n{}", error.message, Picture { excerpts: &[excerpt], notes: &notes })
    }
}
