"""The demo's two pages: /shop with the widget, and /sandbox where one plays the customer."""

from gateway.sandbox.pages.app import sandbox_app, shop_app

__all__ = ["sandbox_app", "shop_app"]
