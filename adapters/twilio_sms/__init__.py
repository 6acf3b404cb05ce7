"""SMS, MMS and WhatsApp through Twilio."""

from adapters.twilio_sms.adapter import TwilioSmsAdapter

__all__ = ["TwilioSmsAdapter"]
