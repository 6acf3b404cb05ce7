"""Web chat: the widget on our user's own pages."""
