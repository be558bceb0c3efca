use tracing::field::Empty;

pub(crate) struct Order {
    pub(crate) country: String,
    pub(crate) cents: u64,
}

#[tracing::instrument(skip_all, fields(country = order.country))]
pub(crate) fn checkout(order: &Order) {
    pay(order).ok();
}

#[tracing::instrument(skip_all, err)]
fn pay(order: &Order) -> Result<(), String> {
    if order.cents == 0 { Err("nothing to pay".to_owned()) } else { Ok(()) }
}

pub(crate) fn import(lines: &[&str]) {
    let span = tracing::info_span!("import", rows = Empty);
    let _entered = span.enter();
    span.record("rows", lines.len());
}

pub(crate) fn sign_in(user: &str) {
    tracing::info!(name: "login", method = "password", "{user} signed in");
}

pub(crate) fn watch_queue(telemetry: &lapwing::Telemetry) -> Result<(), lapwing::ObserveError> {
    telemetry.observe("queue.length", |o| o.set(3.0, &[("queue", "mail")]))
}

pub(crate) fn by_hand(telemetry: &lapwing::Telemetry) -> u64 {
    let built = telemetry.meter().f64_histogram("report.build").with_unit("s").build();
    lapwing::time(&built, &[], || 40 + 2)
}
