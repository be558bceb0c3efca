//! The declarations of services in a folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use lapwing_config::monitoring;
use lapwing_document::{Document, Picture, Place};
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
    // However the folder is spelled: what is made says what it was made of.
    let real = fs::canonicalize(folder).map_err(|error| super::failed("find", folder, &error))?;
    let called = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut wrong = Vec::new();
    let mut services: Vec<Service> = Vec::new();
    let mut named: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for file in &files {
        match service(file) {
            Ok(mut service) => {
                let inside = file.strip_prefix(folder).unwrap_or(file);
                service.monitoring.file = format!("{called}/{}", inside.display());
                let name = &service.monitoring.service;
                if let Some(other) = named.insert(name.value.clone(), file) {
                    let message = format!("the service `{}` is declared in {} too", name.value, other.display());
                    let help = "what is made of one would overwrite what is made of the other: give each its own name";
                    wrong.push(drawn(file, name.place(), &message, Some(help)));
                }
                services.push(service);
            }
            Err(error) => wrong.push(error),
        }
    }
    Ok(if wrong.is_empty() { Ok(Declared { services, files }) } else { Err(wrong.join("\n\n")) })
}

/// The service that a `monitoring.yaml` declares; the error is what is wrong, drawn.
fn service(file: &Path) -> Result<Service, String> {
    let monitoring = monitoring::load(file).map_err(|error| error.to_string())?;
    let telemetry = file.with_file_name(&monitoring.telemetry);
    let text = fs::read_to_string(&telemetry).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", telemetry.display());
        let help = "`telemetry` names the file, beside this one, that declares what the service emits";
        let place = telemetry_place(file).unwrap_or(monitoring.service.place());
        drawn(file, place, &message, Some(help))
    })?;
    // What is made may not depend on the environment of who makes it.
    let configuration =
        lapwing_config::parse(&text, &telemetry.display().to_string(), &|_| None).map_err(|error| error.to_string())?;
    Ok(Service::new(monitoring, Signals::new(&configuration)))
}

/// Where a `monitoring.yaml` names its telemetry.
fn telemetry_place(file: &Path) -> Option<Place> {
    let text = fs::read_to_string(file).ok()?;
    let document = Document::yaml("", &text, &lapwing_document::Options::LENIENT);
    Some(document.root()?.get("telemetry")?.place)
}

fn drawn(file: &Path, place: Place, message: &str, help: Option<&str>) -> String {
    let Ok(text) = fs::read_to_string(file) else { return format!("error: {message}") };
    let excerpt = monitoring::excerpt(&text, &file.display().to_string(), place);
    let notes: Vec<(&str, &str)> = help.map(|help| ("help", help)).into_iter().collect();
    format!("error: {message}\n{}", Picture { excerpts: &[excerpt], notes: &notes })
}

impl Declared {
    /// The files; the error is what nothing can be made of, drawn.
    pub(super) fn generate(&self, options: Options) -> Result<Vec<GeneratedFile>, String> {
        generate(&self.services, &options).map_err(|error| self.drawn(&error))
    }

    fn drawn(&self, error: &GenerateError) -> String {
        let named = |service: &Service| service.monitoring.service.value == error.service;
        match self.services.iter().position(named).and_then(|index| self.files.get(index)) {
            Some(file) => {
                let place = Place { line: error.position.line, column: error.position.column, width: error.width };
                drawn(file, place, &error.message, error.help.as_deref())
            }
            None => format!("error: {error}"),
        }
    }
}
