//! The operator's key: the one key that all keys of visits are wrapped with. It lives in a file of
//! its own, which its operator keeps away from everything that it opens.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64Unpadded, Encoding as _};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::beside::{self, FileError};
use crate::limits;

/// The first line of an operator key file. The number is the version of its form.
const HEADER: &str = "clinic operator key 1";
const WHAT: &str = "operator key";

/// The operator's key. It never prints, and its memory is wiped when it is dropped.
pub struct OperatorKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey")
    }
}

/// Tells operator keys apart and gives nothing of them away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print(pub(crate) [u8; 16]);

impl OperatorKey {
    /// Where the operator's key is, unless its operator says otherwise: `clinic.operator.key` beside
    /// `clinic.db`.
    #[must_use]
    pub fn path_beside(log: &Path) -> PathBuf {
        beside::beside(log, "operator.key")
    }

    /// A new key.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Reads a key from its file: a line that names what it is, and the key in base64.
    ///
    /// # Errors
    /// If the file is not there, is readable by others than its owner, or holds no such key.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let malformed = |why: &str| FileError::Foreign {
            path: path.to_owned(),
            what: WHAT,
            why: why.to_owned(),
        };
        let file = File::open(path).map_err(|error| FileError::io(path, &error))?;
        beside::only_its_owners(path, &file)?;
        // As large as it can get, so that no copy is left behind by a text that grew.
        let mut text = Zeroizing::new(Vec::with_capacity(limits::OPERATOR_KEY_FILE + 1));
        let mut file = file.take(limits::OPERATOR_KEY_FILE as u64 + 1);
        file.read_to_end(&mut text).map_err(|error| FileError::io(path, &error))?;
        if text.len() > limits::OPERATOR_KEY_FILE {
            return Err(malformed("it is too long"));
        }
        let text = std::str::from_utf8(&text).map_err(|_| malformed("it is not text"))?;
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some(HEADER) {
            return Err(malformed(&format!("its first line is not `{HEADER}`")));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        let line = lines.next().unwrap_or_default().trim();
        match Base64Unpadded::decode(line, bytes.as_mut()) {
            Ok(key) if key.len() == 32 => {}
            _ => return Err(malformed("its second line is not a key of 32 bytes in base64")),
        }
        if lines.any(|line| !line.trim().is_empty()) {
            return Err(malformed("something follows its second line"));
        }
        Ok(Self(bytes))
    }

    /// Keeps this key in a new file, on the disk when this returns, readable by its owner only.
    pub(crate) fn keep(&self, path: &Path) -> Result<(), FileError> {
        let key = Zeroizing::new(Base64Unpadded::encode_string(self.0.as_ref()));
        let text = Zeroizing::new(format!("{HEADER}\n{}\n", key.as_str()));
        beside::write_private(path, &text)
    }

    /// What tells this key from others.
    pub(crate) fn print(&self) -> Print {
        // HMAC takes a key of any length, so this cannot fail.
        #[expect(clippy::expect_used, reason = "a key of 32 bytes is a key")]
        let digest = <Hmac<Sha256> as hmac::Mac>::new_from_slice(self.0.as_ref())
            .expect("HMAC takes any key")
            .chain_update(HEADER)
            .finalize()
            .into_bytes();
        let mut print = [0; 16];
        print.copy_from_slice(&digest[..16]);
        Print(print)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
