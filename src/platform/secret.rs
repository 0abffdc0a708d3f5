//! Wrappers that keep secrets and personal health data out of logs: both print `***`.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! masked {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name<T>(T);

        impl<T> $name<T> {
            /// Wraps a value.
            pub const fn new(value: T) -> Self { Self(value) }
            /// The value itself; write this only where it must be used.
            pub const fn reveal(&self) -> &T { &self.0 }
            /// Gives the value up.
            pub fn into_inner(self) -> T { self.0 }
        }
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("***") }
        }
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("***") }
        }
    )*};
}

masked! {
    /// A password, token or key.
    Secret;
    /// Personal or health information of a patient.
    Phi;
}
