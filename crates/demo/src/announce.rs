//! What is said when all of it runs: where everything is.

use std::io;

use stack::Prometheus;

use crate::{
    alerting::Alerting,
    arguments::Options,
    house::{COMPRESS, House},
    screen::Screen,
};

/// P95 of encoding, as part of a URL that a shell takes as it is.
const QUERY: &str =
    "histogram_quantile%280.95,sum+by+%28le%29+%28rate%28sigil_encode_duration_seconds_bucket%5B30s%5D%29%29%29";

/// Says it.
pub(crate) fn announce(house: &House, options: &Options, screen: &mut Screen) -> io::Result<()> {
    let sigil = &house.sigil;
    screen.say("")?;
    screen.say(&format!("sigil        http://{}/api/sigils", sigil.address))?;
    screen.say(&format!("metrics      http://{}/metrics", sigil.address))?;
    screen.say(&format!("admin        http://{}/admin/faults", sigil.admin))?;
    screen.say(&format!("             {}", fault_command(&sigil.admin)))?;
    if options.faults && !options.incident {
        screen.say("             (lasts until the demo's own next fault; with --no-faults until you end it with curl -X DELETE)")?;
    }
    if let Some(postgres) = &house.postgres {
        screen.say(&format!(
            "PostgreSQL   {} ({}); sigil hands on to it what it stores",
            postgres.address(),
            postgres.version()
        ))?;
    }
    if let Some(prometheus) = &house.prometheus {
        announce_prometheus(prometheus, screen)?;
    }
    if let Some(alerting) = &house.alerting {
        announce_alerting(alerting, screen)?;
    }
    let end = options.duration.map_or("until Ctrl-C".to_owned(), |duration| format!("for {duration:?}"));
    screen.say(&format!("\nload of about {} operations a second {end}", options.rate))?;
    if options.incident {
        screen.say("one incident, and no other faults")?;
    }
    Ok(())
}

fn announce_prometheus(prometheus: &Prometheus, screen: &mut Screen) -> io::Result<()> {
    let address = prometheus.address();
    let (say, link) = match prometheus.client().has_web_interface() {
        true => ("", format!("http://{address}/graph?g0.tab=0&g0.range_input=5m&g0.expr={QUERY}")),
        // Debian's packages of 3.x leave the web interface out; the API can be looked at just as well.
        false => (", this package has no web interface", format!("http://{address}/api/v1/query?query={QUERY}")),
    };
    screen.say(&format!("Prometheus   http://{address} ({}{say})", prometheus.version()))?;
    screen.say(&format!("try          {link}"))?;
    Ok(())
}

fn announce_alerting(alerting: &Alerting, screen: &mut Screen) -> io::Result<()> {
    screen.say(&format!(
        "rules        those of otel-config, all windows and waits divided by {COMPRESS}: an hour is a minute here"
    ))?;
    if let Some(alertmanager) = alerting.alertmanager() {
        screen.say(&format!("Alertmanager http://{} ({})", alertmanager.address(), alertmanager.version()))?;
        let receivers = alerting.receivers();
        screen.say(&format!(
            "stand-ins    for Slack, PagerDuty and the dead man's switch; what they got: {}",
            receivers.url("/received")
        ))?;
    }
    Ok(())
}

/// A line for the shell that makes a part of the encodings fail.
fn fault_command(admin: &str) -> String {
    let fault = r#"{"operation":"encode","error_rate":0.3}"#;
    format!("curl -X PUT -H 'content-type: application/json' -d '{fault}' http://{admin}/admin/faults")
}
