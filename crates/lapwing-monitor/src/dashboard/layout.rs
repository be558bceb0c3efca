//! Where panels stand, and their ids.

use std::collections::BTreeSet;

use super::{
    draft::Draft,
    grafana::{GridPos, Item, Panel, Row},
};

/// Columns of Grafana's grid.
pub(super) const COLUMNS: u32 = 24;

/// A row to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Section {
    /// None: panels at the top without a row's head.
    pub(super) title: Option<String>,
    pub(super) collapsed: bool,
    pub(super) panels: Vec<Draft>,
}

impl Section {
    pub(super) fn new(title: impl Into<String>, panels: Vec<Draft>) -> Section {
        Section { title: Some(title.into()), collapsed: false, panels }
    }
}

/// Sections one under the other, panels from left to right. An id follows from the titles of row and panel alone, so that
/// links to a panel stay true whatever comes before it.
pub(super) fn arrange(sections: Vec<Section>) -> Vec<Item> {
    let mut ids = Ids::default();
    let mut items = Vec::new();
    let mut y = 0;
    for section in sections.into_iter().filter(|section| !section.panels.is_empty()) {
        let row = section.title.as_deref().unwrap_or_default().to_owned();
        if let Some(title) = section.title {
            items.push(Item::Row(Row {
                id: ids.of(&title, ""),
                r#type: "row",
                title,
                collapsed: section.collapsed,
                grid_pos: GridPos { h: 1, w: COLUMNS, x: 0, y },
                panels: Vec::new(),
            }));
            y += 1;
        }
        let (panels, below) = flow(section.panels, &row, y, &mut ids);
        match items.last_mut() {
            // What a collapsed row hides takes no room.
            Some(Item::Row(row)) if section.collapsed => row.panels = panels,
            _ => {
                items.extend(panels.into_iter().map(|panel| Item::Panel(Box::new(panel))));
                y = below;
            }
        }
    }
    items
}

/// Panels in lines of 24 columns, each line as high as its highest panel; and where the next line begins.
fn flow(drafts: Vec<Draft>, row: &str, top: u32, ids: &mut Ids) -> (Vec<Panel>, u32) {
    let (mut x, mut y, mut line) = (0, top, 0);
    let mut panels = Vec::new();
    for draft in drafts {
        let (w, h) = (draft.width.clamp(1, COLUMNS), draft.height.max(1));
        if x + w > COLUMNS {
            (x, y, line) = (0, y + line, 0);
        }
        let id = ids.of(row, &draft.title);
        panels.push(draft.place(id, GridPos { h, w, x, y }));
        x += w;
        line = line.max(h);
    }
    (panels, y + line)
}

#[derive(Debug, Default)]
struct Ids(BTreeSet<u32>);

impl Ids {
    fn of(&mut self, row: &str, panel: &str) -> u32 {
        // FNV-1a, which stays the same in every version of Rust.
        let hash = row
            .bytes()
            .chain([0])
            .chain(panel.bytes())
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let mut id = 1 + hash % 999_999;
        while !self.0.insert(id) {
            id = 1 + id % 999_999;
        }
        id
    }
}
