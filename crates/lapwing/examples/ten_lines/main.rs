//! The README's example, in `app.rs`: an empty actix-web app with metrics. A test includes and runs the same lines.

include!("app.rs");
