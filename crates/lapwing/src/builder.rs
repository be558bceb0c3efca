//! Settings of the start.

use std::path::PathBuf;

use lapwing_config::{ConfigError, Configuration};
use tracing_subscriber::{Layer, Registry};

use crate::{
    BuildInfo, InitError, Sigterm, Telemetry,
    assembly::{self, Wishes},
    resource::executable,
    subscriber::ExtraLayer,
};

/// The configuration that holds where no file is named.
const DEFAULT: &str = include_str!("default.yaml");

/// Starts telemetry; made by [`builder`](crate::builder).
#[must_use = "it does nothing until `init` is called"]
#[derive(Default)]
pub struct Builder {
    source: Source,
    build_info: Option<BuildInfo>,
    local: bool,
    sigterm: Option<Sigterm>,
    layers: Vec<ExtraLayer>,
}

#[derive(Default)]
enum Source {
    #[default]
    Environment,
    File(PathBuf),
    Text {
        name: String,
        text: String,
    },
}

impl Builder {
    /// Reads this file, whatever `OTEL_CONFIG_FILE` says.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.source = Source::File(path.into());
        self
    }

    /// Takes this text as the configuration; `name` stands for the file in messages. Relative paths in it are relative
    /// to the working directory.
    pub fn config_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.source = Source::Text { name: name.into(), text: text.into() };
        self
    }

    /// Exports `build_info{service,version,profile} 1`. Default: `service` and `version` from `service.name` and
    /// `service.version` of the resource, if it has a version, else no such metric.
    pub fn build_info(mut self, info: BuildInfo) -> Self {
        self.build_info = Some(info);
        self
    }

    /// Whether the subscriber, the meter and tracer providers and the propagator are installed for the whole process
    /// (default true). If not, nothing outside the returned [`Telemetry`] is touched: spans are measured where
    /// [`Telemetry::dispatch`] is made the subscriber. Made for tests.
    pub fn global(mut self, global: bool) -> Self {
        self.local = !global;
        self
    }

    /// What happens at SIGTERM. Default: [`Sigterm::default`], or [`Sigterm::Ignore`] where telemetry is not global.
    pub fn sigterm(mut self, sigterm: Sigterm) -> Self {
        self.sigterm = Some(sigterm);
        self
    }

    /// Adds a layer of your own beneath Lapwing's. Layers are called in the order they are added.
    pub fn layer(mut self, layer: impl Layer<Registry> + Send + Sync + 'static) -> Self {
        self.layers.push(Box::new(layer));
        self
    }

    /// Starts telemetry.
    ///
    /// # Errors
    /// If the configuration is wrong or can't be served, if the listener's address is taken, or if a global subscriber
    /// is installed already. Nothing stays installed then.
    pub fn init(mut self) -> Result<Telemetry, InitError> {
        let (file, configuration) = std::mem::take(&mut self.source).read()?;
        let (global, on_sigterm) = (self.is_global(), self.on_sigterm());
        let wishes = Wishes { global, build_info: self.build_info, on_sigterm, layers: self.layers };
        assembly::assemble(wishes, file, configuration)
    }

    fn is_global(&self) -> bool {
        !self.local
    }

    fn on_sigterm(&self) -> Sigterm {
        self.sigterm.unwrap_or(if self.local { Sigterm::Ignore } else { Sigterm::default() })
    }
}

impl Source {
    fn read(self) -> Result<(String, Configuration), ConfigError> {
        match self {
            Source::File(path) => Ok((path.display().to_string(), lapwing_config::load(&path)?)),
            Source::Text { name, text } => {
                let configuration = lapwing_config::parse(&text, &name, &|variable| std::env::var(variable).ok())?;
                Ok((name, configuration))
            }
            Source::Environment => match lapwing_config::file_from_env() {
                Some(path) => Source::File(path).read(),
                None => {
                    let name = "default.yaml".to_owned();
                    let configuration = lapwing_config::parse(DEFAULT, &name, &variable_or_name)?;
                    Ok((name, configuration))
                }
            },
        }
    }
}

/// The environment, in which the service is called as the executable if nothing else names it.
fn variable_or_name(variable: &str) -> Option<String> {
    let set = |variable: &str| std::env::var(variable).ok().filter(|value| !value.is_empty());
    let named = |list: String| list.split(',').any(|pair| pair.trim_start().starts_with("service.name="));
    set(variable).or_else(|| {
        (variable == "OTEL_SERVICE_NAME" && !set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(named)).then(executable)
    })
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("build_info", &self.build_info)
            .field("global", &self.is_global())
            .field("sigterm", &self.on_sigterm())
            .field("layers", &self.layers.len())
            .finish_non_exhaustive()
    }
}
