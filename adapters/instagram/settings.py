"""What a person writes to connect an Instagram account."""

from adapters._shared.meta import GraphId, MetaSettings


class InstagramSettings(MetaSettings):
    """`access_token` is the linked Page's, or the account's own with graph.instagram.com."""

    account_id: GraphId
