//! What a server proves itself with.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{DEFAULT_VERSIONS, ServerConfig};

use super::settings::TlsFiles;
use crate::failure::Failure;

/// Reads a certificate and its key.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Failure> {
    let TlsFiles { cert, key } = files;
    let chain =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|why| wrong(cert, "certificate", &why))?;
    if chain.is_empty() {
        return Err(wrong(cert, "certificate", &Error::NoItemsFound));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|why| wrong(key, "key", &why))?;
    let begun = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(DEFAULT_VERSIONS);
    let broken = |why| Failure::Broken(format!("no TLS: {why}"));
    let config = begun.map_err(broken)?.with_no_client_auth().with_single_cert(chain, private);
    let mut config = config.map_err(|why| {
        let (cert, key) = (cert.display(), key.display());
        Failure::Usage(format!("{cert} and {key} are no certificate and its key: {why}"))
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn wrong(path: &Path, what: &str, why: &Error) -> Failure {
    let path = path.display();
    if matches!(why, Error::NoItemsFound) {
        return Failure::Usage(format!("{path}: there is no {what} in it, as PEM"));
    }
    Failure::Usage(format!("{path}: the {what} cannot be read: {why}"))
}
