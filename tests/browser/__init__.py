"""The product as people meet it: real Chromium against the real `inspect-server up`."""
