//! Answering orders from standard input, so that another process can have several variants measure in turns.

use std::io::{self, BufRead as _, Write as _};

/// Answers each line of standard input, which is a number, with a line of JSON, until the input ends.
///
/// # Errors
/// Where the line is no number, or nobody reads the answers any more.
pub fn serve(mut answer: impl FnMut(usize) -> serde_json::Value) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let order =
            line.trim().parse().map_err(|_| io::Error::other(format!("`{line}` is no order, which is a number")))?;
        let answer = answer(order);
        let mut output = io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}
