//! Lines over two logarithmic axes, as SVG that follows the reader's light or dark scheme.

use std::fmt::Write as _;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 56.0;

/// Between two names at the lines' ends.
const NAME_HEIGHT: f64 = 18.0;

/// Of lines that aren't the strong one, in a light and in a dark scheme.
const COLOURS: [(&str, &str); 7] = [
    ("#c2410c", "#fb923c"),
    ("#6d28d9", "#a78bfa"),
    ("#047857", "#34d399"),
    ("#b91c1c", "#f87171"),
    ("#a16207", "#facc15"),
    ("#be185d", "#f472b6"),
    ("#475569", "#94a3b8"),
];

/// A picture.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) x_label: &'static str,
    pub(super) y_label: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One line with its name at its right end.
pub(super) struct Line {
    pub(super) name: String,
    /// Thick, in the colour of the house.
    pub(super) strong: bool,
    /// From left to right, all above zero.
    pub(super) points: Vec<(f64, f64)>,
}

/// One logarithmic axis.
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let part = (value / self.least).ln() / (self.most / self.least).ln();
        self.from + (self.to - self.from) * part
    }
}

impl Chart {
    /// The file's text; empty axes where there are no points.
    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| line.points.iter().copied());
        let range = |of: fn((f64, f64)) -> f64| {
            let values = points().map(of);
            values.fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), value| (least.min(value), most.max(value)))
        };
        let ((x_least, x_most), (y_least, y_most)) = (range(|point| point.0), range(|point| point.1));
        let y_ticks = ticks(y_least, y_most);
        let x = Axis { least: x_least, most: x_most, from: LEFT, to: WIDTH - RIGHT };
        let (bottom, top) =
            (y_ticks.first().map_or(1.0, |t| y_least.min(*t)), y_ticks.last().map_or(10.0, |t| y_most.max(*t)));
        let y = Axis { least: bottom, most: top, from: HEIGHT - BOTTOM, to: TOP };

        let mut svg = self.head();
        for tick in &y_ticks {
            let at = y.place(*tick);
            let _ = writeln!(svg, r#"<path class="grid" d="M{LEFT} {at:.1}H{:.1}"/>"#, WIDTH - RIGHT);
            let _ = writeln!(
                svg,
                r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 8.0,
                at + 4.0,
                number(*tick)
            );
        }
        let mut x_ticks: Vec<f64> = points().map(|point| point.0).collect();
        x_ticks.sort_by(f64::total_cmp);
        x_ticks.dedup();
        for tick in x_ticks {
            let at = x.place(tick);
            let _ = writeln!(svg, r#"<path class="grid" d="M{at:.1} {TOP}V{:.1}"/>"#, HEIGHT - BOTTOM);
            let _ = writeln!(
                svg,
                r#"<text class="tick" x="{at:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                HEIGHT - BOTTOM + 18.0,
                number(tick)
            );
        }
        self.draw(&mut svg, &x, &y);
        svg.push_str("</svg>\n");
        svg
    }

    fn head(&self) -> String {
        let mut style = String::new();
        let mut dark = String::new();
        for (at, (light, darker)) in COLOURS.iter().enumerate() {
            let _ = write!(style, ".l{at}{{stroke:{light}}}.n{at}{{fill:{light}}}");
            let _ = write!(dark, ".l{at}{{stroke:{darker}}}.n{at}{{fill:{darker}}}");
        }
        let (width, height) = (WIDTH, HEIGHT);
        let Chart { title, x_label, y_label, .. } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}">
<!-- Written by `cargo xtask bench` from target/bench/summary.json; do not edit. -->
<style>
text{{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#334155}}
.back{{fill:#ffffff}}.title{{font-size:16px;font-weight:600;fill:#0f172a}}.tick{{font-size:12px}}
.grid{{stroke:#e2e8f0;fill:none}}.line{{fill:none;stroke-width:2}}.strong{{stroke-width:4}}
.ls{{stroke:#0369a1}}.ns{{fill:#0369a1;font-weight:600}}{style}
@media (prefers-color-scheme:dark){{text{{fill:#cbd5e1}}.back{{fill:#0f172a}}.title{{fill:#f1f5f9}}.grid{{stroke:#334155}}.ls{{stroke:#38bdf8}}.ns{{fill:#38bdf8}}{dark}}}
</style>
<rect class="back" width="{width}" height="{height}" rx="6"/>
<text class="title" x="{LEFT}" y="24">{title}</text>
<text class="tick" x="{LEFT}" y="43">{y_label}</text>
<text class="tick" x="{:.1}" y="{:.1}" text-anchor="middle">{x_label}</text>
"##,
            f64::midpoint(LEFT, width - RIGHT),
            height - 16.0,
        )
    }

    /// The strong lines last, above the others.
    fn draw(&self, svg: &mut String, x: &Axis, y: &Axis) {
        let mut ends: Vec<(usize, f64)> = Vec::new();
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|at| self.lines[*at].strong);
        for at in order {
            let Line { strong, points, .. } = &self.lines[at];
            let (class, colour) =
                if *strong { (" strong", "s".to_owned()) } else { ("", (at % COLOURS.len()).to_string()) };
            let places: Vec<String> =
                points.iter().map(|point| format!("{:.1} {:.1}", x.place(point.0), y.place(point.1))).collect();
            let _ = writeln!(svg, r#"<path class="line{class} l{colour}" d="M{}"/>"#, places.join("L"));
            for point in points {
                let (x, y, radius) = (x.place(point.0), y.place(point.1), if *strong { 4.5 } else { 3.0 });
                let _ = writeln!(svg, r#"<circle class="n{colour}" cx="{x:.1}" cy="{y:.1}" r="{radius}"/>"#);
            }
            ends.extend(points.last().map(|point| (at, y.place(point.1))));
        }
        for (at, place) in spread(ends) {
            let Line { name, strong, .. } = &self.lines[at];
            let colour = if *strong { "s".to_owned() } else { (at % COLOURS.len()).to_string() };
            let (x, y) = (WIDTH - RIGHT + 12.0, place + 4.0);
            let _ = writeln!(svg, r#"<text class="n{colour}" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(name));
        }
    }
}

/// Pushes names apart that would cover each other, and none below the axis.
fn spread(mut ends: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut least = TOP;
    for (_, place) in &mut ends {
        *place = place.max(least);
        least = *place + NAME_HEIGHT;
    }
    let mut most = HEIGHT - BOTTOM;
    for (_, place) in ends.iter_mut().rev() {
        *place = place.min(most);
        most = *place - NAME_HEIGHT;
    }
    ends
}

/// 1, 2 and 5 times the powers of ten that the values lie between, and one more on each side; over many decades the powers only.
fn ticks(least: f64, most: f64) -> Vec<f64> {
    if !(least > 0.0 && most >= least && most.is_finite()) {
        return Vec::new();
    }
    let steps: &[f64] = if most / least > 500.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = (least.log10().floor() as i32)..=(most.log10().ceil() as i32);
    let all: Vec<f64> = decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade))).collect();
    let first = all.iter().rposition(|tick| *tick <= least).unwrap_or(0);
    let last = all.iter().position(|tick| *tick >= most).unwrap_or(all.len() - 1);
    all[first..=last].to_vec()
}

/// `0.1`, `20`, `10 000`
fn number(value: f64) -> String {
    if value < 1.0 {
        return format!("{}", (value * 1e6).round() / 1e6);
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_embrace_the_values() {
        assert_eq!(ticks(140.0, 900.0), [100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(ticks(0.16, 700.0), [0.1, 1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(ticks(f64::INFINITY, 0.0), Vec::<f64>::new());
        assert_eq!(
            (number(0.1), number(20.0), number(10_000.0)),
            ("0.1".to_owned(), "20".to_owned(), "10\u{202f}000".to_owned())
        );
    }

    #[test]
    fn names_don_t_cover_each_other() {
        let placed = spread(vec![(0, 100.0), (1, 101.0), (2, 384.0), (3, 383.0)]);
        for pair in placed.windows(2) {
            assert!(pair[1].1 - pair[0].1 >= NAME_HEIGHT - 1e-9, "{placed:?}");
        }
        assert!(placed.iter().all(|(_, place)| (TOP..=HEIGHT - BOTTOM).contains(place)), "{placed:?}");
    }

    #[test]
    fn picture_has_every_line_and_names_it() {
        let line = |name: &str, strong, height| Line {
            name: name.to_owned(),
            strong,
            points: vec![(1.0, height), (2.0, height * 2.0)],
        };
        let lines = vec![line("this", true, 100.0), line("a & b", false, 300.0)];
        let svg = Chart { title: "t", x_label: "x", y_label: "y", lines }.svg();
        assert!(svg.contains(">this</text>") && svg.contains(">a &amp; b</text>"), "{svg}");
        assert!(svg.contains(r#"class="line strong ls""#) && svg.contains("prefers-color-scheme:dark"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 4);
        let comment = svg.split_once("<!--").unwrap().1.split_once("-->").unwrap().0;
        assert!(!comment.contains("--"), "XML has no such comments");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let strong = svg.find("line strong").unwrap();
        assert!(svg.find(r#"class="line l1""#).unwrap() < strong, "the strong line lies above the others");
    }
}
