"""How the exporter says no."""


class Refusal(Exception):
    """Input that the exporter does not take; the message is one line for the user."""
