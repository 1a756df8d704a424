//! A change that a line may ask for, of something that may also be taken away.

/// What is to become of an optional setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Change<T> {
    /// The line does not speak of it.
    #[default]
    Keep,
    /// `null`: none from now on.
    Clear,
    /// This from now on.
    Set(T),
}

impl<T: Clone> Change<T> {
    /// The setting after the change.
    pub(super) fn apply(&self, setting: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *setting = None,
            Self::Set(value) => *setting = Some(value.clone()),
        }
    }
}
