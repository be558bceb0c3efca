//! What the service is asked to do, and the content it is asked about.

use std::fmt;

use serde_json::json;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// `GET /api/sigils/{id}`: a read from the embedded store.
    Fetch,
    /// `POST /api/sigils/verify`: fingerprint, digest, signature.
    Verify,
    /// `POST /api/sigils`: the same, and a durable write.
    Encode,
}

impl Workload {
    /// The one that fills the store comes last.
    pub(crate) const ALL: [Workload; 3] = [Workload::Fetch, Workload::Verify, Workload::Encode];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Workload::Fetch => "fetch",
            Workload::Verify => "verify",
            Workload::Encode => "encode",
        }
    }

    /// In words for the page.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Workload::Fetch => "`GET /api/sigils/{id}`: read",
            Workload::Verify => "`POST /api/sigils/verify`: CPU",
            Workload::Encode => "`POST /api/sigils`: durable write",
        }
    }

    /// Spans that one request opens: that of the request, the operation's, that of the write.
    pub(crate) fn spans(self) -> u32 {
        match self {
            Workload::Fetch => 1,
            Workload::Verify => 2,
            Workload::Encode => 3,
        }
    }

    /// The counter of its calls as Prometheus names it; reading opens no span with a rule.
    pub(crate) fn counter(self) -> Option<&'static str> {
        match self {
            Workload::Fetch => None,
            Workload::Verify => Some("sigil_verify_total"),
            Workload::Encode => Some("sigil_encode_total"),
        }
    }

    /// The script that makes wrk send it, about one of these sigils after the other.
    pub(crate) fn script(self, ids: &[String]) -> String {
        let requests: Vec<String> = match self {
            Workload::Fetch => ids.iter().map(|id| request("GET", &format!("/api/sigils/{id}"), "")).collect(),
            Workload::Verify => {
                let body = |id| json!({"id": id, "content": content()}).to_string();
                ids.iter().map(|id| request("POST", "/api/sigils/verify", &body(id))).collect()
            }
            Workload::Encode => vec![request("POST", "/api/sigils", &json!({"content": content()}).to_string())],
        };
        // Everything is put together before the first request, so that the script itself costs next to nothing.
        format!(
            "local requests, at = {{}}, 0\n\
             function init(args)\n\
             wrk.headers['Content-Type'] = 'application/json'\n\
             {}end\n\
             function request()\n\
             at = at % #requests + 1\n\
             return requests[at]\n\
             end\n",
            requests.concat()
        )
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A line of Lua; the body is JSON of plain words, in which Lua's long brackets never close early.
fn request(method: &str, path: &str, body: &str) -> String {
    let body = if body.is_empty() { "nil".to_owned() } else { format!("[==[{body}]==]") };
    format!("requests[#requests + 1] = wrk.format('{method}', '{path}', nil, {body})\n")
}

/// A page of made-up words, always the same.
pub(crate) fn content() -> String {
    let mut state: u32 = 1;
    let words = (0..240).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let syllables =
            ["la", "ver", "mo", "sti", "en", "dor", "ka", "unt", "fe", "bri", "sa", "quel", "ho", "tar", "i", "ze"];
        [28, 24, 20].map(|shift| syllables[(state >> shift) as usize % syllables.len()]).concat()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_holds_a_request_for_each_sigil() {
        let ids = ["aa".to_owned(), "bb".to_owned()];
        let fetch = Workload::Fetch.script(&ids);
        assert!(fetch.contains("requests[#requests + 1] = wrk.format('GET', '/api/sigils/aa', nil, nil)\n"), "{fetch}");
        assert_eq!(
            Workload::Verify.script(&ids).matches("wrk.format('POST', '/api/sigils/verify', nil, [==[{").count(),
            2
        );
        assert_eq!(Workload::Encode.script(&ids).matches("wrk.format('POST', '/api/sigils', nil, [==[{").count(), 1);
    }

    #[test]
    fn content_is_a_page_of_different_words() {
        let text = content();
        assert_eq!(text, content());
        let words: std::collections::BTreeSet<&str> = text.split(' ').collect();
        assert!(words.len() > 200 && (1000..3000).contains(&text.len()), "{} words, {} bytes", words.len(), text.len());
        assert!(text.is_ascii() && !text.contains(']'));
    }
}
