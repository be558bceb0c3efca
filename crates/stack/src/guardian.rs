//! Ends a child whose owner can't any more, because it was killed.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use crate::Signal;

/// Waits for its standard input to close, which happens when the owner is gone however it went; then ends the process group:
/// asks, waits up to 5 s, kills. `PR_SET_PDEATHSIG` would need unsafe code here, fires when the *thread* that started
/// the child ends, and leaves the child's own children alone.
const SCRIPT: &str = r#"trap '' HUP INT TERM
read -r _
kill -s "$2" -- "-$1" 2>/dev/null || exit 0
n=0
while [ $n -lt 50 ] && kill -s 0 -- "-$1" 2>/dev/null; do sleep 0.1; n=$((n+1)); done
kill -s KILL -- "-$1" 2>/dev/null
exit 0"#;

/// A shell that watches over one process group. A process killed between the start of a child and that of its guardian
/// (some microseconds) leaves the child behind.
#[derive(Debug)]
pub(crate) struct Guardian(Child);

impl Guardian {
    pub(crate) fn of_group(group: u32, signal: Signal) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guardian", &group.to_string(), signal.name()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: what ends the owner's group must not end the guardian with it.
        command.process_group(0).spawn().map(Guardian)
    }
}

impl Drop for Guardian {
    /// The child has ended, so its number may soon be somebody else's: the guardian must go without acting.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
