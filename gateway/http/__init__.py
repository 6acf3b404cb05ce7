"""HTTP for our own users and for providers' webhooks."""
