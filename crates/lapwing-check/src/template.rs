//! Go templates, as Prometheus expands them in alerts and Alertmanager in notifications.

mod expansion;

use std::ops::Range;

pub(crate) use expansion::{Expansion, fixed_length};

/// Who expands a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Prometheus,
    Alertmanager,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateError {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
}

/// A way from the dot or a variable to a value: `.CommonLabels.job`, `$labels.job`, `(index $labels "job")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) range: Range<usize>,
    /// The steps; the first is the variable with its `$`, and empty for the dot.
    pub(crate) steps: Vec<String>,
    /// Whether the dot is what the template was given, and not an item or a part of it.
    pub(crate) at_root: bool,
    /// Whether it only stands in the condition of an `if` or `with`, which asks whether it is there.
    pub(crate) is_condition: bool,
}

/// What of a template matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) fields: Vec<Field>,
    pub(crate) errors: Vec<TemplateError>,
}

const KEYWORDS: [&str; 13] =
    ["if", "else", "end", "range", "with", "define", "template", "block", "break", "continue", "nil", "true", "false"];
const BUILTIN: [&str; 19] = [
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "call", "eq",
    "ne", "lt", "le", "gt", "ge",
];
const OF_PROMETHEUS: [&str; 31] = [
    "query",
    "first",
    "label",
    "value",
    "strvalue",
    "args",
    "reReplaceAll",
    "safeHtml",
    "match",
    "title",
    "toUpper",
    "toLower",
    "graphLink",
    "tableLink",
    "sortByLabel",
    "stripPort",
    "stripDomain",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "toTime",
    "toDuration",
    "now",
    "urlQueryEscape",
    "pathPrefix",
    "externalURL",
    "parseDuration",
    "tmpl",
    "minInt",
];
const OF_ALERTMANAGER: [&str; 23] = [
    "toUpper",
    "toLower",
    "title",
    "trimSpace",
    "join",
    "match",
    "safeHtml",
    "safeUrl",
    "urlUnescape",
    "urlQueryEscape",
    "reReplaceAll",
    "stringSlice",
    "date",
    "tz",
    "since",
    "now",
    "humanizeDuration",
    "toJson",
    "list",
    "append",
    "dict",
    "fromJson",
    "htmlEscape",
];

impl Template {
    /// Reads a template as far as it can be read.
    pub(crate) fn read(text: &str, engine: Engine) -> Template {
        let mut reader =
            Reader { text, engine, template: Template::default(), blocks: Vec::new(), variables: Vec::new() };
        reader.read();
        reader.template
    }
}

struct Reader<'t> {
    text: &'t str,
    engine: Engine,
    template: Template,
    /// The blocks that are open: where each began, and whether it moves the dot.
    blocks: Vec<(Range<usize>, bool)>,
    variables: Vec<&'t str>,
}

/// A piece of an action.
struct Token<'t> {
    range: Range<usize>,
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn error(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.template.errors.push(TemplateError { range, message: message.into() });
    }

    fn read(&mut self) {
        let mut from = 0;
        while let Some(open) = self.text[from..].find("{{").map(|offset| from + offset) {
            match self.close(open + 2) {
                Ok(close) => {
                    let inner = &self.text[open + 2..close];
                    if !inner.trim_start_matches('-').trim_start().starts_with("/*") {
                        let tokens = self.tokens(open + 2, close);
                        self.action(open..close + 2, &tokens);
                    }
                    from = close + 2;
                }
                Err(message) => {
                    self.error(open..open + 2, message);
                    return;
                }
            }
        }
        for (range, _) in std::mem::take(&mut self.blocks) {
            self.error(range, "this block has no `end`");
        }
    }

    /// Where the action ends that goes on at `start`.
    fn close(&self, start: usize) -> Result<usize, &'static str> {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < bytes.len() {
            match bytes[at] {
                b'}' if bytes.get(at + 1) == Some(&b'}') => return Ok(at),
                b'/' if bytes.get(at + 1) == Some(&b'*') => {
                    at += self.text[at..].find("*/").ok_or("the comment that begins here has no end")? + 1;
                }
                quote @ (b'"' | b'`' | b'\'') => {
                    at = quoted(bytes, at, quote).ok_or("a quotation in this action has no end")?;
                }
                b'{' if bytes.get(at + 1) == Some(&b'{') => return Err("this `{{` has no `}}`"),
                _ => {}
            }
            at += 1;
        }
        Err("this `{{` has no `}}`")
    }

    fn tokens(&self, start: usize, end: usize) -> Vec<Token<'t>> {
        let bytes = self.text.as_bytes();
        let mut tokens = Vec::new();
        let mut at = start;
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        while at < end {
            let from = at;
            match bytes[at] {
                quote @ (b'"' | b'`' | b'\'') => at = quoted(bytes, at, quote).unwrap_or(end) + 1,
                b'.' | b'$' => {
                    at += 1;
                    while at < end && (in_word(bytes[at]) || bytes[at] == b'.') {
                        at += 1;
                    }
                }
                byte if in_word(byte) => {
                    while at < end && (in_word(bytes[at]) || bytes[at] == b'.') {
                        at += 1;
                    }
                }
                b':' if bytes.get(at + 1) == Some(&b'=') => at += 2,
                byte if byte.is_ascii_whitespace() => {
                    at += 1;
                    continue;
                }
                _ => at += 1,
            }
            let range = from..at.min(end);
            tokens.push(Token { text: &self.text[range.clone()], range });
        }
        tokens
    }

    fn action(&mut self, whole: Range<usize>, tokens: &[Token<'t>]) {
        let tokens = tokens.strip_prefix_of("-");
        let word = tokens.first().map_or("", |token| token.text);
        // The dot of the pipeline itself is still the outer one.
        let at_root = !self.blocks.iter().any(|(_, moves)| *moves);
        if let Some(sets) = tokens.iter().position(|token| token.text == ":=") {
            self.variables.extend(tokens[..sets].iter().map(|token| token.text).filter(|text| text.starts_with('$')));
        }
        let before = self.template.fields.len();
        for (index, token) in tokens.iter().enumerate() {
            let known = self.template.fields.len();
            self.token(token, index.checked_sub(1).map(|before| &tokens[before]), tokens.get(index + 1), at_root);
            let asks = is_asked(tokens, index);
            self.template.fields[known..].iter_mut().for_each(|field| field.is_condition = asks);
        }
        let asks = matches!(word, "if" | "with") || (word == "else" && tokens.len() > 1);
        self.template.fields[before..].iter_mut().for_each(|field| field.is_condition |= asks);
        match word {
            "if" => self.blocks.push((whole, false)),
            "range" | "with" | "define" | "block" => self.blocks.push((whole, true)),
            "end" => {
                let closed = self.blocks.pop();
                if closed.is_none() {
                    self.error(whole, "this `end` closes nothing");
                }
            }
            "else" if self.blocks.is_empty() => self.error(whole, "this `else` belongs to nothing"),
            _ => {}
        }
    }

    fn token(&mut self, token: &Token<'t>, before: Option<&Token<'t>>, after: Option<&Token<'t>>, at_root: bool) {
        let text = token.text;
        let behind_paren = before.is_some_and(|before| before.text == ")" && before.range.end == token.range.start);
        if let Some(path) = text.strip_prefix('.') {
            let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
            if !path.is_empty() && !behind_paren && steps.iter().all(|step| !step.is_empty()) {
                let steps = [vec![String::new()], steps].concat();
                self.template.fields.push(Field { range: token.range.clone(), steps, at_root, is_condition: false });
            }
        } else if text.starts_with('$') {
            let mut steps: Vec<String> = text.split('.').map(str::to_owned).collect();
            let name = steps[0].clone();
            let given = match self.engine {
                Engine::Prometheus => ["$labels", "$externalLabels", "$externalURL", "$value"].contains(&name.as_str()),
                Engine::Alertmanager => false,
            };
            if name != "$" && !given && !self.variables.contains(&name.as_str()) {
                self.error(token.range.start..token.range.start + name.len(), format!("there is no variable `{name}`"));
            }
            let indexed = before.is_some_and(|before| before.text == "index");
            let key = after.filter(|_| indexed).and_then(|after| after.text.strip_prefix('"')?.strip_suffix('"'));
            steps.extend(key.map(str::to_owned));
            let at_root = at_root || name == "$";
            self.template.fields.push(Field { range: token.range.clone(), steps, at_root, is_condition: false });
        } else if text.starts_with(|c: char| c.is_ascii_alphabetic()) && !KEYWORDS.contains(&text) {
            let own: &[&str] = match self.engine {
                Engine::Prometheus => &OF_PROMETHEUS,
                Engine::Alertmanager => &OF_ALERTMANAGER,
            };
            if !BUILTIN.contains(&text) && !own.contains(&text) {
                let near = lapwing_config::nearest(text, own.iter().chain(&BUILTIN).copied());
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                self.error(token.range.clone(), format!("there is no function `{text}`{hint}"));
            }
        }
    }
}

trait StripPrefix {
    fn strip_prefix_of(&self, text: &str) -> &Self;
}

impl StripPrefix for [Token<'_>] {
    fn strip_prefix_of(&self, text: &str) -> &Self {
        match self {
            [first, rest @ ..] if first.text == text => rest,
            all => all,
        }
    }
}

/// Where the quotation ends that begins at `start`.
fn quoted(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether what stands there is only taken if it is there: all that `or` and `and` are given but the last.
fn is_asked(tokens: &[Token<'_>], index: usize) -> bool {
    let opening = tokens[..index].iter().rposition(|token| matches!(token.text, "(" | "|" | ":="));
    let called = tokens.get(opening.map_or(0, |opening| opening + 1)).map_or("", |token| token.text);
    let last = tokens.get(index + 1).is_none_or(|next| matches!(next.text, ")" | "|"));
    matches!(called, "or" | "and") && !last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str, engine: Engine) -> Vec<String> {
        let errors = Template::read(text, engine).errors.into_iter();
        errors.map(|error| format!("{}: {}", &text[error.range], error.message)).collect()
    }

    #[test]
    fn good_templates_are_silent() {
        for text in [
            "",
            "plain } text }}",
            "{{ $labels.job }} at {{ $value | humanizePercentage }}",
            "{{- with query \"up{job='a'}\" -}}{{ . | first | value }}{{ else }}none{{ end -}}",
            "{{ range $i, $e := query `up` }}{{ $e.Labels.job }}{{ end }}",
            "{{/* a }} comment */}}{{ printf \"%.2f }}\" $value }}",
            "{{ if eq $labels.é \"a\" }}x{{ else if gt $value 1.5 }}y{{ end }}",
            "{{ (index (query \"up\") 0).Value }}",
        ] {
            assert!(errors(text, Engine::Prometheus).is_empty(), "{text}: {:?}", errors(text, Engine::Prometheus));
        }
    }

    #[test]
    fn bad_templates_are_found() {
        for (text, wanted) in [
            ("a {{ $value", "{{: this `{{` has no `}}`"),
            ("{{ $value } {{ $value }}", "{{: this `{{` has no `}}`"),
            ("{{ if $value }}", "{{ if $value }}: this block has no `end`"),
            ("{{ end }}", "{{ end }}: this `end` closes nothing"),
            ("{{ $lables.job }}", "$lables: there is no variable `$lables`"),
            ("{{ $value | humanise }}", "humanise: there is no function `humanise`; did you mean `humanize`?"),
            ("{{ \"a }}", "{{: a quotation in this action has no end"),
            ("{{/* a }}", "{{: the comment that begins here has no end"),
        ] {
            assert_eq!(errors(text, Engine::Prometheus).first().map(String::as_str), Some(wanted), "{text}");
        }
    }

    #[test]
    fn fields_are_found_with_where_the_dot_stands() {
        let text = "{{ .CommonLabels.job }}{{ range .Alerts.Firing }}{{ .Labels.a }}{{ $.Status }}{{ end }}{{ index $labels \"b\" }}";
        let fields = Template::read(text, Engine::Prometheus).fields;
        let found: Vec<(String, bool)> = fields.iter().map(|field| (field.steps.join("/"), field.at_root)).collect();
        let wanted = [
            ("/CommonLabels/job", true),
            ("/Alerts/Firing", true),
            ("/Labels/a", false),
            ("$/Status", true),
            ("$labels/b", true),
        ];
        assert_eq!(found, wanted.map(|(steps, at_root)| (steps.to_owned(), at_root)));
    }

    #[test]
    fn what_is_only_asked_for_is_told_apart() {
        let text = "{{ if .CommonLabels.a }}{{ .CommonLabels.b }}{{ else if $.CommonLabels.c }}{{ else }}{{ end }}{{ with .CommonLabels.d }}{{ . }}{{ end }}";
        let fields = Template::read(text, Engine::Alertmanager).fields;
        let asked: Vec<(&str, bool)> =
            fields.iter().map(|field| (field.steps[2].as_str(), field.is_condition)).collect();
        assert_eq!(asked, [("a", true), ("b", false), ("c", true), ("d", true)]);
        let text =
            "{{ or .CommonLabels.a .CommonLabels.b }}{{ printf .CommonLabels.c (or .CommonLabels.d .CommonLabels.e) }}";
        let fields = Template::read(text, Engine::Alertmanager).fields;
        let asked: Vec<(&str, bool)> =
            fields.iter().map(|field| (field.steps[2].as_str(), field.is_condition)).collect();
        assert_eq!(asked, [("a", true), ("b", false), ("c", false), ("d", true), ("e", false)]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_fatal(parts in proptest::collection::vec("[{}$.é \"'`\\\\a/*:=()|-]{0,6}|\\{\\{|\\}\\}|end|range|.{0,3}", 0..12)) {
            let text = parts.concat();
            for engine in [Engine::Prometheus, Engine::Alertmanager] {
                let template = Template::read(&text, engine);
                for error in template.errors {
                    proptest::prop_assert!(text.get(error.range).is_some());
                }
                for field in template.fields {
                    proptest::prop_assert!(text.get(field.range).is_some());
                }
            }
        }
    }
}
