//! Ctrl-C and its relatives.

use std::{
    io,
    sync::mpsc::{Receiver, channel},
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// A channel on which the first signal arrives. A second one ends the process at once; guardians end its children.
pub(crate) fn listen() -> io::Result<Receiver<()>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for (earlier, signal) in signals.forever().enumerate() {
            if earlier > 0 {
                std::process::exit(128 + signal);
            }
            // The receiver is gone only when the process is ending already.
            let _ = sender.send(());
        }
    });
    Ok(receiver)
}
