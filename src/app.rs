//! The composition root: builds the parts once, starts and stops them in order.
