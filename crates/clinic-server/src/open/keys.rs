//! Keys that are opened when somebody first asks for one: who reads no names needs none.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use clinic_engine::ports::{KeyError, KeyId, KeyStore, LogError, VisitKey};
use tokio::sync::OnceCell;

/// Opens a key store.
type Open<K> = dyn Fn() -> Pin<Box<dyn Future<Output = Result<K, LogError>> + Send>> + Send + Sync;

/// A key store that is opened when it is needed.
pub(super) struct KeysOnDemand<K> {
    open: Box<Open<K>>,
    keys: OnceCell<K>,
}

impl<K> fmt::Debug for KeysOnDemand<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeysOnDemand").finish_non_exhaustive()
    }
}

impl<K> KeysOnDemand<K> {
    /// The store that `open` will open.
    pub(super) fn new<O, F>(open: O) -> Self
    where
        O: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<K, LogError>> + Send + 'static,
    {
        Self { open: Box::new(move || Box::pin(open())), keys: OnceCell::new() }
    }

    async fn keys(&self) -> Result<&K, LogError> {
        self.keys.get_or_try_init(|| (self.open)()).await
    }
}

#[async_trait]
impl<K: KeyStore> KeyStore for KeysOnDemand<K> {
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError> {
        self.keys().await?.fresh().await
    }

    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        self.keys().await?.key(id).await
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        self.keys().await?.destroy(id).await
    }
}
