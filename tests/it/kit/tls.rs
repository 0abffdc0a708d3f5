//! An authority of the test's own, and a server's side of TLS.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

/// Anything that bytes go through.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection, with TLS or without.
pub type Connection = Box<dyn Wire>;

/// An authority. Its certificate stands in a file until the test ends.
#[derive(Clone)]
pub struct Authority {
    file: Arc<NamedTempFile>,
    issuer: Arc<Issuer<'static, KeyPair>>,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { file: Arc::new(file), issuer: Arc::new(Issuer::new(params, key)) }
    }

    /// Its certificate, for `ca_file`.
    pub fn file(&self) -> &Path {
        self.file.path()
    }

    /// The server's side of TLS for `name`, `127.0.0.1`.
    pub fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, self.issuer.as_ref()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Shakes hands, if there is something to shake hands with.
pub async fn accept(stream: impl Wire + 'static, acceptor: Option<&TlsAcceptor>) -> Option<Connection> {
    match acceptor {
        Some(acceptor) => Some(Box::new(acceptor.accept(stream).await.ok()?)),
        None => Some(Box::new(stream)),
    }
}
