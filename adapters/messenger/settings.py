"""What a person writes to connect a Page."""

from adapters._shared.meta import GraphId, MetaSettings


class MessengerSettings(MetaSettings):
    """`access_token` is the Page's own."""

    page_id: GraphId
