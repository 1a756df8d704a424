//! Reading handles: what a line brings into being, and whom and what it names.

use super::Shown;
use super::fields::{Fields, parsed};
use super::handles::{Handle, Kind, Named};

impl Fields<'_> {
    /// What the line brings into being.
    pub(super) fn bring(&mut self, name: &'static str, kind: Kind) -> Option<Handle> {
        let handle = self.text(name, Handle::parse)?;
        Some(self.brought(name, kind, handle))
    }

    /// What the line brings into being, if it names it.
    pub(super) fn bring_if(&mut self, name: &'static str, kind: Kind) -> Option<Handle> {
        let handle = self.text_if(name, Handle::parse)?;
        Some(self.brought(name, kind, handle))
    }

    /// Notes what the line brings into being.
    pub(super) fn brought(&mut self, name: &str, kind: Kind, handle: Handle) -> Handle {
        let named = Named { kind, handle: handle.clone() };
        if let Err(message) = self.roster.bring(&named, self.line, self.id.as_deref()) {
            self.wrong(name, message);
        }
        self.brings.push(named);
        handle
    }

    /// A member that the line must name.
    pub(super) fn member(&mut self, name: &'static str) -> Option<Handle> {
        self.reference(name, Kind::Member)
    }

    /// A room that the line must name.
    pub(super) fn room(&mut self, name: &'static str) -> Option<Handle> {
        self.reference(name, Kind::Room)
    }

    /// A visit that the line must name.
    pub(super) fn visit(&mut self, name: &'static str) -> Option<Handle> {
        self.reference(name, Kind::Visit)
    }

    /// Somebody or something that the line may name.
    pub(super) fn reference_if(&mut self, name: &'static str, kind: Kind) -> Option<Handle> {
        if self.has(name) {
            return self.reference(name, kind);
        }
        self.asked.push(name.to_owned());
        None
    }

    /// A list of those that the line may name.
    pub(super) fn references_if(&mut self, name: &str, kind: Kind) -> Option<Vec<Handle>> {
        let handles = self.texts_if(name, Handle::parse)?;
        let mut all = true;
        for handle in &handles {
            all &= self.known(name, &Named { kind, handle: handle.clone() });
        }
        all.then_some(handles)
    }

    /// Checks that a line before brings it.
    pub(super) fn known(&mut self, name: &str, named: &Named) -> bool {
        let known = self.roster.knows(named);
        if !known {
            let Named { kind, handle } = named;
            self.wrong(name, format!("no line before brings a {kind} \"{handle}\""));
        }
        known
    }

    fn reference(&mut self, name: &'static str, kind: Kind) -> Option<Handle> {
        let handle = self.needed(name, |value| parsed(value, Handle::parse))?;
        let named = Named { kind, handle: handle.clone() };
        let known = self.known(name, &named);
        self.shown.push((name, Shown::Named(named)));
        known.then_some(handle)
    }
}
