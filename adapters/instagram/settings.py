"""What a person writes to connect an Instagram account."""

from adapters._shared.meta import GraphId
from adapters._shared.meta_sending import MessagingSettings


class InstagramSettings(MessagingSettings):
    """`access_token` is the linked Page's, or the account's own with graph.instagram.com."""

    account_id: GraphId
