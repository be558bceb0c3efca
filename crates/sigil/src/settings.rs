//! What the service can be told, by flags and environment.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use crate::store::{DatabaseUrl, DatabaseUrlError};

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) data: PathBuf,
    pub(crate) database: Option<DatabaseUrl>,
    pub(crate) forget_mirror: bool,
    pub(crate) telemetry: Option<PathBuf>,
    pub(crate) workers: usize,
    pub(crate) max_body: usize,
    pub(crate) max_content: usize,
    pub(crate) max_batch: usize,
    pub(crate) max_in_flight: usize,
    pub(crate) max_ttl: Duration,
    pub(crate) resonance_threshold: f64,
    pub(crate) gc_interval: Duration,
    pub(crate) retention: Duration,
    pub(crate) outbox_limit: u64,
    pub(crate) shutdown_timeout: Duration,
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Run with these settings.
    Run(Box<Settings>),
    /// Print this and end well.
    Print(String),
}

/// A setting can't be used. Values are not quoted: one may be a secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A flag that does not exist, or misses its value.
    #[error("{0}; see --help")]
    CommandLine(String),
    /// A value of the wrong form.
    #[error("{name} is not {expected}; see --help")]
    Value {
        /// Flag or variable.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The admin address is reachable from elsewhere.
    #[error(
        "--admin is not a loopback address: who reaches it can break the service on purpose; use 127.0.0.1 or [::1]"
    )]
    AdminNotLoopback,
    /// `DATABASE_URL` is unusable.
    #[error("{0}")]
    Database(String),
    /// Two settings that exclude each other.
    #[error("{0}")]
    Conflict(&'static str),
}

/// A setting with a value: flag, variable, default, what it is.
struct Spec {
    flag: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
}

const SPECS: [Spec; 17] = [
    Spec {
        flag: "listen",
        env: "SIGIL_LISTEN",
        default: "127.0.0.1:8080",
        help: "address of the API and /metrics; port 0 picks one",
    },
    Spec {
        flag: "admin",
        env: "SIGIL_ADMIN",
        default: "",
        help: "loopback address of the admin listener (faults, gc, load runs); off unless given",
    },
    Spec {
        flag: "data",
        env: "SIGIL_DATA",
        default: "sigil-data",
        help: "directory of the signing key and the embedded store",
    },
    Spec { flag: "workers", env: "SIGIL_WORKERS", default: "2", help: "threads that serve HTTP" },
    Spec { flag: "max-body", env: "SIGIL_MAX_BODY", default: "1048576", help: "bytes of a request body at most" },
    Spec { flag: "max-content", env: "SIGIL_MAX_CONTENT", default: "524288", help: "bytes of one content at most" },
    Spec { flag: "max-batch", env: "SIGIL_MAX_BATCH", default: "100", help: "items of a batch at most" },
    Spec {
        flag: "max-in-flight",
        env: "SIGIL_MAX_IN_FLIGHT",
        default: "256",
        help: "operations at once at most; more are answered with 503",
    },
    Spec { flag: "max-ttl", env: "SIGIL_MAX_TTL", default: "315360000", help: "longest ttl_seconds of a sigil" },
    Spec {
        flag: "threshold",
        env: "SIGIL_THRESHOLD",
        default: "0.7",
        help: "resonance from which content resonates, 0 to 1",
    },
    Spec { flag: "gc-interval", env: "SIGIL_GC_INTERVAL", default: "60", help: "seconds between collections" },
    Spec {
        flag: "retention",
        env: "SIGIL_RETENTION",
        default: "86400",
        help: "seconds that a revoked or expired sigil is kept",
    },
    Spec {
        flag: "outbox-limit",
        env: "SIGIL_OUTBOX_LIMIT",
        default: "1000000",
        help: "changes that may wait for PostgreSQL before new sigils are refused",
    },
    Spec {
        flag: "shutdown-timeout",
        env: "SIGIL_SHUTDOWN_TIMEOUT",
        default: "30",
        help: "seconds that requests in flight may take after SIGTERM",
    },
    Spec {
        flag: "otel-config",
        env: "OTEL_CONFIG_FILE",
        default: "",
        help: "telemetry.yaml; the built-in one unless given",
    },
    Spec {
        flag: "",
        env: "DATABASE_URL",
        default: "",
        help: "postgres://user:password@host:port/database to mirror the store to; variable only, flags are visible to others",
    },
    Spec {
        flag: "",
        env: "DATABASE_PASSWORD_FILE",
        default: "",
        help: "file that holds the password, for a DATABASE_URL without one",
    },
];

impl Settings {
    /// Reads flags, then variables, then defaults. `args` comes without the program's name.
    ///
    /// # Errors
    ///
    /// A flag is unknown, or a value is of the wrong form.
    pub fn from_args(args: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Command, SettingsError> {
        Self::read(args, |name| std::env::var_os(name))
    }

    fn read(
        args: impl IntoIterator<Item = impl Into<OsString>>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Command, SettingsError> {
        let mut given: Vec<Option<OsString>> = vec![None; SPECS.len()];
        let mut forget_mirror = false;
        let mut parser = lexopt::Parser::from_args(args.into_iter().map(Into::into));
        let wrong = |e: lexopt::Error| SettingsError::CommandLine(e.to_string());
        while let Some(arg) = parser.next().map_err(wrong)? {
            match arg {
                lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => return Ok(Command::Print(help())),
                lexopt::Arg::Short('V') | lexopt::Arg::Long("version") => {
                    return Ok(Command::Print(concat!("sigil ", env!("CARGO_PKG_VERSION"), "\n").to_owned()));
                }
                lexopt::Arg::Long("forget-mirror") => forget_mirror = true,
                lexopt::Arg::Long(flag) => {
                    let Some(at) = SPECS.iter().position(|spec| spec.flag == flag && !flag.is_empty()) else {
                        return Err(SettingsError::CommandLine(format!("there is no flag --{flag}")));
                    };
                    given[at] = Some(parser.value().map_err(wrong)?);
                }
                other => return Err(wrong(other.unexpected())),
            }
        }
        let values = Values { given, env: &env };
        let unusable = |e: DatabaseUrlError| SettingsError::Database(e.to_string());
        let mut database =
            values.text("DATABASE_URL")?.map(|url| DatabaseUrl::parse(&url).map_err(unusable)).transpose()?;
        if let Some(file) = values.path("DATABASE_PASSWORD_FILE") {
            let Some(url) = database else {
                return Err(SettingsError::Conflict(
                    "DATABASE_PASSWORD_FILE is for the password of DATABASE_URL, which is not set: set it, without a password",
                ));
            };
            database = Some(url.with_password_of(&file).map_err(unusable)?);
        }
        if database.is_some() && forget_mirror {
            return Err(SettingsError::Conflict("--forget-mirror forgets what DATABASE_URL asks for: use one of them"));
        }
        let admin: Option<SocketAddr> = values.optional("admin", "an address such as 127.0.0.1:9000")?;
        if admin.is_some_and(|address| !address.ip().is_loopback()) {
            return Err(SettingsError::AdminNotLoopback);
        }
        let count = |flag| values.required::<NonZeroUsize>(flag, "a whole number above 0").map(usize::from);
        let seconds = |flag| {
            // Whole years of the universe's age fit; more would overflow the arithmetic on times.
            let number: f64 = values.required(flag, "a number of seconds")?;
            Duration::try_from_secs_f64(number)
                .ok()
                .filter(|d| d.as_secs() < 1 << 40)
                .ok_or_else(|| values.wrong(flag, "a number of seconds"))
        };
        let threshold: f64 = values.required("threshold", "a number between 0 and 1")?;
        if !(0.0..=1.0).contains(&threshold) {
            return Err(values.wrong("threshold", "a number between 0 and 1"));
        }
        let gc_interval = seconds("gc-interval")?;
        if gc_interval.is_zero() {
            return Err(values.wrong("gc-interval", "a number of seconds above 0"));
        }
        Ok(Command::Run(Box::new(Settings {
            listen: values.required("listen", "an address such as 127.0.0.1:8080")?,
            admin,
            data: values.path("data").unwrap_or_default(),
            database,
            forget_mirror,
            telemetry: values.path("otel-config"),
            workers: count("workers")?,
            max_body: count("max-body")?,
            max_content: count("max-content")?,
            max_batch: count("max-batch")?,
            max_in_flight: count("max-in-flight")?,
            max_ttl: seconds("max-ttl")?,
            resonance_threshold: threshold,
            gc_interval,
            retention: seconds("retention")?,
            outbox_limit: values.required("outbox-limit", "a whole number")?,
            shutdown_timeout: seconds("shutdown-timeout")?,
        })))
    }
}

/// Where values come from.
struct Values<'a, E> {
    given: Vec<Option<OsString>>,
    env: &'a E,
}

impl<E: Fn(&str) -> Option<OsString>> Values<'_, E> {
    /// An empty value counts as none.
    fn raw(&self, name: &str) -> Option<OsString> {
        let at = SPECS.iter().position(|spec| spec.flag == name || spec.env == name)?;
        let spec = &SPECS[at];
        self.given[at]
            .clone()
            .or_else(|| (self.env)(spec.env).filter(|value| !value.is_empty()))
            .or_else(|| Some(spec.default.into()))
            .filter(|value| !value.is_empty())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    fn text(&self, name: &str) -> Result<Option<String>, SettingsError> {
        self.raw(name).map(|raw| raw.into_string().map_err(|_| self.wrong(name, "UTF-8"))).transpose()
    }

    fn optional<T: FromStr>(&self, name: &str, expected: &'static str) -> Result<Option<T>, SettingsError> {
        self.text(name)?.map(|text| text.parse().map_err(|_| self.wrong(name, expected))).transpose()
    }

    fn required<T: FromStr>(&self, name: &str, expected: &'static str) -> Result<T, SettingsError> {
        self.optional(name, expected)?.ok_or_else(|| self.wrong(name, expected))
    }

    /// Names the flag or the variable, whichever the value came from.
    fn wrong(&self, name: &str, expected: &'static str) -> SettingsError {
        let name = match SPECS.iter().position(|spec| spec.flag == name) {
            Some(at) if self.given[at].is_none() && (self.env)(SPECS[at].env).is_some() => SPECS[at].env.to_owned(),
            Some(_) => format!("--{name}"),
            None => name.to_owned(),
        };
        SettingsError::Value { name, expected }
    }
}

fn help() -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "sigil: seals content into compact, signed fingerprints and tells how closely other content resembles them.\n\n\
         usage: sigil [--FLAG VALUE]...\n\n\
         A flag wins over its variable, a variable over the default.\n\n",
    );
    // Writing to a String never fails.
    for Spec { flag, env, default, help } in &SPECS {
        let flag = if flag.is_empty() { String::new() } else { format!("--{flag}") };
        let default = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        let _ = writeln!(text, "  {flag:<20} {env:<24} {help}{default}");
    }
    let _ = writeln!(
        text,
        "  {:<20} {:<24} stop keeping changes for a PostgreSQL that is not coming back",
        "--forget-mirror", ""
    );
    text.push_str(
        "\nThe built-in telemetry.yaml reads more: METRICS_TOKEN (bearer token of /metrics), SIGIL_LOG (filter, as RUST_LOG),\n\
         SIGIL_LOG_FORMAT (text, json or off), SIGIL_TRACE_RATIO (share of traces sampled, 0 to 1), OTEL_SERVICE_NAME,\n\
         OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED.\n\
         \nWhen ready, it prints one line an address: `sigil listening on http://…`, `admin listening on http://…`.\n\
         SIGTERM or SIGINT lets requests in flight finish and ends it; a second one ends it at once.\n\n\
         Try:\n  \
         sigil --data /tmp/sigil &\n  \
         curl -s 127.0.0.1:8080/api/sigils -H 'content-type: application/json' -d '{\"content\": \"to be sealed\"}'\n  \
         curl -s 127.0.0.1:8080/metrics | grep ^sigil_encode\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str], env: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        match Settings::read(args, env)? {
            Command::Run(settings) => Ok(*settings),
            Command::Print(text) => panic!("printed {text}"),
        }
    }

    #[test]
    fn flag_wins_over_variable_over_default() {
        let settings = read(&[], &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!((settings.admin, settings.max_batch), (None, 100));
        let env = [("SIGIL_LISTEN", "127.0.0.1:1"), ("SIGIL_MAX_BATCH", "7"), ("SIGIL_ADMIN", "")];
        let settings = read(&["--listen", "[::1]:2", "--retention=0.5"], &env).unwrap();
        assert_eq!(settings.listen.to_string(), "[::1]:2");
        assert_eq!((settings.max_batch, settings.retention), (7, Duration::from_millis(500)));
    }

    #[test]
    fn admin_elsewhere_than_loopback_is_refused() {
        for address in ["0.0.0.0:9000", "192.0.2.1:9000", "[::]:9000"] {
            assert!(matches!(read(&["--admin", address], &[]), Err(SettingsError::AdminNotLoopback)), "{address}");
        }
        assert!(read(&["--admin", "[::1]:0"], &[]).unwrap().admin.is_some());
    }

    #[test]
    fn wrong_values_are_refused_by_name_and_never_quoted() {
        /// Flags, variables, and what the error names.
        type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);
        let cases: [Case; 10] = [
            (&["--listen", "canary"], &[], "--listen"),
            (&[], &[("SIGIL_LISTEN", "canary")], "SIGIL_LISTEN"),
            (&["--threshold", "1.5"], &[], "--threshold"),
            (&["--gc-interval", "0"], &[], "--gc-interval"),
            (&["--retention", "1e300"], &[], "--retention"),
            (&["--max-batch", "0"], &[], "--max-batch"),
            (&["--nope"], &[], "--nope"),
            (&[], &[("DATABASE_URL", "canary")], "DATABASE_URL"),
            (&[], &[("DATABASE_PASSWORD_FILE", "/canary")], "DATABASE_URL, which is not set"),
            (
                &[],
                &[("DATABASE_URL", "postgres://u:canary@127.0.0.1/db"), ("DATABASE_PASSWORD_FILE", "/dev/null")],
                "leave one of them out",
            ),
        ];
        for (args, env, name) in cases {
            let error = read(args, env).unwrap_err().to_string();
            assert!(error.contains(name) && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn password_is_not_shown() {
        let settings = read(&[], &[("DATABASE_URL", "postgres://u:canary@127.0.0.1/db")]).unwrap();
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn help_names_every_setting() {
        let Command::Print(text) = Settings::from_args(["--help"]).unwrap() else { panic!("help is printed") };
        for spec in &SPECS {
            assert!(text.contains(spec.flag) && text.contains(spec.env), "{} {}", spec.flag, spec.env);
        }
    }
}
