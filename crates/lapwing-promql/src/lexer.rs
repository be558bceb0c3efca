//! The text as tokens.

use std::time::Duration;

use crate::{BinaryOp, Dialect, Span, SyntaxError, Variable, literal};

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    /// `=`
    Assign,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
    At,
    /// An operator that is a symbol, `!=` in braces too.
    Op(BinaryOp),
    Number(f64),
    Duration(Duration),
    String(String, Vec<Variable>),
    /// An identifier or keyword.
    Word,
    /// A word with Grafana variables in it.
    Templated(Vec<Variable>),
    End,
}

/// The tokens of `text`, an [`TokenKind::End`] last.
pub(crate) fn tokens(text: &str, dialect: Dialect) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, dialect, position: 0, in_braces: false, in_brackets: false };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let end = token.kind == TokenKind::End;
        tokens.push(token);
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    dialect: Dialect,
    position: usize,
    in_braces: bool,
    /// In brackets a colon ends a word.
    in_brackets: bool,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blank();
        let start = self.position;
        let Some(first) = self.peek() else {
            return Ok(Token { kind: TokenKind::End, span: start..start });
        };
        if matches!(first, '"' | '\'' | '`') {
            return self.string(first);
        }
        if first.is_ascii_digit() || first == '.' && self.peek_at(1).is_some_and(|c| c.is_ascii_digit()) {
            return self.number();
        }
        if is_word(first) || first == ':' && !self.in_braces && !self.in_brackets || self.variable().is_some() {
            return Ok(self.word());
        }
        let (kind, len) = self.symbol(first)?;
        match kind {
            TokenKind::LeftBrace => self.in_braces = true,
            TokenKind::RightBrace => self.in_braces = false,
            TokenKind::LeftBracket => self.in_brackets = true,
            TokenKind::RightBracket => self.in_brackets = false,
            _ => {}
        }
        self.position += len;
        Ok(Token { kind, span: start..self.position })
    }

    fn symbol(&self, first: char) -> Result<(TokenKind, usize), SyntaxError> {
        let two = |kind| Ok((kind, 2));
        let op = |op| Ok((TokenKind::Op(op), 1));
        match (first, self.peek_at(1)) {
            ('=', Some('~')) if self.in_braces => two(TokenKind::Regex),
            ('!', Some('~')) if self.in_braces => two(TokenKind::NotRegex),
            ('=' | '!', Some('~')) => {
                let span = self.position..self.position + 2;
                let help = "compare values with == and !=, and match labels in braces: `up{job=~\"a|b\"}`";
                Err(SyntaxError::new(span, "a regular expression outside braces").help(help))
            }
            ('=', Some('=')) if !self.in_braces => two(TokenKind::Op(BinaryOp::Equal)),
            ('!', Some('=')) => two(TokenKind::Op(BinaryOp::NotEqual)),
            ('<', Some('=')) => two(TokenKind::Op(BinaryOp::LessEqual)),
            ('>', Some('=')) => two(TokenKind::Op(BinaryOp::GreaterEqual)),
            ('<', _) => op(BinaryOp::Less),
            ('>', _) => op(BinaryOp::Greater),
            ('+', _) => op(BinaryOp::Add),
            ('-', _) => op(BinaryOp::Sub),
            ('*', _) => op(BinaryOp::Mul),
            ('/', _) => op(BinaryOp::Div),
            ('%', _) => op(BinaryOp::Mod),
            ('^', _) => op(BinaryOp::Pow),
            ('=', _) => Ok((TokenKind::Assign, 1)),
            ('(', _) => Ok((TokenKind::LeftParen, 1)),
            (')', _) => Ok((TokenKind::RightParen, 1)),
            ('{', _) => Ok((TokenKind::LeftBrace, 1)),
            ('}', _) => Ok((TokenKind::RightBrace, 1)),
            ('[', _) => Ok((TokenKind::LeftBracket, 1)),
            (']', _) => Ok((TokenKind::RightBracket, 1)),
            (',', _) => Ok((TokenKind::Comma, 1)),
            (':', _) => Ok((TokenKind::Colon, 1)),
            ('@', _) => Ok((TokenKind::At, 1)),
            _ => {
                let span = self.position..self.position + first.len_utf8();
                let error = SyntaxError::new(span, format!("unexpected character {first:?}"));
                Err(match (first, self.dialect) {
                    ('$', Dialect::Prometheus) => error.help("variables are for dashboards; a rule has none"),
                    ('&', _) => error.help("`and` joins expressions"),
                    ('|', _) => error.help("`or` joins expressions"),
                    (c, _) if c.is_alphabetic() => error.help("names beyond ASCII go in quotes: `{\"größe\"}`"),
                    _ => error,
                })
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let start = self.position;
        let from = start + 1;
        let raw = quote == '`';
        let mut escaped = false;
        let end = self.text[from..].char_indices().find(|(_, c)| {
            let ends = !escaped && *c == quote || *c == '\n' && !raw;
            escaped = !raw && !escaped && *c == '\\';
            ends
        });
        let Some((len, _)) = end.filter(|(_, c)| *c == quote) else {
            let span = start..end.map_or(self.text.len(), |(len, _)| from + len);
            return Err(SyntaxError::new(span, format!("the string isn't closed, expected {quote}")));
        };
        let inner = &self.text[from..from + len];
        if let Some(place) = inner.find(char::REPLACEMENT_CHARACTER) {
            let span = from + place..from + place + char::REPLACEMENT_CHARACTER.len_utf8();
            return Err(SyntaxError::new(span, "U+FFFD is taken for broken UTF-8").help("write it as \\ufffd"));
        }
        let text = if raw {
            inner.to_owned()
        } else {
            literal::unescape(inner, quote).map_err(|(span, message)| {
                let error = SyntaxError::new(from + span.start..from + span.end, message);
                error.help("a backslash is doubled in quotes: \"\\\\d+\", and stays single in backticks: `\\d+`")
            })?
        };
        let variables = self.variables(from, from + len);
        self.position = from + len + 1;
        Ok(Token { kind: TokenKind::String(text, variables), span: start..self.position })
    }

    /// A number, a duration, or with a variable in it whatever that makes of it.
    fn number(&mut self) -> Result<Token, SyntaxError> {
        let start = self.position;
        let hex = matches!(self.peek_at(1), Some('x' | 'X'));
        while let Some(c) = self.peek() {
            if let Some(variable) = self.variable() {
                self.position = variable.span.end;
            } else if is_word(c) || c == '.' {
                self.position += 1;
                let sign = matches!(c, 'e' | 'E') && !hex && matches!(self.peek(), Some('+' | '-'));
                // Behind a unit, as in `5me-3`, it wouldn't be an exponent; such a word is wrong in any case.
                self.position += usize::from(sign);
            } else {
                break;
            }
        }
        let span = start..self.position;
        let text = &self.text[span.clone()];
        let variables = self.variables(start, self.position);
        if !variables.is_empty() {
            return Ok(Token { kind: TokenKind::Templated(variables), span });
        }
        if let Some(number) = literal::number(text) {
            return Ok(Token { kind: TokenKind::Number(number), span });
        }
        match literal::duration(text) {
            Ok(duration) => Ok(Token { kind: TokenKind::Duration(duration), span }),
            Err(_) if hex || text.contains(['.', '_', 'e', 'E']) => {
                Err(SyntaxError::new(span, format!("`{text}` is neither a number nor a duration")))
            }
            Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(SyntaxError::new(span, format!("the number `{text}` is too large")))
            }
            Err(help) => Err(SyntaxError::new(span, format!("`{text}` is no duration")).help(help)),
        }
    }

    fn word(&mut self) -> Token {
        let start = self.position;
        let mut variables = Vec::new();
        while let Some(c) = self.peek() {
            if let Some(variable) = self.variable() {
                self.position = variable.span.end;
                variables.push(variable);
            } else if is_word(c) || c == ':' && !self.in_brackets && !self.in_braces {
                self.position += 1;
            } else {
                break;
            }
        }
        let kind = if variables.is_empty() { TokenKind::Word } else { TokenKind::Templated(variables) };
        Token { kind, span: start..self.position }
    }

    fn skip_blank(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' => self.position += 1,
                '#' => {
                    let rest = &self.text[self.position..];
                    self.position += rest.find(['\n', '\r']).unwrap_or(rest.len());
                }
                _ => break,
            }
        }
    }

    fn variable(&self) -> Option<Variable> {
        match self.dialect {
            Dialect::Grafana => Variable::at(self.text, self.position),
            Dialect::Prometheus => None,
        }
    }

    fn variables(&self, from: usize, to: usize) -> Vec<Variable> {
        match self.dialect {
            Dialect::Grafana => Variable::all(self.text, from, to),
            Dialect::Prometheus => Vec::new(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.position..].chars().next()
    }

    /// The character that is `bytes` ahead, behind ASCII.
    fn peek_at(&self, bytes: usize) -> Option<char> {
        self.text.get(self.position + bytes..)?.chars().next()
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
