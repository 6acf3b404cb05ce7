"""What several adapters need: text, signatures, a guarded HTTP client."""
