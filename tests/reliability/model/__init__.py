"""The model of a phone: the rules of DESIGN §4 and §9 written a second time, as plainly as
possible, to be compared with the server and the real phone.
"""

from tests.reliability.model.phone import ModelPhone

__all__ = ["ModelPhone"]
