//! What the system shows: reads that join several domains. Never writes.
