//! YAML and JSON documents as trees that keep positions, and excerpts that point into them.
//!
//! A [`Document`] is a file's text read into trees of [`Node`]s. Every node has a [`Place`], and the [`Origin`] of a
//! scalar knows where each single character of its decoded text is written, through quotes, escapes, folded lines and
//! block indentation. An [`Excerpt`] is a line of the file with a part underlined; a [`Picture`] draws one or several.
//!
//! # Example
//!
//! ```
//! use lapwing_document::{Document, Options, Picture};
//!
//! let text = "\
//! groups:
//!   - name: sigil
//!     rules:
//!       - alert: Slow
//!         expr: >-
//!           rate(requests_total[5m])
//!           > 0.1 s
//! ";
//! let document = Document::parse("rules.yaml", text, &Options::LENIENT);
//! let expr = document.roots()[0].get("groups").unwrap().items()[0].get("rules").unwrap().items()[0].get("expr").unwrap();
//! let scalar = expr.scalar().unwrap();
//! assert_eq!(scalar.text, "rate(requests_total[5m]) > 0.1 s");
//!
//! let unit = scalar.text.len() - 1..scalar.text.len();
//! let excerpt = document.excerpt(scalar.place_of(unit)).labelled("no unit belongs here");
//! let picture = Picture { excerpts: &[excerpt], notes: &[("help", "leave it out")] };
//! assert_eq!(
//!     format!("\n{picture}"),
//!     "
//!  --> rules.yaml:7:17
//!   |
//! 7 |           > 0.1 s
//!   |                 ^ no unit belongs here
//!   = help: leave it out"
//! );
//! ```
//!
//! # Behaviour
//!
//! | in the text | becomes |
//! | --- | --- |
//! | several YAML documents | a root each, or with [`Options::one_document`] a problem |
//! | nothing | no root |
//! | an alias | a copy of what its anchor stands for |
//! | an unquoted value | typed by YAML 1.2's core schema: see [`resolve`] |
//! | a duplicate key | a problem; the first stays, in JSON the last |
//! | a merge key, a tag of no core type | what [`Options`] say: taken, reported or refused |
//! | a list or mapping as a key | a problem, and the rest is not read |
//! | `\ud83d\ude00` in JSON | one character; half of a pair alone is U+FFFD |
//! | a byte order mark at the start | nothing |
//! | text that is no YAML or JSON | a problem, with the documents before it still read |
//!
//! Nothing a text can hold makes this crate panic. Lines end at `\n`, `\r\n` and a lone `\r`; columns are characters.
//!
//! # Cost
//!
//! Reading is linear in the text, also where all of it is one line: a dashboard of one megabyte takes a quarter of a second
//! as JSON and half a second as YAML in an unoptimised build. Nesting is limited to 64 levels, and nodes, counted after aliases are expanded, by [`Options::max_nodes`], so
//! that no file can take the process down.

mod document;
mod excerpt;
mod json;
mod node;
mod options;
mod origin;
mod path;
mod position;
mod problem;
mod resolved;
mod severity;
mod source;
mod trace;
mod tree;
mod yaml;

pub use document::Document;
pub use excerpt::{Excerpt, Picture};
pub use node::{Entry, Node, Scalar, Value};
pub use options::{Options, Syntax, Treatment};
pub use origin::Origin;
pub use path::{Path, Step};
pub use position::{Extent, Place, Position};
pub use problem::{Problem, ProblemKind, quote};
pub use resolved::{Resolved, resolve};
pub use severity::Severity;
pub use source::Source;
pub use tree::Substituted;
