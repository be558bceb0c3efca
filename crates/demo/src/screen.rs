//! The terminal: a table redrawn in place, or a line now and then where there is none.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use crate::figures::{Figures, WINDOW};

/// What is shown.
pub(crate) struct View<'a> {
    pub(crate) elapsed: Duration,
    /// Empty without Prometheus.
    pub(crate) figures: &'a [Figures],
    /// Line on the clients.
    pub(crate) load: &'a str,
    /// Requests that were meant to be refused and were.
    pub(crate) refused: usize,
    /// What is being done to the service.
    pub(crate) fault: Option<&'a str>,
    /// Which alerts there are, and what was told of them.
    pub(crate) alerts: Option<(&'a str, &'a str)>,
    /// What is wrong with showing.
    pub(crate) note: Option<&'a str>,
}

/// What is refused, and that it is no fault.
const REFUSED: &str = "refused as intended: unknown or withdrawn ids, malformed requests";

/// Standard output.
pub(crate) struct Screen {
    terminal: bool,
    drawn: usize,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Screen { terminal: io::stdout().is_terminal(), drawn: 0 }
    }

    /// How often it is worth showing something.
    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs(if self.terminal { 1 } else { 5 })
    }

    /// Whether what is shown replaces what was, so that nothing need be said only once.
    pub(crate) fn redraws(&self) -> bool {
        self.terminal
    }

    /// Writes a line that stays.
    pub(crate) fn say(&mut self, line: &str) -> io::Result<()> {
        self.drawn = 0;
        writeln!(io::stdout(), "{line}")
    }

    /// Shows the figures, in place of the last where that is possible.
    pub(crate) fn show(&mut self, view: &View<'_>) -> io::Result<()> {
        if !self.terminal {
            return self.say(&line(view));
        }
        let (width, height) = size();
        let text = table(view);
        let mut out = String::new();
        if self.drawn > 0 {
            // To the first line of what was drawn, then clear what follows.
            let _ = write!(out, "\x1b[{}A\x1b[J", self.drawn);
        }
        self.drawn = 0;
        // A wrapped line or one more than fit would spoil the counting back.
        for line in text.lines().take(height.saturating_sub(1)) {
            out.extend(line.chars().take(width));
            out.push('\n');
            self.drawn += 1;
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(out.as_bytes())?;
        stdout.flush()
    }
}

/// Columns and rows.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, 24),
    }
}

fn table(view: &View<'_>) -> String {
    let mut text = String::new();
    let seconds = view.elapsed.as_secs();
    let _ = writeln!(
        text,
        "\nafter {}:{:02}, over the last {WINDOW}, as Prometheus computes it",
        seconds / 60,
        seconds % 60
    );
    // Rows of nothing but dashes would look like a failure; until there are figures the note says what is awaited.
    let figures = if view.figures.iter().any(Figures::known) { view.figures } else { &[] };
    if !figures.is_empty() {
        let _ = writeln!(
            text,
            "{:<18} {:>9} {:>9} {:>8} {:>9} {:>9} {:>9}",
            "operation", "rate", "errors", "", "P50", "P95", "P99"
        );
    }
    for figures in figures {
        let [p50, p95, p99] = figures.quantiles.map(|value| quantile(value, figures.seconds));
        let rate = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}/s"));
        let _ = writeln!(
            text,
            "{:<18} {:>9} {:>9} {:>8} {p50:>9} {p95:>9} {p99:>9}",
            figures.title,
            rate(figures.rate),
            rate(figures.errors),
            share(figures),
        );
    }
    let _ = writeln!(text, "\nclients: {}", view.load);
    let _ = writeln!(text, "         {} {REFUSED}", view.refused);
    let _ = writeln!(text, "faults:  {}", view.fault.unwrap_or("none at the moment"));
    if let Some((alerts, told)) = view.alerts {
        let _ = writeln!(text, "alerts:  {alerts}\ntold:    {told}");
    }
    if let Some(note) = view.note {
        let _ = writeln!(text, "note:    {note}");
    }
    text
}

/// The same on one line, of what has a rate.
fn line(view: &View<'_>) -> String {
    let mut text = format!("[{:>4} s]", view.elapsed.as_secs());
    for figures in view.figures {
        let Some(rate) = figures.rate else { continue };
        let _ = write!(text, " {} {rate:.1}/s", figures.title);
        if figures.errors.is_some_and(|errors| errors > 0.0) {
            let _ = write!(text, " ({} errors)", share(figures));
        }
        if let Some(p95) = figures.quantiles[1] {
            let _ = write!(text, " P95 {}", quantile(Some(p95), figures.seconds));
        }
        text.push(';');
    }
    let _ = write!(text, " clients: {}; {} {REFUSED}", view.load, view.refused);
    if let Some((alerts, told)) = view.alerts {
        let _ = write!(text, "; alerts: {alerts}; told: {told}");
    }
    for also in [view.fault, view.note].into_iter().flatten() {
        let _ = write!(text, "; {also}");
    }
    text
}

fn share(figures: &Figures) -> String {
    match (figures.errors, figures.rate) {
        (Some(errors), Some(rate)) if rate > 0.0 => format!("{:.1} %", errors / rate * 100.0),
        _ => String::new(),
    }
}

fn quantile(value: Option<f64>, seconds: bool) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if !seconds => format!("{value:.3}"),
        Some(value) if value < 1.0 => format!("{:.1} ms", value * 1000.0),
        Some(value) => format!("{value:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figures> {
        vec![
            Figures {
                title: "encode".to_owned(),
                rate: Some(40.0),
                errors: Some(2.0),
                quantiles: [Some(0.0031), Some(0.25), Some(1.5)],
                seconds: true,
            },
            Figures { title: "revoke".to_owned(), rate: Some(4.0), errors: Some(0.0), ..Figures::default() },
            Figures { title: "gc".to_owned(), seconds: true, ..Figures::default() },
        ]
    }

    fn view(figures: &[Figures]) -> View<'_> {
        View {
            elapsed: Duration::from_secs(65),
            figures,
            load: "98/s",
            refused: 7,
            fault: Some("storage slow"),
            alerts: Some(("SigilErrors firing", "Slack 1 firing")),
            note: None,
        }
    }

    #[test]
    fn table_shows_numbers_and_their_absence() {
        let figures = figures();
        let table = table(&view(&figures));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "after 1:05, over the last 30s, as Prometheus computes it");
        assert_eq!(lines[3], "encode                40.0/s     2.0/s    5.0 %    3.1 ms  250.0 ms    1.50 s");
        assert_eq!(lines[4], "revoke                 4.0/s     0.0/s    0.0 %         –         –         –");
        assert_eq!(lines[5], "gc                         –         –                  –         –         –");
        assert_eq!(lines[8], "         7 refused as intended: unknown or withdrawn ids, malformed requests");
        assert_eq!(lines[9], "faults:  storage slow");
        assert_eq!(lines[10..], ["alerts:  SigilErrors firing", "told:    Slack 1 firing"]);
    }

    #[test]
    fn table_without_figures_is_no_table() {
        let figures = [Figures { title: "gc".to_owned(), ..Figures::default() }];
        let table = table(&View { note: Some("waiting"), ..view(&figures) });
        assert!(!table.contains("operation") && !table.contains("gc"), "{table}");
        assert!(table.ends_with("note:    waiting\n"), "{table}");
    }

    #[test]
    fn line_shows_what_has_numbers() {
        let figures = figures();
        assert_eq!(
            line(&view(&figures)),
            "[  65 s] encode 40.0/s (5.0 % errors) P95 250.0 ms; revoke 4.0/s; clients: 98/s; \
             7 refused as intended: unknown or withdrawn ids, malformed requests; alerts: SigilErrors firing; \
             told: Slack 1 firing; storage slow"
        );
    }
}
