"""Columns and constraints; every table of the product, imported in one place."""

from inspect_server.models.base import Base
from inspect_server.models.categories import (
    CalendarDay,
    CalendarYear,
    Category,
    CategoryMiss,
    SettingEdit,
    WorkPeriod,
)
from inspect_server.models.channels import Channel, Delivery
from inspect_server.models.jobs import Job, JobState
from inspect_server.models.notices import Notice
from inspect_server.models.observations import Observation
from inspect_server.models.people import Invitation, Person, SavedFilter, Session
from inspect_server.models.photos import Photo, PhotoLook, Upload
from inspect_server.models.places import (
    Community,
    District,
    LocalityOutline,
    Pairing,
    Point,
    RoutingRule,
    Shop,
    Street,
    Unit,
)
from inspect_server.models.registers import RegisterChange
from inspect_server.models.rescues import Rescue, RescuedEntry, RescuedKind
from inspect_server.models.roads import RoadSheet
from inspect_server.models.screening import PhotoLikeness, PhotoPrint, PrintWord
from inspect_server.models.search import TaskGram, TaskWords
from inspect_server.models.sync import Change, Counter, Quarantined, ReceivedOp, ServerState
from inspect_server.models.tasks import Task, TaskEvent, TaskMove
from inspect_server.models.visits import Visit

__all__ = [
    "Base",
    "CalendarDay",
    "CalendarYear",
    "Category",
    "CategoryMiss",
    "Change",
    "Channel",
    "Community",
    "Counter",
    "Delivery",
    "District",
    "Invitation",
    "Job",
    "JobState",
    "LocalityOutline",
    "Notice",
    "Observation",
    "Pairing",
    "Person",
    "Photo",
    "PhotoLikeness",
    "PhotoLook",
    "PhotoPrint",
    "Point",
    "PrintWord",
    "Quarantined",
    "ReceivedOp",
    "RegisterChange",
    "Rescue",
    "RescuedEntry",
    "RescuedKind",
    "RoadSheet",
    "RoutingRule",
    "SavedFilter",
    "ServerState",
    "Session",
    "SettingEdit",
    "Shop",
    "Street",
    "Task",
    "TaskEvent",
    "TaskGram",
    "TaskMove",
    "TaskWords",
    "Unit",
    "Upload",
    "Visit",
    "WorkPeriod",
]
