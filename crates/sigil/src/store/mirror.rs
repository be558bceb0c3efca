//! PostgreSQL as the mirror of the embedded store: connections, statements, and the time each may take.
//!
//! Connections are not encrypted: put PostgreSQL on the same machine, a private network or behind a tunnel.
//! `sslmode=require` is refused at start.

use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::sync::OnceCell;
use tokio_postgres::{Config, NoTls, Row, config::SslMode};

use crate::{
    Fingerprint,
    record::{Id, Millis, Record},
};

/// To establish a connection, to wait for a free one, to check a used one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// For one statement, here and at the server.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 4;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS sigils (
    id bytea PRIMARY KEY, digest bytea NOT NULL, fingerprint bytea NOT NULL, created_at bigint NOT NULL, expires_at bigint,
    revoked_at bigint, public_key bytea NOT NULL, signature bytea NOT NULL);
CREATE TABLE IF NOT EXISTS sigil_keys (public_key bytea PRIMARY KEY)";

const UPSERT: &str = "
INSERT INTO sigils (id, digest, fingerprint, created_at, expires_at, revoked_at, public_key, signature)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bytea[])
ON CONFLICT (id) DO UPDATE SET revoked_at = EXCLUDED.revoked_at";

const REMOVE: &str = "DELETE FROM sigils WHERE id = ANY($1::bytea[])";

const KEYS: &str = "INSERT INTO sigil_keys SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING";

const PAGE: &str = "
SELECT id, digest, fingerprint, created_at, expires_at, revoked_at, public_key, signature FROM sigils WHERE id > $1 ORDER BY id LIMIT $2";

/// Address of the database. Never shows what it holds, since that includes a password.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(Config);

/// `DATABASE_URL` can't be used. Never quotes the value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseUrlError {
    #[error(
        "DATABASE_URL is no PostgreSQL address: write postgres://user:password@host:port/database, special characters percent-encoded"
    )]
    Malformed,
    #[error(
        "DATABASE_URL asks for TLS (sslmode), which is not built in: leave sslmode out and use a private network or a tunnel"
    )]
    Tls,
    #[error("DATABASE_URL holds a password and DATABASE_PASSWORD_FILE names another: leave one of them out")]
    TwoPasswords,
    #[error("DATABASE_PASSWORD_FILE: {0} can't be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("DATABASE_PASSWORD_FILE: {0} is empty: put the password in it")]
    Empty(PathBuf),
}

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, DatabaseUrlError> {
        // The parser's error may quote a piece of the address, which with a mistyped one may be the password's.
        let mut config: Config = url.parse().map_err(|_| DatabaseUrlError::Malformed)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DatabaseUrlError::Malformed);
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(DatabaseUrlError::Tls);
        }
        config.ssl_mode(SslMode::Disable);
        Ok(DatabaseUrl(config))
    }

    /// Takes the password from a file: all of it but line feeds at its end, as PostgreSQL's own image does.
    pub(crate) fn with_password_of(self, file: &Path) -> Result<Self, DatabaseUrlError> {
        let DatabaseUrl(mut config) = self;
        if config.get_password().is_some() {
            return Err(DatabaseUrlError::TwoPasswords);
        }
        let text = std::fs::read_to_string(file).map_err(|error| DatabaseUrlError::Unreadable(file.into(), error))?;
        let password = text.trim_end_matches('\n');
        if password.is_empty() {
            return Err(DatabaseUrlError::Empty(file.into()));
        }
        config.password(password);
        Ok(DatabaseUrl(config))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// PostgreSQL did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    #[error("PostgreSQL: no connection: {}", with_cause(.0))]
    Pool(#[from] PoolError),
    #[error("PostgreSQL: {}", with_cause(.0))]
    Statement(#[from] tokio_postgres::Error),
    #[error("PostgreSQL: no answer within {} s", STATEMENT_TIMEOUT.as_secs())]
    Timeout,
    #[error("PostgreSQL: a row of table sigils is no record: {0}")]
    Row(&'static str),
}

/// An error with what caused it; the drivers' own texts stop at "db error".
fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text
}

/// What PostgreSQL shall be brought to, in one go.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Present records, each id once.
    pub(super) records: Vec<Record>,
    /// Ids of records that are gone.
    pub(super) gone: Vec<Id>,
    pub(super) keys: Vec<[u8; 32]>,
}

/// Connections to PostgreSQL and what is known of its health.
pub(crate) struct Mirror {
    pool: Pool,
    /// Whether the tables are there.
    prepared: OnceCell<()>,
    up: AtomicBool,
    size: AtomicU64,
}

impl Mirror {
    pub(crate) fn new(DatabaseUrl(mut config): DatabaseUrl) -> Self {
        let mut options = config.get_options().unwrap_or_default().to_owned();
        if !options.contains("statement_timeout") {
            options.push_str(&format!(" -c statement_timeout={}", STATEMENT_TIMEOUT.as_millis()));
        }
        config
            .options(options.trim_start())
            .application_name("sigil")
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(STATEMENT_TIMEOUT * 2)
            .keepalives_idle(Duration::from_secs(10));
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(CONNECT_TIMEOUT))
            .build();
        // The builder refuses timeouts without a runtime only, and one is given.
        let pool = pool.expect("the pool has a runtime for its timeouts");
        Mirror { pool, prepared: OnceCell::new(), up: AtomicBool::new(false), size: AtomicU64::new(0) }
    }

    /// Whether the last use of PostgreSQL went well.
    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// To be taken for unreachable until the next use that goes well.
    pub(crate) fn mark_down(&self) {
        self.up.store(false, Ordering::Relaxed);
    }

    /// Bytes of the tables and their indexes, as of the last [`Self::probe`]; 0 before the first.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// Connections in use and idle.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size.saturating_sub(status.available), status.available)
    }

    /// Asks for the size, which also tells whether PostgreSQL is there.
    pub(crate) async fn probe(&self) -> Result<(), MirrorError> {
        let row = self
            .with_connection(async |c| {
                c.query_one("SELECT pg_total_relation_size('sigils') + pg_total_relation_size('sigil_keys')", &[]).await
            })
            .await?;
        self.size.store(u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Brings PostgreSQL to `batch`; may be repeated.
    pub(super) async fn apply(&self, batch: &Batch) -> Result<(), MirrorError> {
        if !batch.keys.is_empty() {
            let keys: Vec<&[u8]> = batch.keys.iter().map(|k| &k[..]).collect();
            self.with_connection(async |c| c.execute(KEYS, &[&keys]).await).await?;
        }
        if !batch.records.is_empty() {
            let column = |get: fn(&Record) -> &[u8]| batch.records.iter().map(get).collect::<Vec<_>>();
            let ids = column(|r| r.id.as_bytes());
            let digests = column(|r| &r.digest);
            let fingerprints = column(|r| r.fingerprint.as_bytes());
            let public_keys = column(|r| &r.public_key);
            let signatures = column(|r| &r.signature);
            let created: Vec<i64> = batch.records.iter().map(|r| to_bigint(r.created_at)).collect();
            let expires: Vec<Option<i64>> = batch.records.iter().map(|r| r.expires_at.map(to_bigint)).collect();
            let revoked: Vec<Option<i64>> = batch.records.iter().map(|r| r.revoked_at.map(to_bigint)).collect();
            self.with_connection(async |c| {
                c.execute(
                    UPSERT,
                    &[&ids, &digests, &fingerprints, &created, &expires, &revoked, &public_keys, &signatures],
                )
                .await
            })
            .await?;
        }
        if !batch.gone.is_empty() {
            let ids: Vec<&[u8]> = batch.gone.iter().map(|id| &id.as_bytes()[..]).collect();
            self.with_connection(async |c| c.execute(REMOVE, &[&ids]).await).await?;
        }
        Ok(())
    }

    /// Public keys that signed.
    pub(super) async fn keys(&self) -> Result<Vec<[u8; 32]>, MirrorError> {
        let rows = self.with_connection(async |c| c.query("SELECT public_key FROM sigil_keys", &[]).await).await?;
        rows.iter().map(|row| fixed(row, 0)).collect()
    }

    /// Up to `limit` records with ids above `after`, ascending.
    pub(super) async fn page(&self, after: Option<Id>, limit: i64) -> Result<Vec<Record>, MirrorError> {
        // No id is empty, so the empty one is below all.
        let after: &[u8] = after.as_ref().map_or(&[], |id| id.as_bytes());
        self.with_connection(async |c| c.query(PAGE, &[&after, &limit]).await).await?.iter().map(record).collect()
    }

    /// Runs one statement. A connection that does not answer in time is thrown away, and with it all idle ones: what
    /// silenced one (a dropped route, a hung proxy) silenced those too, and each would cost a timeout of its own.
    async fn with_connection<T>(
        &self,
        statement: impl AsyncFnOnce(&Object) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, MirrorError> {
        let result = async {
            let connection = self.pool.get().await?;
            let outcome = match self.prepare(&connection).await {
                Ok(()) => within(statement(&connection)).await,
                Err(error) => Err(error),
            };
            if let Err(MirrorError::Timeout) = outcome {
                drop(Object::take(connection));
                self.pool.retain(|_, _| false);
            }
            outcome
        }
        .await;
        self.up.store(result.is_ok(), Ordering::Relaxed);
        result
    }

    /// Makes the tables, once in the life of the process, and never twice at a time: PostgreSQL fails the second of two
    /// `CREATE TABLE IF NOT EXISTS` that meet.
    async fn prepare(&self, connection: &Object) -> Result<(), MirrorError> {
        self.prepared.get_or_try_init(|| within(connection.batch_execute(SCHEMA))).await.map(|_| ())
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("up", &self.up).finish_non_exhaustive()
    }
}

async fn within<T>(answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, MirrorError> {
    match tokio::time::timeout(STATEMENT_TIMEOUT, answer).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(MirrorError::Timeout),
    }
}

fn record(row: &Row) -> Result<Record, MirrorError> {
    let time = |column: usize| -> Result<Option<Millis>, MirrorError> {
        row.try_get::<_, Option<i64>>(column)?.map(from_bigint).transpose()
    };
    Ok(Record {
        id: Id::from_slice(row.try_get(0)?).ok_or(MirrorError::Row("id is not 16 bytes"))?,
        digest: fixed(row, 1)?,
        fingerprint: Fingerprint::from_bytes(fixed(row, 2)?),
        created_at: from_bigint(row.try_get(3)?)?,
        expires_at: time(4)?,
        revoked_at: time(5)?,
        public_key: fixed(row, 6)?,
        signature: fixed(row, 7)?,
    })
}

fn fixed<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], MirrorError> {
    row.try_get::<_, &[u8]>(column)?.try_into().map_err(|_| MirrorError::Row("a column of bytes has another length"))
}

/// Times are far below 2⁶³ ms; one that is not (a far expiry) is kept as the farthest there is.
fn to_bigint(at: Millis) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn from_bigint(at: i64) -> Result<Millis, MirrorError> {
    Millis::try_from(at).map_err(|_| MirrorError::Row("a time is negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_may_be_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let with = |url: &str| DatabaseUrl::parse(url).unwrap().with_password_of(&file);
        let error = |url| with(url).unwrap_err().to_string();
        assert!(error("postgres://u@h/db").contains("can't be read"), "{}", error("postgres://u@h/db"));
        std::fs::write(&file, "\n").unwrap();
        assert!(error("postgres://u@h/db").contains("is empty"));
        std::fs::write(&file, "canary: of two words\n").unwrap();
        let DatabaseUrl(config) = with("postgres://u@h/db").unwrap();
        assert_eq!(config.get_password(), Some(&b"canary: of two words"[..]));
        let both = error("postgres://u:canary@h/db");
        assert!(both.contains("leave one of them out") && !both.contains("canary"), "{both}");
    }

    #[test]
    fn errors_and_debug_never_quote_the_address() {
        for url in [
            "postgres://u:canary@host:canary/db",
            "postgres://u@host/db?canary=1",
            "canary",
            "host=h password=canary port=x",
            "postgres://u:canary@h/db?sslmode=require",
            "",
        ] {
            let error = DatabaseUrl::parse(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
        let url = DatabaseUrl::parse("postgres://u:canary@h:5432/db").unwrap();
        assert!(!format!("{url:?} {:?}", Mirror::new(url.clone())).contains("canary"));
    }
}
