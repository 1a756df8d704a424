//! The sealed form: what is sealed opens where it was sealed, and nowhere else.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_domain::personal::Origin;
use clinic_engine::ports::{KeyId, VisitKey};
use clinic_engine::sealing::{key_id, open, seal};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// A place to seal at, and a key to seal with.
#[derive(Clone, Debug)]
struct Place {
    clinic: ClinicId,
    origin: Origin,
    id: KeyId,
    key: VisitKey,
}

impl Place {
    fn seal(&self, text: &str) -> String {
        seal(self.clinic, self.origin, (self.id, &self.key), text).unwrap()
    }

    fn open(&self, sealed: &str) -> Option<String> {
        open(self.clinic, self.origin, &self.key, sealed).ok()
    }

    /// The same place with one thing changed, for each thing that there is.
    fn elsewhere(&self) -> [Self; 5] {
        let other = |id: Uuid| Uuid::from_u128(id.as_u128() ^ 1);
        let here = || self.clone();
        let mut key = self.key.clone();
        key.0[31] ^= 1;
        let origin = self.origin;
        [
            Self { clinic: ClinicId(other(self.clinic.0)), ..here() },
            Self { origin: Origin { visit: VisitId(other(origin.visit.0)), ..origin }, ..here() },
            Self { origin: Origin { event: "Another", ..origin }, ..here() },
            Self { origin: Origin { field: "another", ..origin }, ..here() },
            Self { key, ..here() },
        ]
    }
}

prop_compose! {
    fn any_place()(
        clinic in any::<u128>(),
        visit in any::<u128>(),
        event in select(vec!["CheckedIn", "Transferred", "TransferDeclined", "NoteAdded"]),
        field in select(vec!["name", "reason", "phone", "note"]),
        id in any::<u128>(),
        key in any::<[u8; 32]>(),
    ) -> Place {
        Place {
            clinic: ClinicId(Uuid::from_u128(clinic)),
            origin: Origin { visit: VisitId(Uuid::from_u128(visit)), event, field },
            id: KeyId(Uuid::from_u128(id)),
            key: VisitKey(key),
        }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_names_its_key(place in any_place(), text in any::<String>()) {
        let sealed = place.seal(&text);
        prop_assert_eq!(key_id(&sealed), Some(place.id));
        prop_assert_eq!(place.open(&sealed), Some(text));
    }

    #[test]
    fn nothing_opens_in_another_place_or_with_another_key(place in any_place(), text in ".{0,60}") {
        let sealed = place.seal(&text);
        for elsewhere in place.elsewhere() {
            prop_assert_eq!(elsewhere.open(&sealed), None, "opened at {:?}", elsewhere);
        }
    }

    #[test]
    fn a_changed_byte_is_noticed(place in any_place(), text in ".{0,6}", bit in 0_u8..8) {
        let sealed = Base64UrlUnpadded::decode_vec(&place.seal(&text)).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let changed = Base64UrlUnpadded::encode_string(&changed);
            if (1..17).contains(&at) {
                // The id says which key to fetch, and no other key opens this.
                prop_assert_ne!(key_id(&changed), Some(place.id));
            } else {
                prop_assert_eq!(place.open(&changed), None, "byte {} may change", at);
            }
        }
        for end in 0..sealed.len() {
            let cut = Base64UrlUnpadded::encode_string(&sealed[..end]);
            prop_assert_eq!(place.open(&cut), None, "cut to {} bytes", end);
        }
    }

    #[test]
    fn sealing_the_same_again_gives_the_same_and_anything_else_another_nonce(
        place in any_place(),
        text in ".{0,60}",
        other in ".{0,60}",
    ) {
        let nonce = |sealed: String| Base64UrlUnpadded::decode_vec(&sealed).unwrap()[17..41].to_vec();
        prop_assert_eq!(place.seal(&text), place.seal(&text));
        for elsewhere in place.elsewhere() {
            prop_assert_ne!(nonce(place.seal(&text)), nonce(elsewhere.seal(&text)));
        }
        if text != other {
            prop_assert_ne!(nonce(place.seal(&text)), nonce(place.seal(&other)));
        }
    }

    #[test]
    fn any_text_may_be_taken_for_a_sealed_one(place in any_place(), text in any::<String>()) {
        prop_assert_eq!(key_id(&text), None);
        prop_assert_eq!(place.open(&text), None);
    }
}

/// A promise: this text is in somebody's log, and has to open for as long as there are logs.
/// It was computed by another implementation of the same definition.
#[test]
fn the_sealed_form_is_what_it_was() {
    let mut key = [0; 32];
    key.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
    let place = Place {
        clinic: ClinicId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        origin: Origin {
            visit: VisitId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
            event: "CheckedIn",
            field: "name",
        },
        id: KeyId(Uuid::from_u128(0x0000_0000_0001_8000_8000_0000_0000_0003)),
        key: VisitKey(key),
    };
    let sealed = "AQAAAAAAAYAAgAAAAAAAAAORZlvCbNa37tBSuo7UO_Gh5B0gG0L8_hE5031O2eQ0pdgjJ37j9L--Zj8a9BtNxUGcVbU";
    assert_eq!(place.open(sealed).as_deref(), Some("Abena Owusu"));
    assert_eq!(place.seal("Abena Owusu"), sealed);
}
