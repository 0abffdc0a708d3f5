//! Values of upper floors that live as long as the server, one of each type, so that nothing has to be global.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The values, by their types.
#[derive(Debug, Default)]
pub struct Extensions {
    values: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Extensions {
    /// The value of a type, made when it is asked for the first time.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let known = values.get(&TypeId::of::<T>()).cloned();
        if let Some(Ok(known)) = known.map(Arc::downcast::<T>) {
            return known;
        }
        let made = Arc::new(T::default());
        values.insert(TypeId::of::<T>(), Arc::<T>::clone(&made));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_value_of_each_type() {
        let extensions = Extensions::default();
        let first: Arc<Mutex<u8>> = extensions.get();
        *first.lock().unwrap() = 7;
        assert_eq!(*extensions.get::<Mutex<u8>>().lock().unwrap(), 7);
        assert_eq!(*extensions.get::<Mutex<u16>>().lock().unwrap(), 0);
    }
}
