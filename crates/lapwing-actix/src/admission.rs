//! Who may scrape.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
};

use crate::{
    answer::Refusal,
    client::{Networks, client},
    rate::RateLimit,
    verifier::Verifier,
};

/// The guards before a scrape, in the order in which they are asked: rate limit, allowlist, token.
pub(crate) struct Admission {
    pub(crate) rate: Option<RateLimit>,
    pub(crate) allowed: Networks,
    pub(crate) trusted: Networks,
    pub(crate) token: Option<Verifier>,
    pub(crate) failed_tokens: RateLimit,
}

impl Admission {
    pub(crate) fn admit(&self, request: &HttpRequest, now: Instant) -> Result<(), Refusal> {
        let headers = request.headers();
        let peer = request.peer_addr();
        let client = client(peer, headers, &self.trusted);
        if let Some(rate) = &self.rate {
            // whom to charge for a forged header is not known: the proxy that let it through
            let charged = client.unwrap_or_else(|_| peer.map_or(UNKNOWN, |peer| peer.ip().to_canonical()));
            rate.take(charged, now).map_err(Refusal::RateLimit)?;
        }
        let client = client.map_err(|_| Refusal::Forwarded)?;
        if !self.allowed.is_empty() && !self.allowed.contains(client) {
            return Err(Refusal::Allowlist);
        }
        self.authenticate(client, headers, now)
    }

    fn authenticate(&self, client: IpAddr, headers: &HeaderMap, now: Instant) -> Result<(), Refusal> {
        let Some(verifier) = &self.token else { return Ok(()) };
        let Some(presented) = bearer(headers) else { return Err(Refusal::Token) };
        // before comparing: who guesses learns nothing any more, not even from the right guess
        self.failed_tokens.check(client, now).map_err(Refusal::FailedTokens)?;
        if verifier.verify(presented, now) {
            return Ok(());
        }
        // another guess may have taken the last one meanwhile; this one was refused anyway
        let _: Result<(), Duration> = self.failed_tokens.take(client, now);
        Err(Refusal::Token)
    }
}

const UNKNOWN: IpAddr = IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED);

/// The token of the one `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION);
    let value = all.next()?.as_bytes();
    if all.next().is_some() {
        return None;
    }
    let blank = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = value.split_at(blank);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}
