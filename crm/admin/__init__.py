"""Staff pages about businesses, their people and leads."""

from crm.admin.accounts import AccountAdmin
from crm.admin.businesses import BusinessAdmin
from crm.admin.leads import ConsentAdmin, LeadAdmin, SourceAdmin, TimelineAdmin
from crm.admin.tasks import TaskAdmin
from crm.admin.team import TeamAdmin

__all__ = [
    "AccountAdmin",
    "BusinessAdmin",
    "ConsentAdmin",
    "LeadAdmin",
    "SourceAdmin",
    "TaskAdmin",
    "TeamAdmin",
    "TimelineAdmin",
]
