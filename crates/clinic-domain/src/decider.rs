//! The shape of every aggregate: decide purely, evolve totally.

/// A pure decision-maker: a command in, events or a refusal out. No clock, no ids of its own, no I/O.
pub trait Decider: Default {
    /// What is asked.
    type Command;
    /// What happened.
    type Event;
    /// Why it was not granted.
    type Refusal;

    /// The events that grant `command`; none when it is already so.
    ///
    /// # Errors
    /// The first refusal in order of precedence; then nothing happens.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Folds one recorded event in. Total: history is never refused.
    fn evolve(&mut self, event: &Self::Event);
}

/// Gives an enum its variants' names as stored and counted. A name is a promise: never change one.
macro_rules! names {
    ($kind:ident { $($variant:ident),* $(,)? }) => {
        impl $kind {
            /// Every name, in order of declaration.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($variant)),*];

            /// The name of this one.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }
        }
    };
}
pub(crate) use names;
