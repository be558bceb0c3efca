//! How many operations may be under way.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::ApiError;

/// Bounds the operations at once; who comes beyond is told so instead of waiting, for a queue would only grow.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Semaphore,
    limit: usize,
}

impl Admission {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        Admission { places: Semaphore::new(limit), limit }
    }

    /// Places for `operations`, given back on drop. A batch larger than the limit takes all of them.
    ///
    /// # Errors
    ///
    /// Not that many are free.
    pub(crate) fn enter(&self, operations: usize) -> Result<SemaphorePermit<'_>, ApiError> {
        let places = u32::try_from(operations.min(self.limit)).unwrap_or(u32::MAX);
        self.places.try_acquire_many(places).map_err(|_| ApiError::Overloaded(self.limit))
    }

    /// Places taken.
    pub(crate) fn in_flight(&self) -> usize {
        self.limit - self.places.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_beyond_the_limit_until_places_are_given_back() {
        let admission = Admission::new(3);
        let batch = admission.enter(2).unwrap();
        let single = admission.enter(1).unwrap();
        assert!(matches!(admission.enter(1), Err(ApiError::Overloaded(3))));
        drop(single);
        assert!(admission.enter(2).is_err());
        drop(batch);
        assert!(admission.enter(100).is_ok());
    }
}
