"""Businesses and their people, leads and their sources, timeline, consent, tasks."""

from crm.models.business import Business, Closure, OpeningHours
from crm.models.desk import DeskTask
from crm.models.leads import Lead, LeadSource
from crm.models.people import Membership
from crm.models.timeline import ConsentEvent, LeadEvent

__all__ = [
    "Business",
    "Closure",
    "ConsentEvent",
    "DeskTask",
    "Lead",
    "LeadEvent",
    "LeadSource",
    "Membership",
    "OpeningHours",
]
