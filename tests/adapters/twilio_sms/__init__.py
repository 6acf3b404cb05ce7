"""Tests of twilio_sms."""
