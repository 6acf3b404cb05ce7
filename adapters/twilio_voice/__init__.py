"""Telephone calls through Twilio."""

from adapters.twilio_voice.adapter import TwilioVoiceAdapter

__all__ = ["TwilioVoiceAdapter"]
