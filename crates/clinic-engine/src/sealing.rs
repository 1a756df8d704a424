//! Sealing personal data between the decision and the append, and opening it at the edges.
//!
//! A datum is sealed with XChaCha20-Poly1305 under its visit's key and bound to where it was
//! recorded: clinic, visit, event and field. The nonce is a keyed digest of all that and of the text
//! itself, so sealing the same again gives the same bytes: a batch that is decided twice, or played
//! twice, comes out equal, and no two texts share a nonce.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use clinic_domain::event::Event;
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::state::{ClinicState, Step};
use clinic_domain::visit::VisitEvent;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::ports::{KeyError, KeyId, KeyStore, LogError, VisitKey};

/// The version of the sealed form: the first byte of what is sealed.
const FORM: u8 = 1;
const ID: usize = 16;
const NONCE: usize = 24;

/// Seals `text` under `key`. The sealed text is base64 (URL alphabet, no padding) of one byte for
/// the form, 16 for the key's id, 24 for the nonce, and the cipher text with its tag.
///
/// # Errors
/// If the cipher fails, which it does for texts of many gigabytes only.
pub fn seal(
    clinic: ClinicId,
    origin: Origin,
    (id, key): (KeyId, &VisitKey),
    text: &str,
) -> Result<String, LogError> {
    let place = place(clinic, origin);
    let nonce = nonce(key, &place, text);
    let payload = Payload { msg: text.as_bytes(), aad: &place };
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let sealed = cipher
        .encrypt(XNonce::from_slice(&nonce), payload)
        .map_err(|_| LogError::Failed("a text cannot be sealed".to_owned()))?;
    let mut bytes = Vec::with_capacity(1 + ID + NONCE + sealed.len());
    bytes.push(FORM);
    bytes.extend_from_slice(id.0.as_bytes());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

/// The key that a sealed text was sealed with; `None` if it is no sealed text of a known form.
#[must_use]
pub fn key_id(sealed: &str) -> Option<KeyId> {
    // The form and the id are the first 17 bytes: they end within the first 24 characters.
    let mut buffer = [0; 18];
    let head = Base64UrlUnpadded::decode(sealed.get(..24)?, &mut buffer).ok()?;
    let (form, rest) = head.split_first()?;
    let id = rest.get(..ID)?.try_into().ok()?;
    (*form == FORM).then(|| KeyId(Uuid::from_bytes(id)))
}

/// The text that was sealed at `origin` under `key`.
///
/// # Errors
/// If it was not: another key, another place, or changed on the way.
pub fn open(
    clinic: ClinicId,
    origin: Origin,
    key: &VisitKey,
    sealed: &str,
) -> Result<String, LogError> {
    let wrong = || {
        let Origin { visit, event, field } = origin;
        LogError::Failed(format!(
            "{field} of {event}, visit {visit}: was not sealed here by this key"
        ))
    };
    let bytes = Base64UrlUnpadded::decode_vec(sealed).map_err(|_| wrong())?;
    if bytes.first() != Some(&FORM) {
        return Err(wrong());
    }
    let nonce = bytes.get(1 + ID..1 + ID + NONCE).ok_or_else(wrong)?;
    let msg = bytes.get(1 + ID + NONCE..).ok_or_else(wrong)?;
    let place = place(clinic, origin);
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let text = cipher.decrypt(XNonce::from_slice(nonce), Payload { msg, aad: &place });
    String::from_utf8(text.map_err(|_| wrong())?).map_err(|_| wrong())
}

/// What a sealed text is bound to. The position is not in it, for a conflict may still change that.
fn place(clinic: ClinicId, origin: Origin) -> Vec<u8> {
    let mut place = Vec::with_capacity(80);
    place.extend_from_slice(clinic.0.as_bytes());
    place.extend_from_slice(origin.visit.0.as_bytes());
    place.extend_from_slice(origin.event.as_bytes());
    place.push(0); // no name holds one, so no two places run together
    place.extend_from_slice(origin.field.as_bytes());
    place
}

fn nonce(key: &VisitKey, place: &[u8], text: &str) -> [u8; NONCE] {
    // HMAC takes a key of any length, so this cannot fail.
    #[expect(clippy::expect_used, reason = "a key of 32 bytes is a key")]
    let mut digest = <Hmac<Sha256> as Mac>::new_from_slice(&key.0).expect("HMAC takes any key");
    for part in [b"nonce".as_slice(), place, &[0], text.as_bytes()] {
        digest.update(part);
    }
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&digest.finalize().into_bytes()[..NONCE]);
    nonce
}

/// Seals what is clear in the events of one visit under its key.
pub(crate) fn seal_event(
    clinic: ClinicId,
    visit: VisitId,
    event: &mut Event,
    (id, key): (KeyId, &VisitKey),
) -> Result<(), LogError> {
    let mut failed = None;
    each_personal(event, visit, &mut |origin, datum| {
        let Some(text) = datum.text() else { return };
        match seal(clinic, origin, (id, key), text) {
            Ok(sealed) => datum.seal(sealed),
            Err(error) => failed = Some(error),
        }
    });
    failed.map_or(Ok(()), Err)
}

/// Seals what is clear in a step to a visit or a transfer of `visit`, for a writer that stores events without
/// the engine, such as a stock `cqrs-es` framework: what the aggregate decides of it holds sealed texts only.
/// [`Engine::evidence`](crate::Engine::evidence) gives steps that are sealed already.
///
/// `key` is the visit's: the one that its check-in was sealed with ([`key_id`] of the sealed name tells which),
/// or a fresh one of the key store for a visit that begins.
///
/// # Errors
/// As for [`seal`].
pub fn seal_step(
    clinic: ClinicId,
    visit: VisitId,
    step: &mut Step,
    (id, key): (KeyId, &VisitKey),
) -> Result<(), LogError> {
    let mut failed = None;
    each_of_step(step, visit, &mut |origin, datum| {
        let Some(text) = datum.text() else { return };
        match seal(clinic, origin, (id, key), text) {
            Ok(sealed) => datum.seal(sealed),
            Err(error) => failed = Some(error),
        }
    });
    failed.map_or(Ok(()), Err)
}

/// The visit whose clear personal data a step holds; `None` if it holds none.
pub(crate) fn step_to_seal(state: &ClinicState, step: &mut Step) -> Option<VisitId> {
    let visit = match step {
        Step::Visit(visit, _) => *visit,
        Step::Transfer(id, _) => state.transfer(*id)?.request()?.visit,
        Step::Clinic(..) | Step::Room(..) => return None,
    };
    let mut clear = false;
    each_of_step(step, visit, &mut |_, datum| clear |= datum.text().is_some());
    clear.then_some(visit)
}

fn each_of_step(step: &mut Step, visit: VisitId, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
    match step {
        Step::Visit(_, command) => command.act.each_personal(visit, look),
        Step::Transfer(_, command) => command.act.each_personal(visit, look),
        Step::Clinic(..) | Step::Room(..) => {}
    }
}

/// The fields of an event that hold personal data in the clear, which the engine never stores.
#[must_use]
pub fn clear_fields(event: &Event) -> Vec<&'static str> {
    // Whose they are does not matter to where they stand.
    let (mut event, nobody, mut clear) = (event.clone(), VisitId(Uuid::nil()), vec![]);
    each_personal(&mut event, nobody, &mut |origin, datum| {
        clear.extend(datum.text().is_some().then_some(origin.field));
    });
    clear
}

/// The visit whose clear personal data an event holds; `None` if it holds none.
pub(crate) fn to_seal(state: &ClinicState, event: &mut Event) -> Option<VisitId> {
    let visit = visit_of(state, event)?;
    let mut clear = false;
    each_personal(event, visit, &mut |_, datum| clear |= datum.text().is_some());
    clear.then_some(visit)
}

/// The keys with which what is sealed in an event was sealed.
#[must_use]
pub fn keys_of(event: &mut Event) -> BTreeSet<KeyId> {
    // Whose it is makes no difference to which key sealed it.
    let visit = match event {
        Event::Visit(visit, _) => *visit,
        Event::Transfer(..) | Event::Clinic(..) | Event::Room(..) => VisitId(Uuid::nil()),
    };
    let mut keys = BTreeSet::new();
    each_personal(event, visit, &mut |_, datum| keys.extend(datum.sealed().and_then(key_id)));
    keys
}

/// The key that an event of a visit was sealed with.
pub(crate) fn sealed_with(event: &Event, visit: VisitId) -> Option<KeyId> {
    match event {
        Event::Visit(of, VisitEvent::CheckedIn { name, .. }) if *of == visit => {
            name.sealed().and_then(key_id)
        }
        Event::Visit(..) | Event::Transfer(..) | Event::Clinic(..) | Event::Room(..) => None,
    }
}

/// Whose personal data an event may hold.
fn visit_of(state: &ClinicState, event: &Event) -> Option<VisitId> {
    match event {
        Event::Visit(visit, _) => Some(*visit),
        Event::Transfer(id, _) => Some(state.transfer(*id)?.request()?.visit),
        Event::Clinic(..) | Event::Room(..) => None,
    }
}

fn each_personal(
    event: &mut Event,
    visit: VisitId,
    look: &mut dyn FnMut(Origin, &mut dyn Sealable),
) {
    match event {
        Event::Visit(_, event) => event.each_personal(visit, look),
        Event::Transfer(_, event) => event.each_personal(visit, look),
        Event::Clinic(..) | Event::Room(..) => {}
    }
}

/// Opens whatever is sealed in `model`. What cannot be opened because its key was destroyed reads
/// as erased; what the store never had the key of stays sealed, and the rest is opened all the same.
///
/// # Errors
/// If the store fails, or something was sealed elsewhere or changed on the way.
pub async fn open_all(
    keys: &dyn KeyStore,
    clinic: ClinicId,
    model: &mut impl HoldsPersonal,
) -> Result<(), LogError> {
    let (mut sealed, mut found) = (BTreeSet::new(), BTreeMap::new());
    model.each_personal(&mut |_, datum| sealed.extend(datum.sealed().and_then(key_id)));
    for id in sealed {
        match keys.key(id).await {
            Ok(key) => _ = found.insert(id, key),
            Err(KeyError::Unknown(_)) => {}
            Err(KeyError::Failed(error)) => return Err(error),
        }
    }
    let mut failed = None;
    model.each_personal(&mut |origin, datum| {
        let Some(sealed) = datum.sealed() else { return };
        let Some(id) = key_id(sealed) else {
            failed = Some(LogError::Failed("sealed in a form that is not known here".to_owned()));
            return;
        };
        match found.get(&id) {
            None => {}
            Some(None) => datum.erase(),
            Some(Some(key)) => match open(clinic, origin, key, sealed) {
                Ok(text) => datum.open(text),
                Err(error) => failed = Some(error),
            },
        }
    });
    failed.map_or(Ok(()), Err)
}
