//! The hash of a visit token, and its 64 hex digits.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// SHA-256 of a visit token. The token itself is known to the patient's browser only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const FORM: &str = "64 hex digits";

impl TokenHash {
    /// Its hex digits, in lower case.
    fn hex(&self) -> [u8; 64] {
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0x0f)]);
        }
        text
    }
}

/// A byte that is no digit has bits above the low four; they are looked for once, at the end, so that
/// no digit of a long log costs a branch.
impl FromStr for TokenHash {
    type Err = NotATokenHash;

    fn from_str(text: &str) -> Result<Self, NotATokenHash> {
        let text: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NotATokenHash)?;
        let mut bytes = [0; 32];
        let mut seen = 0;
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            if let &[high, low] = pair {
                let (high, low) = (nibble(high), nibble(low));
                seen |= high | low;
                *byte = high.wrapping_shl(4) | low;
            }
        }
        if seen > 0x0f { Err(NotATokenHash) } else { Ok(Self(bytes)) }
    }
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        b'a'..=b'f' => digit.wrapping_sub(b'a' - 10),
        b'A'..=b'F' => digit.wrapping_sub(b'A' - 10),
        _ => u8::MAX,
    }
}

/// Why a text is no token hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {FORM}")]
pub struct NotATokenHash;

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads the digits where they stand, without a copy of them.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = TokenHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TokenHash, E> {
        text.parse().map_err(E::custom)
    }
}
