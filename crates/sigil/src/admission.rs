//! How much may be under way.

use tokio::sync::{Semaphore, SemaphorePermit};

/// As many are under way as may be.
#[derive(Debug, thiserror::Error)]
#[error("{0} operations are under way, which is the limit: try again in a second")]
pub(crate) struct Overloaded(usize);

/// Bounds the operations at once, and the requests at once to twice as many: a request takes its place before its body
/// is read, so that bodies can't fill the memory. Who comes beyond is told so instead of waiting, for a queue would
/// only grow.
#[derive(Debug)]
pub(crate) struct Admission {
    requests: Semaphore,
    operations: Semaphore,
    limit: usize,
}

impl Admission {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS / 2);
        Admission { requests: Semaphore::new(2 * limit), operations: Semaphore::new(limit), limit }
    }

    /// A place for a request, given back on drop.
    ///
    /// # Errors
    ///
    /// None is free.
    pub(crate) fn request(&self) -> Result<SemaphorePermit<'_>, Overloaded> {
        self.requests.try_acquire().map_err(|_| Overloaded(self.limit))
    }

    /// Places for `operations`, given back on drop. A batch larger than the limit takes all of them.
    ///
    /// # Errors
    ///
    /// Not that many are free.
    pub(crate) fn enter(&self, operations: usize) -> Result<SemaphorePermit<'_>, Overloaded> {
        let places = u32::try_from(operations.min(self.limit)).unwrap_or(u32::MAX);
        self.operations.try_acquire_many(places).map_err(|_| Overloaded(self.limit))
    }

    /// Operations under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.limit - self.operations.available_permits()
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
        assert!(matches!(admission.enter(1), Err(Overloaded(3))));
        assert_eq!(admission.in_flight(), 3);
        drop(single);
        assert!(admission.enter(2).is_err());
        drop(batch);
        assert!(admission.enter(100).is_ok());
    }

    #[test]
    fn requests_are_twice_as_many() {
        let admission = Admission::new(1);
        let places = [admission.request(), admission.request()];
        assert!(places.iter().all(Result::is_ok) && admission.request().is_err());
        drop(places);
        assert!(admission.request().is_ok());
    }
}
