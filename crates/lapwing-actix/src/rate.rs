//! Token buckets per client, in bounded memory.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Clients remembered at once, about 200 KB. Past it, newcomers share one bucket until others have filled up again:
/// forgetting somebody instead would let an attacker with many addresses start anew.
const CLIENTS: usize = 4096;

/// At most this often is the table searched for clients that can be forgotten.
const SWEEP: Duration = Duration::from_secs(1);

/// How much each client may do: `burst` at once, `per_second` in the long run.
#[derive(Debug)]
pub(crate) struct RateLimit {
    per_second: f64,
    burst: f64,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    clients: HashMap<IpAddr, Bucket>,
    newcomers: Option<Bucket>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl RateLimit {
    /// `per_second` must be finite and above 0, `burst` at least 1; see `BuildError::RateLimit`.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        RateLimit { per_second, burst: f64::from(burst), table: Mutex::default() }
    }

    /// Takes one; else how long until there is one.
    pub(crate) fn take(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        self.with(client, now, |bucket| {
            self.left(bucket)?;
            bucket.level -= 1.0;
            Ok(())
        })
    }

    /// Whether there is one to take, without taking it.
    pub(crate) fn check(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        self.with(client, now, |bucket| self.left(bucket))
    }

    fn left(&self, bucket: &Bucket) -> Result<(), Duration> {
        if bucket.level >= 1.0 {
            return Ok(());
        }
        // capped so that a tiny rate can't overflow a Duration
        Err(Duration::from_secs_f64(((1.0 - bucket.level) / self.per_second).min(3600.0)))
    }

    fn with<T>(&self, client: IpAddr, now: Instant, act: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Bucket { level: self.burst, at: now };
        let refilled = |bucket: &Bucket| {
            let elapsed = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.level + elapsed * self.per_second).min(self.burst)
        };
        let client = group(client);
        if table.clients.len() >= CLIENTS
            && !table.clients.contains_key(&client)
            && table.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP)
        {
            table.swept = Some(now);
            table.clients.retain(|_, bucket| refilled(bucket) < self.burst);
        }
        let full = table.clients.len() >= CLIENTS && !table.clients.contains_key(&client);
        let bucket = match full {
            true => table.newcomers.get_or_insert(fresh),
            false => table.clients.entry(client).or_insert(fresh),
        };
        bucket.level = refilled(bucket);
        bucket.at = bucket.at.max(now);
        act(bucket)
    }
}

/// One IPv6 customer holds a /64 at least; counting its addresses singly would be no limit.
fn group(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn burst_then_the_rate_and_each_client_for_itself() {
        let limit = RateLimit::new(2.0, 3);
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(limit.take(ip("192.0.2.1"), now), Ok(()));
        }
        assert_eq!(limit.take(ip("192.0.2.1"), now), Err(Duration::from_millis(500)));
        assert_eq!(limit.take(ip("192.0.2.2"), now), Ok(()));
        let later = now + Duration::from_millis(500);
        assert_eq!(limit.check(ip("192.0.2.1"), later), Ok(()));
        assert_eq!(limit.take(ip("192.0.2.1"), later), Ok(()));
        assert!(limit.take(ip("192.0.2.1"), later).is_err());
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let limit = RateLimit::new(1.0, 1);
        let now = Instant::now();
        assert!(limit.take(ip("2001:db8::1"), now).is_ok());
        assert!(limit.take(ip("2001:db8::2"), now).is_err());
        assert!(limit.take(ip("2001:db8:0:1::1"), now).is_ok());
    }

    #[test]
    fn a_million_clients_neither_grow_the_table_nor_set_anybody_free() {
        let limit = RateLimit::new(0.001, 1);
        let now = Instant::now();
        assert!(limit.take(ip("192.0.2.1"), now).is_ok());
        let mut admitted = 0;
        for n in 0..1_000_000_u32 {
            admitted += usize::from(limit.take(IpAddr::from(n.to_be_bytes()), now).is_ok());
        }
        assert_eq!(limit.table.lock().unwrap().clients.len(), CLIENTS);
        // those in the table, less the one before them, and one for all others together
        assert_eq!(admitted, CLIENTS);
        assert!(limit.take(ip("192.0.2.1"), now).is_err());
        // when all have filled up again they are forgotten
        let later = now + Duration::from_secs(2000);
        assert!(limit.take(ip("198.51.100.1"), later).is_ok());
        assert_eq!(limit.table.lock().unwrap().clients.len(), 1);
    }
}
