"""Data on the wire: marshmallow schemas beside the frozen dataclasses they load into."""
