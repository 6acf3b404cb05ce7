"""What a person writes to connect a number of WhatsApp."""

from adapters._shared.meta import GraphId, MetaSettings


class WhatsappSettings(MetaSettings):
    """`phone_number_id` is the number's id in Meta's console, not the number."""

    phone_number_id: GraphId
