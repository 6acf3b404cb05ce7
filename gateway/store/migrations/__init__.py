"""The history of the schema; run by gateway.store.migrate."""
