//! The command line.

use std::{ffi::OsString, path::PathBuf, str::FromStr};

use lapwing_check::{Format, Severity};
use lapwing_config::nearest;
use lexopt::{Parser, prelude::*};

pub(crate) const HELP: &str = "\
Makes what watches services from their declarations, and finds what is wrong between what services emit and what rules, routes and
dashboards expect.

Usage: lapwing generate [OPTIONS] DIR      rules, routes, dashboards from the declarations in DIR/<service>/
       lapwing check [OPTIONS] PATH...     findings in files and folders
       lapwing explain [ID]                what a finding means and how to mend it; without ID all rules

In this repository: cargo lapwing …

Options of `generate`, which writes only what changed, says what, and removes what it made before and makes no more:
  --check          write nothing; exit with 1 and show what differs
  --grafana DIR    folder of dashboards (default: grafana beside DIR)
  --docs DIR       folder of runbooks and references (default: docs beside DIR)
  --kubernetes     also objects for the Prometheus operator; left out next time, they are removed
  --compress N     divide all windows and waits by N, for drills; only where nothing is that was made without it

Options of `check`:
  --format FORMAT        text (default), json (one array) or github (annotations of a workflow)
  --min-severity LEVEL   show findings from this weight on: info (default), warning, error
  --fail-on LEVEL        exit with 1 for findings from this weight on: info, warning (default), error
  --live URL             scrape this endpoint too, and hold what it serves against the declaration of its service
  --token-file FILE      with --live: the bearer token that the endpoint wants
  --service NAME         with --live: which declared service it is, if it doesn't say so itself
  --verbose              say also which files hold nothing to check

  -h, --help             this text
  --version              the version

`check` reads *.yaml, *.yml and *.json and knows by what stands in them: telemetry.yaml and monitoring.yaml of services, Prometheus rules
and configuration, Alertmanager configuration, Grafana dashboards, and all of these as Kubernetes objects (PrometheusRule,
AlertmanagerConfig, ConfigMap, List). It passes over the rest, and over hidden folders, `target` and `node_modules`.
What exists is known from telemetry.yaml: give its folder along, or nothing is said about names of metrics.

A finding is allowed in its file, with a reason: `# lapwing: allow family/name reason` before what it is about.

Examples:
  lapwing generate otel-config
  lapwing generate --check otel-config      what CI runs
  lapwing check otel-config grafana
  lapwing check --live http://127.0.0.1:8080/metrics otel-config/sigil
  lapwing check --format github --fail-on error otel-config grafana
  lapwing explain metric/unknown

Environment:
  NO_COLOR   no colours, which else come on a terminal

Exit code: 0 clean, 1 findings (of `generate`: declarations that are wrong, or with --check files that differ), 2 the command
itself failed: the command line is wrong, or a path isn't there.
";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    Version,
    Check(CheckOptions),
    Generate(GenerateOptions),
    Explain { id: Option<String> },
}

/// How to check what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckOptions {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) format: Format,
    pub(crate) min_severity: Severity,
    pub(crate) fail_on: Severity,
    pub(crate) verbose: bool,
    pub(crate) live: Option<LiveOptions>,
}

/// Which endpoint to scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LiveOptions {
    pub(crate) url: String,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) service: Option<String>,
}

/// How to make what from what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GenerateOptions {
    pub(crate) folder: PathBuf,
    pub(crate) grafana: Option<PathBuf>,
    pub(crate) docs: Option<PathBuf>,
    pub(crate) check: bool,
    pub(crate) kubernetes: bool,
    pub(crate) compress: u32,
}

const COMMANDS: [&str; 4] = ["generate", "check", "explain", "help"];

/// The options of a command, for the nearest to a misspelt one.
fn options(command: &str) -> &'static [&'static str] {
    match command {
        "generate" => &["check", "grafana", "docs", "kubernetes", "compress", "help"],
        "check" => &["format", "min-severity", "fail-on", "live", "token-file", "service", "verbose", "help"],
        _ => &["help"],
    }
}

impl Arguments {
    pub(crate) fn from_command_line() -> Result<Self, lexopt::Error> {
        Self::parse(std::env::args_os().skip(1))
    }

    /// Reads what follows the program's name. One leading `--` is passed over: the cargo alias ends in one, and who writes another
    /// means that one.
    fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut words = words.into_iter().peekable();
        words.next_if(|word| word == "--");
        let mut parser = Parser::from_args(words);
        let command = match parser.next()? {
            None | Some(Short('h') | Long("help")) => return Ok(Arguments::Help),
            Some(Long("version") | Short('V')) => return Ok(Arguments::Version),
            Some(Value(word)) => word.string()?,
            Some(other) => return Err(other.unexpected()),
        };
        match command.as_str() {
            "generate" => generate(&mut parser),
            "check" => check(&mut parser),
            "explain" => explain(&mut parser),
            "help" => Ok(Arguments::Help),
            other => Err(no("command", other, "", &COMMANDS)),
        }
    }
}

fn check(parser: &mut Parser) -> Result<Arguments, lexopt::Error> {
    let mut options = CheckOptions {
        paths: Vec::new(),
        format: Format::Text,
        min_severity: Severity::Info,
        fail_on: Severity::Warning,
        verbose: false,
        live: None,
    };
    let (mut url, mut token_file, mut service) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Long("format") => options.format = value(parser, "--format")?,
            Long("min-severity") => options.min_severity = value(parser, "--min-severity")?,
            Long("fail-on") => options.fail_on = value(parser, "--fail-on")?,
            Long("verbose") => options.verbose = true,
            Long("live") => url = Some(parser.value()?.string()?),
            Long("token-file") => token_file = Some(PathBuf::from(parser.value()?)),
            Long("service") => service = Some(parser.value()?.string()?),
            Value(path) => options.paths.push(path.into()),
            Long(unknown) => return Err(no_option("check", unknown)),
            other => return Err(other.unexpected()),
        }
    }
    options.live = match url {
        Some(url) => Some(LiveOptions { url, token_file, service }),
        None if token_file.is_some() || service.is_some() => {
            return Err("--token-file and --service are for an endpoint: give its URL by --live".into());
        }
        None => None,
    };
    match options.paths.is_empty() {
        true => Err("check what? Name files or folders, such as `lapwing check otel-config grafana`".into()),
        false => Ok(Arguments::Check(options)),
    }
}

fn generate(parser: &mut Parser) -> Result<Arguments, lexopt::Error> {
    let mut folder: Option<PathBuf> = None;
    let (mut grafana, mut docs) = (None, None);
    let (mut check, mut kubernetes, mut compress) = (false, false, 1);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Long("check") => check = true,
            Long("kubernetes") => kubernetes = true,
            Long("grafana") => grafana = Some(parser.value()?.into()),
            Long("docs") => docs = Some(parser.value()?.into()),
            Long("compress") => {
                let text = parser.value()?.to_string_lossy().into_owned();
                let number = text.parse().ok().filter(|number| *number >= 1);
                compress = number.ok_or_else(|| format!("--compress {text:?}: must be a whole number from 1 on"))?;
            }
            Value(path) if folder.is_none() => folder = Some(path.into()),
            Long(unknown) => return Err(no_option("generate", unknown)),
            other => return Err(other.unexpected()),
        }
    }
    let folder =
        folder.ok_or("generate from what? Name the folder of the services, such as `lapwing generate otel-config`")?;
    Ok(Arguments::Generate(GenerateOptions { folder, grafana, docs, check, kubernetes, compress }))
}

fn explain(parser: &mut Parser) -> Result<Arguments, lexopt::Error> {
    let mut id = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Value(word) if id.is_none() => id = Some(word.string()?),
            Long(unknown) => return Err(no_option("explain", unknown)),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Arguments::Explain { id })
}

/// The value of an option, or an error that names the option and what it wants.
fn value<T: FromStr<Err = String>>(parser: &mut Parser, option: &str) -> Result<T, lexopt::Error> {
    let text = parser.value()?.to_string_lossy().into_owned();
    text.parse().map_err(|wanted| format!("{option} {text:?}: {wanted}").into())
}

fn no_option(command: &str, unknown: &str) -> lexopt::Error {
    no("option", unknown, "--", options(command))
}

fn no(what: &str, unknown: &str, dashes: &str, known: &[&str]) -> lexopt::Error {
    let said = match nearest(unknown, known.iter().copied()) {
        Some(meant) => format!("there is no {what} {dashes}{unknown}; did you mean {dashes}{meant}?"),
        None => {
            let all: Vec<String> = known.iter().map(|name| format!("{dashes}{name}")).collect();
            format!("there is no {what} {dashes}{unknown}; there are {}", all.join(", "))
        }
    };
    said.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_and_their_options() {
        for line in ["", "--help", "-h", "help", "check --help", "explain -h", "-- --help"] {
            assert_eq!(parse(line), Ok(Arguments::Help), "{line}");
        }
        assert_eq!(parse("--version"), Ok(Arguments::Version));
        assert_eq!(parse("explain"), Ok(Arguments::Explain { id: None }));
        assert_eq!(parse("explain a/b"), Ok(Arguments::Explain { id: Some("a/b".to_owned()) }));
        let options = CheckOptions {
            paths: vec!["a".into(), "b.yaml".into()],
            format: Format::Json,
            min_severity: Severity::Warning,
            fail_on: Severity::Error,
            verbose: true,
            live: Some(LiveOptions {
                url: "http://h:1/m".to_owned(),
                token_file: Some("t".into()),
                service: Some("s".to_owned()),
            }),
        };
        let line = "check a --live http://h:1/m --token-file t --service s --format json --min-severity=warning b.yaml --fail-on error --verbose";
        assert_eq!(parse(line), Ok(Arguments::Check(options)));
    }

    #[test]
    fn generation_takes_one_folder() {
        let options = GenerateOptions {
            folder: "a".into(),
            grafana: Some("g".into()),
            docs: None,
            check: true,
            kubernetes: false,
            compress: 60,
        };
        assert_eq!(parse("generate a --check --grafana g --compress 60"), Ok(Arguments::Generate(options)));
        assert!(parse("generate").unwrap_err().starts_with("generate from what?"));
        assert!(parse("generate a b").is_err());
        assert_eq!(parse("generate a --compress 0").unwrap_err(), "--compress \"0\": must be a whole number from 1 on");
    }

    #[test]
    fn wrong_words_name_the_right_ones() {
        for (line, said) in [
            ("chekc", "there is no command chekc; did you mean check?"),
            ("lint", "there is no command lint; there are generate, check, explain, help"),
            ("check --fromat json a", "there is no option --fromat; did you mean --format?"),
            ("check --format xml a", "--format \"xml\": must be text, json or github"),
            ("check --fail-on all a", "--fail-on \"all\": must be error, warning or info"),
            ("explain --format json", "there is no option --format; there are --help"),
            ("check --service s a", "--token-file and --service are for an endpoint: give its URL by --live"),
            ("check", "check what? Name files or folders, such as `lapwing check otel-config grafana`"),
        ] {
            assert_eq!(parse(line), Err(said.to_owned()), "{line}");
        }
        assert!(parse("explain a b").is_err());
    }

    #[test]
    fn help_names_every_command_and_option() {
        for command in ["generate", "check", "explain"] {
            assert!(HELP.contains(&format!("lapwing {command}")), "{command}");
            for option in options(command) {
                assert!(HELP.contains(&format!("  --{option}")) || HELP.contains(&format!(", --{option}")), "{option}");
            }
        }
    }
}
