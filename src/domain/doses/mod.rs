//! See the folder's model.
