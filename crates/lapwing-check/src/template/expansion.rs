//! How long a notification gets.

use std::ops::Range;

use super::{Engine, Reader, Template, Token};

/// What a template of Alertmanager becomes for some alerts of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// Characters that it has at least.
    pub(crate) length: usize,
    /// What goes through all alerts, however many, and says something of each.
    pub(crate) unbounded: Option<Range<usize>>,
    /// The field that most of it comes from.
    pub(crate) longest: Option<Range<usize>>,
}

/// A part of a template: text, or the inside of an action.
enum Part<'t> {
    Text(&'t str),
    Action(Vec<Token<'t>>),
}

/// What the dot is.
#[derive(Clone, Copy)]
enum Dot {
    Root,
    Alert,
    /// A text of this length.
    Text(usize),
    /// One after the other of an alert's annotations: the characters of their names and of their values in all.
    Annotations(usize, usize),
    Other,
}

#[derive(Clone)]
struct Block<'t> {
    dot: Dot,
    /// How often it is expanded in all.
    times: usize,
    /// Whether that does not depend on how many alerts there are.
    bounded: bool,
    /// The alerts that it goes through: where they are named.
    alerts: Option<Range<usize>>,
    /// The variables of the index and of the alert.
    index: Option<&'t str>,
    element: Option<&'t str>,
    length: usize,
    /// The longest of the branches before an `else`.
    before: usize,
}

impl Expansion {
    /// Of `count` alerts at once, each with these annotations: their names and lengths.
    pub(crate) fn of(text: &str, annotations: &[(&str, usize)], count: usize) -> Expansion {
        let root = Block {
            dot: Dot::Root,
            times: 1,
            bounded: true,
            alerts: None,
            index: None,
            element: None,
            length: 0,
            before: 0,
        };
        let mut walk = Walk { annotations, count, blocks: vec![root], found: Expansion::default(), most: 0 };
        for part in parts(text) {
            match part {
                Part::Text(text) => walk.print(text.chars().count(), text.trim().is_empty(), None),
                Part::Action(tokens) => walk.action(&tokens),
            }
        }
        while walk.blocks.len() > 1 {
            walk.end();
        }
        walk.found.length = walk.blocks[0].length;
        walk.found
    }
}

/// The characters of a template that stand there whatever it is expanded with.
pub(crate) fn fixed_length(text: &str) -> usize {
    let length = |part| match part {
        Part::Text(text) => text.chars().count(),
        Part::Action(_) => 0,
    };
    parts(text).into_iter().map(length).sum()
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let reader = Reader {
        text,
        engine: Engine::Alertmanager,
        template: Template::default(),
        blocks: Vec::new(),
        variables: Vec::new(),
    };
    let (mut parts, mut from, mut trim) = (Vec::new(), 0, false);
    loop {
        let open = text[from..].find("{{").map(|offset| from + offset);
        let mut plain = &text[from..open.unwrap_or(text.len())];
        if trim {
            plain = plain.trim_start();
        }
        let close = open.and_then(|open| Some((open, reader.close(open + 2).ok()?)));
        let Some((open, close)) = close else {
            parts.push(Part::Text(plain));
            return parts;
        };
        let inner = &text[open + 2..close];
        if inner.starts_with('-') {
            plain = plain.trim_end();
        }
        trim = inner.ends_with('-');
        parts.push(Part::Text(plain));
        parts.push(Part::Action(reader.tokens(open + 2, close)));
        from = close + 2;
    }
}

struct Walk<'w> {
    annotations: &'w [(&'w str, usize)],
    count: usize,
    blocks: Vec<Block<'w>>,
    found: Expansion,
    most: usize,
}

impl<'w> Walk<'w> {
    fn top(&mut self) -> &mut Block<'w> {
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    /// So many characters here; a separator between alerts says nothing.
    fn print(&mut self, length: usize, says_nothing: bool, field: Option<&Range<usize>>) {
        let block = self.top();
        let total = block.times.saturating_mul(length);
        block.length = block.length.saturating_add(total);
        if !block.bounded && !says_nothing && self.found.unbounded.is_none() {
            let alerts = self.blocks.iter().rev().find_map(|block| block.alerts.clone());
            self.found.unbounded = alerts;
        }
        if let Some(field) = field.filter(|_| total > self.most) {
            self.most = total;
            self.found.longest = Some(field.clone());
        }
    }

    fn action<'t: 'w>(&mut self, tokens: &[Token<'t>]) {
        let tokens: Vec<&Token<'t>> = tokens.iter().filter(|token| token.text != "-").collect();
        let Some((first, rest)) = tokens.split_first() else { return };
        match first.text {
            "range" => self.range(rest),
            "with" | "if" => self.condition(rest, first.text == "with"),
            "define" | "block" => {
                let block = Block { times: 0, bounded: true, ..self.inner() };
                self.blocks.push(block);
            }
            "end" if self.blocks.len() > 1 => self.end(),
            "else" if self.blocks.len() > 1 => {
                let outer = &self.blocks[self.blocks.len() - 2];
                let (dot, times, bounded) = (outer.dot, outer.times, outer.bounded);
                let block = self.top();
                block.before = block.before.max(block.length);
                block.length = 0;
                let empty = block.alerts.is_some();
                (block.dot, block.times, block.bounded) = (dot, if empty { 0 } else { times }, bounded);
            }
            "template" | "end" | "else" | "break" | "continue" => {}
            _ if tokens.iter().any(|token| token.text == ":=") => {}
            _ => self.pipeline(&tokens),
        }
    }

    /// What a block within the current one begins with.
    fn inner(&mut self) -> Block<'w> {
        Block { alerts: None, index: None, element: None, length: 0, before: 0, ..self.top().clone() }
    }

    fn end(&mut self) {
        if let Some(block) = self.blocks.pop() {
            let length = block.length.max(block.before);
            let outer = self.top();
            outer.length = outer.length.saturating_add(length);
        }
    }

    fn range<'t: 'w>(&mut self, tokens: &[&Token<'t>]) {
        let sets = tokens.iter().position(|token| token.text == ":=");
        let (variables, pipeline) = tokens.split_at(sets.map_or(0, |sets| sets + 1));
        let variables: Vec<&'t str> =
            variables.iter().map(|token| token.text).filter(|text| text.starts_with('$')).collect();
        let mut block = self.inner();
        let alerts = pipeline.iter().find(|token| {
            let path = token.text.trim_start_matches('$').trim_start_matches('.');
            matches!(path, "Alerts" | "Alerts.Firing" | "Alerts.Resolved")
        });
        if let Some(alerts) = alerts {
            // All fire: none are resolved.
            let count = if alerts.text.ends_with("Resolved") { 0 } else { self.count };
            let slice = pipeline.iter().any(|token| token.text == "slice").then(|| number(pipeline)).flatten();
            block.times = block.times.saturating_mul(slice.map_or(count, |most| most.min(count)));
            block.bounded = slice.is_some();
            block.alerts = Some(alerts.range.clone());
            block.dot = Dot::Alert;
            if let [.., index, _] = variables.as_slice() {
                block.index = Some(index);
            }
            block.element = variables.last().copied();
        } else if pipeline.iter().any(|token| token.text.ends_with("Annotations.SortedPairs")) {
            let names = self.annotations.iter().map(|(name, _)| name.chars().count()).sum();
            block.dot = Dot::Annotations(names, self.annotations.iter().map(|(_, length)| length).sum());
        } else {
            block.dot = Dot::Other;
        }
        self.blocks.push(block);
    }

    fn condition(&mut self, tokens: &[&Token<'_>], moves: bool) {
        let mut block = self.inner();
        let lone = match tokens {
            [path] => self.length(path.text),
            _ => None,
        };
        if moves {
            block.dot = lone.map_or(Dot::Other, Dot::Text);
        }
        if lone == Some(0) {
            block.times = 0;
        }
        let ranged = self.blocks.iter().rposition(|block| block.alerts.is_some());
        if let Some(at) = ranged
            && let Some(index) = self.blocks[at].index
            && tokens.iter().any(|token| token.text == index)
        {
            let most = match (tokens.first().map_or("", |token| token.text), number(tokens)) {
                ("lt", Some(number)) => number,
                ("le", Some(number)) => number + 1,
                ("eq", _) => 1,
                _ => self.count,
            };
            let outer = self.blocks[at.saturating_sub(1)].times;
            block.times = block.times.min(outer.saturating_mul(most));
            block.bounded = true;
        }
        self.blocks.push(block);
    }

    fn pipeline(&mut self, tokens: &[&Token<'_>]) {
        let is = |token: &&Token<'_>| matches!(token.text, "len" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "match");
        if tokens.iter().any(is) {
            return self.print(1, false, None);
        }
        let cut = tokens.iter().find_map(|token| precision(token.text));
        let slices = tokens.iter().any(|token| matches!(token.text, "stringSlice" | "slice"));
        let cut = cut.or_else(|| slices.then(|| number(tokens)).flatten()).unwrap_or(usize::MAX);
        let mut any = false;
        for token in tokens {
            if let Some(length) = self.length(token.text) {
                self.print(length.min(cut), false, Some(&token.range));
                any = true;
            }
        }
        if !any {
            self.print(0, false, None);
        }
    }

    /// The length of what a path leads to; none if that is no annotation.
    fn length(&self, path: &str) -> Option<usize> {
        let of = |name: &str| {
            let own = self.annotations.iter().find(|(own, _)| *own == name);
            Some(own.map_or(0, |(_, length)| *length))
        };
        let dot = self.blocks.last().map_or(Dot::Other, |block| block.dot);
        let (first, steps) = path.split_once('.')?;
        let dot = match first {
            "" => dot,
            "$" => Dot::Root,
            name if self.blocks.iter().any(|block| block.element == Some(name)) => Dot::Alert,
            _ => return None,
        };
        let steps: Vec<&str> = steps.split('.').collect();
        match (dot, steps.as_slice()) {
            (Dot::Root, ["CommonAnnotations", name]) | (Dot::Alert, ["Annotations", name]) => of(name),
            (Dot::Text(length), [""]) => Some(length),
            (Dot::Annotations(names, _), ["Name"]) => Some(names),
            (Dot::Annotations(_, values), ["Value"]) => Some(values),
            _ => None,
        }
    }
}

/// The last number among the tokens.
fn number(tokens: &[&Token<'_>]) -> Option<usize> {
    tokens.iter().rev().find_map(|token| token.text.parse().ok())
}

/// How much `"%.200s"` leaves.
fn precision(text: &str) -> Option<usize> {
    let digits = text.split_once("%.")?.1;
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> (usize, Option<&str>) {
        let expansion = Expansion::of(text, &[("summary", 100), ("description", 1000)], 10);
        (expansion.length, expansion.unbounded.map(|range| &text[range]))
    }

    #[test]
    fn a_template_is_as_long_as_its_alerts_make_it() {
        for (text, wanted) in [
            ("", (0, None)),
            ("{{ .Status }}: {{ .CommonAnnotations.summary }}", (102, None)),
            ("{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}", (1010, Some(".Alerts"))),
            ("{{ range .Alerts -}} {{ printf \"%.20s\" .Annotations.summary }} {{- end }}", (200, Some(".Alerts"))),
            (
                "{{ range $i, $a := .Alerts.Firing }}{{ if lt $i 3 }}{{ $a.Annotations.summary }}{{ end }}\n{{ end }}",
                (310, None),
            ),
            ("{{ range slice .Alerts 0 4 }}{{ .Annotations.description }}{{ end }}", (4000, None)),
            ("{{ range .Alerts.Resolved }}{{ .Annotations.summary }}{{ end }}", (0, Some(".Alerts.Resolved"))),
            (
                "{{ range .Alerts }}{{ range .Annotations.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}{{ end }}",
                (11200, Some(".Alerts")),
            ),
            ("{{ with .CommonAnnotations.description }}{{ printf \"%.600s\" . }}{{ end }}", (600, None)),
            ("{{ with .CommonAnnotations.absent }}none{{ . }}{{ else }}or{{ end }}", (2, None)),
            ("{{ if eq .Status \"firing\" }}abc{{ else }}abcde{{ end }}", (5, None)),
            ("{{ define \"x\" }}{{ range .Alerts }}a{{ end }}{{ end }}", (0, Some(".Alerts"))),
            ("{{ len .Alerts }} alerts {{", (9, None)),
        ] {
            let (length, unbounded) = expanded(text);
            assert_eq!((length, unbounded), wanted, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_fatal(parts in proptest::collection::vec("\\{\\{-? ?(range|with|if|else|end|lt|slice)? ?[$.a 0-9:=]{0,6}(\\.Alerts|\\.Annotations\\.a|\\$i)? ?-?\\}\\}|.{0,3}", 0..12)) {
            let text = parts.concat();
            let expansion = Expansion::of(&text, &[("a", 7)], 10);
            proptest::prop_assert!(expansion.unbounded.is_none_or(|range| text.get(range).is_some()));
            proptest::prop_assert!(fixed_length(&text) <= text.chars().count());
        }
    }
}
