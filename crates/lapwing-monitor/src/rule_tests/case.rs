//! What makes a condition true, and what doesn't.

use std::time::Duration;

use super::{Scene, labels::Labels};

/// Scenes for the stories of an alert, from those in which it must be quiet to those in which it must fire.
pub(super) struct Case {
    /// How long the condition takes to follow.
    pub(super) window: Duration,
    /// Just doesn't, and just does.
    pub(super) near: Option<(Scene, Scene)>,
    /// Doesn't by far, and does by far.
    pub(super) far: (Scene, Scene),
    /// Doesn't any more, where that is something else than not yet.
    pub(super) after: Option<Scene>,
    /// Would, but for the number of events.
    pub(super) few: Option<Scene>,
    /// Does by far, without the series that never counted anything.
    pub(super) never: Option<Scene>,
}

impl Case {
    /// What doesn't by far, and what does.
    pub(super) fn new(window: Duration, far: (Scene, Scene)) -> Case {
        Case { window, near: None, far, after: None, few: None, never: None }
    }

    /// Labels of the series at fault.
    pub(super) fn labels(&self) -> Labels {
        self.far.1.series.first().map(|(series, _)| series.labels.clone()).unwrap_or_default()
    }
}
