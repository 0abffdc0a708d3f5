//! HTTP: request and response types, and handlers that extract, call and wrap.
