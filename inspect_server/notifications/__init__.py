"""Notifications 通知: the inbox, channels outside the product, their deliveries."""
