//! The way from one node to another.

use std::fmt;

/// The keys and indices that lead to a node; written `panels[3].targets[0].expr`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path<'n> {
    steps: Vec<Step<'n>>,
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'n> {
    /// To the value under a key.
    Key(&'n str),
    /// To an item, counted from 0.
    Item(usize),
}

impl<'n> Path<'n> {
    /// The steps, from the outermost on.
    pub fn steps(&self) -> &[Step<'n>] {
        &self.steps
    }

    /// The key that leads to the node, if the last step is one.
    pub fn key(&self) -> Option<&'n str> {
        match self.steps.last() {
            Some(&Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    pub(crate) fn push_key(&mut self, key: &'n str) {
        self.steps.push(Step::Key(key));
    }

    pub(crate) fn push_item(&mut self, index: usize) {
        self.steps.push(Step::Item(index));
    }

    pub(crate) fn pop(&mut self) {
        self.steps.pop();
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if index > 0 => write!(f, ".{key}")?,
                Step::Key(key) => f.write_str(key)?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
