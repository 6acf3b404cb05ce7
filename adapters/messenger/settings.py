"""What a person writes to connect a Page."""

from adapters._shared.meta import GraphId
from adapters._shared.meta_sending import MessagingSettings


class MessengerSettings(MessagingSettings):
    """`access_token` is the Page's own."""

    page_id: GraphId
