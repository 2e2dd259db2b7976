"""selfheal keeps an OpenClaw gateway up."""

__version__ = "0.1.0"
