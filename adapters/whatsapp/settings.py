"""What a person writes to connect a number of WhatsApp."""

from adapters._shared.meta import GraphId, MetaSettings
from gateway.contract import NudgeSettings, TemplateSettings


class WhatsappSettings(MetaSettings):
    """`phone_number_id` is the number's id in Meta's console, not the number."""

    phone_number_id: GraphId
    nudge: NudgeSettings | None = None  # sent once while replies are held
    templates: tuple[TemplateSettings, ...] = ()  # that agents may choose
