//! Where things stand in the declarations of a service.

use lapwing_document::Node;

use crate::{Service, Spot};

impl Service {
    /// Where `telemetry.yaml` gives an instrument a label, by the name it has in PromQL.
    pub(crate) fn label_at(&self, instrument: &str, label: &str) -> Option<Spot> {
        let (frame, root) = self.telemetry.as_ref()?;
        let mut spot = None;
        root.walk(&mut |_, node| {
            if spot.is_some() || node.get("instrument").and_then(Node::as_str) != Some(instrument) {
                return;
            }
            for item in node.get("labels").map(Node::items).unwrap_or_default() {
                let named = item.get("name").or_else(|| item.get("field")).unwrap_or(item);
                let same = |name: &str| name.replace(|c: char| !c.is_ascii_alphanumeric(), "_") == label;
                if named.as_text().is_some_and(same) {
                    spot = Some(frame.at(named));
                }
            }
        });
        spot.or_else(|| self.declared_at(instrument))
    }

    /// Where `telemetry.yaml` limits an instrument's series, or else where it declares the instrument.
    pub(crate) fn limit_at(&self, instrument: &str) -> Option<Spot> {
        let (frame, root) = self.telemetry.as_ref()?;
        let (mut limit, mut name) = (None, None);
        root.walk(&mut |_, node| {
            if let Some(named) = node.get("instrument").filter(|named| named.as_str() == Some(instrument)) {
                name.get_or_insert_with(|| frame.at(named));
                limit = limit.or(node.get("series_limit").map(|node| frame.at(node)));
            }
        });
        limit.or(name)
    }

    /// The mappings in `monitoring.yaml` that name an instrument, with the node of the name.
    pub(crate) fn watched(&self) -> Vec<(&Node, &Node)> {
        let mut watched = Vec::new();
        if let Some((_, root)) = &self.monitoring {
            root.walk(&mut |_, node| {
                if let Some(name) = node.get("instrument").filter(|name| name.as_str().is_some()) {
                    watched.push((node, name));
                }
            });
        }
        watched
    }
}
