"""The stand-ins, spoken to as providers are."""
