//! SIGTERM: flush first, then end as ever.

use std::{sync::mpsc::Sender, time::Duration};

#[cfg(unix)]
pub(crate) use watch::watch;

/// What happens at SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigterm {
    /// Flush at once; then, if the [`Telemetry`](crate::Telemetry) is not dropped within `grace` of the signal, end the
    /// process as SIGTERM does by default.
    ///
    /// Handling a signal takes the default action away for the whole process, so a program that handles SIGTERM nowhere
    /// else would never end by it: hence the second half. A program that does handle it (as actix-web's server does)
    /// returns from `main` and drops the guard, within the grace, and is left alone. The flush comes first because
    /// nobody knows whether the guard will ever be dropped. Where it was dropped before the signal came, the grace
    /// passes before the default action, for the program's own handling.
    ///
    /// Only on Unix; elsewhere it is as [`Sigterm::Ignore`].
    Flush {
        /// How long the program may take to stop by itself.
        grace: Duration,
    },
    /// SIGTERM is left as it is: no handler is installed.
    Ignore,
}

impl Default for Sigterm {
    /// [`Sigterm::Flush`] with 25 s of grace: the last flush takes up to 5 s, and Kubernetes kills after 30 s by default.
    fn default() -> Self {
        Sigterm::Flush { grace: Duration::from_secs(25) }
    }
}

/// Lives as long as the guard that holds it; its end is how the thread knows.
#[derive(Debug)]
pub(crate) struct Presence(#[expect(dead_code, reason = "it is dropped, which is all")] Sender<()>);

#[cfg(unix)]
mod watch {
    use std::{
        sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
        thread,
        time::{Duration, Instant},
    };

    use signal_hook::{consts::SIGTERM, iterator::Signals, low_level::emulate_default_handler};

    use super::Presence;
    use crate::{InitError, pipes::Pipes};

    const THREAD: &str = "lapwing-sigterm";

    /// Starts the thread that waits for SIGTERM.
    pub(crate) fn watch(grace: Duration, pipes: Pipes) -> Result<Presence, InitError> {
        let failed = |source| InitError::Thread { thread: THREAD, source };
        let mut signals = Signals::new([SIGTERM]).map_err(failed)?;
        let (presence, gone) = mpsc::channel();
        thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    let end = Instant::now() + grace;
                    let present = !matches!(gone.try_recv(), Err(TryRecvError::Disconnected));
                    // A failure is said by the exporter's watch.
                    let _ = pipes.flush();
                    if stays(&gone, present, end) {
                        // What came in during the grace.
                        let _ = pipes.flush();
                        // Ends the process; an error means that the signal is unknown, which SIGTERM is not.
                        let _ = emulate_default_handler(SIGTERM);
                    }
                }
            })
            .map_err(failed)?;
        Ok(Presence(presence))
    }

    /// Whether the program has not begun to stop at `end`.
    fn stays(gone: &Receiver<()>, present: bool, end: Instant) -> bool {
        let grace = end.saturating_duration_since(Instant::now());
        if present {
            matches!(gone.recv_timeout(grace), Err(RecvTimeoutError::Timeout))
        } else {
            thread::sleep(grace);
            true
        }
    }
}
