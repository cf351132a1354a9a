"""Engines: whatever answers. All of them speak the OpenAI HTTP protocol, or replay what one said."""
