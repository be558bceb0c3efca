//! A sigil: what is stored of a sealed content.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Fingerprint;

/// Milliseconds since the Unix epoch.
pub(crate) type Millis = u64;

/// Name of a sigil: 48 bits of creation time, then 80 random bits; written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id([u8; Id::LEN]);

impl Id {
    pub(crate) const LEN: usize = 16;
    /// Sorts before all others.
    pub(crate) const FIRST: Id = Id([0; Id::LEN]);

    /// A new one.
    ///
    /// # Errors
    ///
    /// The operating system gives no randomness.
    pub(crate) fn new(now: Millis) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; Self::LEN];
        bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
        getrandom::fill(&mut bytes[6..])?;
        Ok(Id(bytes))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 2 * Self::LEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|n| Id(n.to_be_bytes()))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Id)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Whether a sigil still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Revoked,
    Expired,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Revoked => "revoked",
            Status::Expired => "expired",
        }
    }
}

/// A sigil as stored. All but `revoked_at` is covered by the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: Id,
    /// SHA-256 of the exact content.
    pub(crate) digest: [u8; 32],
    pub(crate) fingerprint: Fingerprint,
    pub(crate) created_at: Millis,
    pub(crate) expires_at: Option<Millis>,
    pub(crate) public_key: [u8; 32],
    pub(crate) signature: [u8; 64],
    pub(crate) revoked_at: Option<Millis>,
}

/// A stored value is no record of a version this program knows.
#[derive(Debug, thiserror::Error)]
#[error("stored sigil is {0} bytes of version {1}, expected {len} of {version}: restore the data directory from a backup", len = Record::LEN, version = Record::VERSION)]
pub(crate) struct Corrupt(usize, u8);

/// Separates these signatures from any other use of the key.
const DOMAIN: &[u8] = b"sigil record v1\0";
/// `expires_at` and `revoked_at` of a record that has none.
const NEVER: Millis = Millis::MAX;

impl Record {
    const VERSION: u8 = 1;
    /// version, id, digest, fingerprint, created, expires, key, signature, revoked
    const LEN: usize = 1 + Id::LEN + 32 + Fingerprint::LEN + 8 + 8 + 32 + 64 + 8;

    /// Seals `content`: fingerprints and signs it. Blocks the thread for as long as that takes.
    pub(crate) fn seal(
        id: Id,
        content: &[u8],
        created_at: Millis,
        expires_at: Option<Millis>,
        key: &SigningKey,
    ) -> Self {
        let mut record = Record {
            id,
            digest: Sha256::digest(content).into(),
            fingerprint: Fingerprint::of(content),
            created_at,
            expires_at,
            public_key: key.verifying_key().to_bytes(),
            signature: [0; 64],
            revoked_at: None,
        };
        record.signature = key.sign(&record.canonical()).to_bytes();
        record
    }

    /// Whether the record is as it was signed. Whose key that is, is for the caller to check.
    pub(crate) fn signature_holds(&self) -> bool {
        VerifyingKey::from_bytes(&self.public_key)
            .is_ok_and(|key| key.verify_strict(&self.canonical(), &Signature::from_bytes(&self.signature)).is_ok())
    }

    /// What is signed: fixed lengths and order, big endian, so that no two records have one encoding.
    fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(DOMAIN.len() + Self::LEN);
        bytes.extend_from_slice(DOMAIN);
        self.write_signed(&mut bytes);
        bytes
    }

    fn write_signed(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(self.fingerprint.as_bytes());
        bytes.extend_from_slice(&self.created_at.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at.unwrap_or(NEVER).to_be_bytes());
        bytes.extend_from_slice(&self.public_key);
    }

    /// Revoked wins over expired: it says more.
    pub(crate) fn status(&self, now: Millis) -> Status {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => Status::Revoked,
            (None, Some(at)) if at <= now => Status::Expired,
            _ => Status::Active,
        }
    }

    /// When the sigil ceased or will cease to be active.
    pub(crate) fn ends_at(&self) -> Option<Millis> {
        self.revoked_at.into_iter().chain(self.expires_at).min()
    }

    /// The stored form.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LEN);
        bytes.push(Self::VERSION);
        self.write_signed(&mut bytes);
        bytes.extend_from_slice(&self.signature);
        bytes.extend_from_slice(&self.revoked_at.unwrap_or(NEVER).to_be_bytes());
        bytes
    }

    /// Reads the stored form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Corrupt> {
        let corrupt = || Corrupt(bytes.len(), bytes.first().copied().unwrap_or(0));
        if bytes.len() != Self::LEN || bytes[0] != Self::VERSION {
            return Err(corrupt());
        }
        let mut rest = &bytes[1..];
        let mut read = || -> Option<Self> {
            Some(Record {
                id: Id(take(&mut rest)?),
                digest: take(&mut rest)?,
                fingerprint: Fingerprint::from_bytes(take(&mut rest)?),
                created_at: Millis::from_be_bytes(take(&mut rest)?),
                expires_at: time(&mut rest)?,
                public_key: take(&mut rest)?,
                signature: take(&mut rest)?,
                revoked_at: time(&mut rest)?,
            })
        };
        read().ok_or_else(corrupt)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn time(rest: &mut &[u8]) -> Option<Option<Millis>> {
    let at = Millis::from_be_bytes(take(rest)?);
    Some((at != NEVER).then_some(at))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A record of `content`, made with a fixed key.
    pub(crate) fn sealed(content: &str, created_at: Millis, expires_at: Option<Millis>) -> Record {
        let key = SigningKey::from_bytes(&[7; 32]);
        Record::seal(Id::new(created_at).unwrap(), content.as_bytes(), created_at, expires_at, &key)
    }

    #[test]
    fn a_changed_field_breaks_the_signature() {
        let record = sealed("the content", 1000, Some(2000));
        assert!(record.signature_holds());
        let changes: [fn(&mut Record); 6] = [
            |r| r.id = Id::new(1).unwrap(),
            |r| r.digest[0] ^= 1,
            |r| r.fingerprint = Fingerprint::of(b"another"),
            |r| r.created_at += 1,
            |r| r.expires_at = None,
            |r| r.public_key = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes(),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut changed = record.clone();
            change(&mut changed);
            assert!(!changed.signature_holds(), "change {n}");
        }
    }

    #[test]
    fn revoking_keeps_the_signature() {
        let mut record = sealed("the content", 1000, None);
        record.revoked_at = Some(5);
        assert!(record.signature_holds());
    }

    #[test]
    fn stored_form_reads_back() {
        for (expires_at, revoked_at) in [(None, None), (Some(9), None), (None, Some(8)), (Some(9), Some(8))] {
            let mut record = sealed("x", 7, expires_at);
            record.revoked_at = revoked_at;
            assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
        }
    }

    #[test]
    fn a_damaged_stored_form_is_refused() {
        let bytes = sealed("x", 7, None).to_bytes();
        for cut in 0..bytes.len() {
            assert!(Record::from_bytes(&bytes[..cut]).is_err());
        }
        let mut newer = bytes;
        newer[0] = 2;
        assert!(Record::from_bytes(&newer).unwrap_err().to_string().contains("version 2"));
    }

    #[test]
    fn status_follows_time_and_revocation() {
        let mut record = sealed("x", 1000, Some(2000));
        assert_eq!(record.status(1999), Status::Active);
        assert_eq!(record.status(2000), Status::Expired);
        assert_eq!(record.ends_at(), Some(2000));
        record.revoked_at = Some(1500);
        assert_eq!(record.status(3000), Status::Revoked);
        assert_eq!(record.ends_at(), Some(1500));
    }

    #[test]
    fn ids_are_32_hexadecimal_digits() {
        let id = Id::new(1_700_000_000_000).unwrap();
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_ne!(Id::new(1).unwrap(), Id::new(1).unwrap());
        for bad in ["", "zz", &"0".repeat(31), &"0".repeat(33), &"g".repeat(32), &format!("+{}", "0".repeat(31))] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }
}
